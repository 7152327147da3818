// What of backups and restores is in the address; whatever stands there is judged.
import type { RestoreChoices } from '../../../../client/src/index.ts'

export interface BackupSearch {
  /** The run that is followed. */
  readonly run?: number
}

export type Uncertain = 'hold' | 'send' | 'drop'

export interface RestoreSearch {
  readonly file?: string
  readonly settings?: 'backup'
  readonly uncertain?: 'send' | 'drop'
  readonly forget?: true
  /** The trial with these choices. */
  readonly trial?: number
  readonly run?: number
}

type Given = Readonly<Record<string, unknown>>
const LONGEST = 1000

const runIn = (value: unknown): number | undefined => {
  const id = Number(value)
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}

export function backupSearchOf(given: Given): BackupSearch {
  const run = runIn(given['run'])
  return run === undefined ? {} : { run }
}

export function restoreSearchOf(given: Given): RestoreSearch {
  const { file, settings, uncertain, forget } = given
  const [trial, run] = [runIn(given['trial']), runIn(given['run'])]
  const isBackup = settings === 'backup'
  return {
    ...(typeof file === 'string' && file.startsWith('/') && file.length <= LONGEST && { file }),
    ...(isBackup && { settings }),
    ...(isBackup && forget === true && { forget }),
    ...((uncertain === 'send' || uncertain === 'drop') && { uncertain }),
    ...(trial !== undefined && { trial }),
    ...(run !== undefined && { run }),
  }
}

export function choicesOf({ settings, uncertain, forget }: RestoreSearch, file: string): RestoreChoices {
  return { file, settings: settings ?? 'present', uncertain: uncertain ?? 'hold', ...(forget === true && { forget }) }
}

/** The same as words of `hms`, but for the name of the backup. */
export function flagsOf({ settings, uncertain, forget }: RestoreSearch): string {
  const how = uncertain === undefined ? '' : ` --uncertain ${uncertain}`
  return ` --settings ${settings ?? 'present'}${how}${forget === true ? ' --forget' : ''}`
}
