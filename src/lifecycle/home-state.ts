// Whether a folder is a home, told without opening anything: every command asks that first, most need no more of this room.
import { existsSync, readdirSync } from 'node:fs'
import { Fault, isMissing, messageOf } from '../base/fault.ts'
import { restoreRecord, settingsFiles } from './home-files.ts'

/** `none`: nothing is there, or an empty folder (an ext4 disk of its own has a `lost+found`). `other`: something is there that is no home. */
export function homeState(home: string): 'none' | 'home' | 'other' {
  try {
    if (settingsFiles(home).length > 0) return 'home'
    return readdirSync(home).every((name) => name === 'lost+found') ? 'none' : 'other'
  } catch (error) {
    if (isMissing(error)) return 'none'
    throw unusable(home, error)
  }
}

/** What a home that cannot be looked at is told as. */
function unusable(home: string, error: unknown): Fault {
  const denied = error instanceof Error && 'code' in error && error.code === 'EACCES'
  return new Fault('home-unusable', `The home ${home} cannot be used: ${messageOf(error)}.`, {
    blame: 'owner',
    cause: error,
    ...(denied && { mend: 'Run hms as the user that owns the home, and let that user read and write all in it.' }),
  })
}

/** Refuses, in a sentence, what is no home; for every command that needs one. */
export function requireHome(home: string): void {
  if (existsSync(restoreRecord(home)))
    throw new Fault('restore-unfinished', `A restore of the home ${home} is under way or was interrupted.`, {
      blame: 'owner',
      mend: "'hms start' finishes or undoes one that was interrupted.",
    })
  const state = homeState(home)
  if (state === 'home') return
  const what = state === 'none' ? `There is no home in ${home}.` : `${home} is no home of hms: it has no settings (master.db).`
  throw new Fault('no-home', what, { blame: 'caller', mend: "'hms init' or the first 'hms start' makes one; --home names another." })
}
