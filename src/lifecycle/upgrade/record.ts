// HOME/upgrade.json: what an upgrade or a downgrade does now, or how the last one ended. Each step is written and synced before it
// begins, so that whoever comes after a kill knows what may be half done. Steps, in order, and what a start makes of each (recover.ts):
//   checking, backing-up, installing   nothing that runs or is kept was touched: undone
//   trying      settings may have been converted beside the originals: the copies go, undone
//   switching   `current` leads to the other version or not yet: the version that starts finishes it or undoes it
//   serving     the other version may have taken mail: it is the one that goes on, finished
//   settling    it is the server; its defaults come to config/: finished
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault, messageOf } from '../../base/fault.ts'
import type { EpochMs } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import type { PerhapsDelivered } from '../../contract/bus.ts'
import { writeWhole } from '../config/whole-file.ts'
import { settingsFiles } from '../home-files.ts'

export type UpgradeStep = 'checking' | 'backing-up' | 'installing' | 'trying' | 'switching' | 'serving' | 'settling'

export interface UpgradeRecord {
  readonly format: 1
  readonly kind: 'upgrade' | 'downgrade'
  readonly from: string
  readonly to: string
  /** Where versions are installed. */
  readonly root: string
  readonly startedAt: EpochMs
  readonly step: UpgradeStep
  /** The backup that was made before anything was changed. */
  readonly backup: string | null
  /** Formats of the files of settings that there were before. */
  readonly settings: readonly number[]
  /** Plug-ins that the other version cannot run, switched off from `trying` on, and on again where it is undone. Left out: none. */
  readonly plugins?: readonly string[]
  /** Null: under way, or cut off. */
  readonly outcome: 'done' | 'undone' | null
  /** Why it was undone. */
  readonly reason: string | null
  /** Cut after the final dot, where a running server was replaced. They wait for their next attempt. */
  readonly perhaps: readonly PerhapsDelivered[]
}

const recordPath = (home: string): string => join(home, 'upgrade.json')

/** Null where there never was one. Throws a Fault on one that cannot be read: what it says must not be passed over. */
export function readUpgrade(home: string): UpgradeRecord | null {
  let record: Partial<UpgradeRecord> | null
  try {
    record = JSON.parse(readFileSync(recordPath(home), 'utf8')) as Partial<UpgradeRecord> | null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw unreadable(home, messageOf(error))
  }
  if (isRecord(record)) return record
  throw unreadable(home, record?.format === 1 || record === null ? 'it is not what hms wrote' : 'it is of a newer version')
}

const STEPS = new Set<unknown>([
  'checking',
  'backing-up',
  'installing',
  'trying',
  'switching',
  'serving',
  'settling',
] satisfies UpgradeStep[])

/** Somebody may have edited it. */
function isRecord(record: Partial<UpgradeRecord> | null): record is UpgradeRecord {
  if (typeof record !== 'object' || record?.format !== 1) return false
  const { kind, from, to, root, step, settings, plugins = [], outcome, perhaps } = record
  if (!Array.isArray(plugins) || !plugins.every((name) => typeof name === 'string')) return false
  const isKnown = (kind === 'upgrade' || kind === 'downgrade') && STEPS.has(step) && [null, 'done', 'undone'].includes(outcome as null)
  const isNamed = [from, to, root].every((text) => typeof text === 'string')
  return isKnown && isNamed && Array.isArray(settings) && settings.every(Number.isSafeInteger) && Array.isArray(perhaps)
}

function unreadable(home: string, why: string): Fault {
  return new Fault('upgrade-record', `${recordPath(home)}, which tells how far an upgrade came, cannot be used: ${why}.`, {
    blame: 'owner',
    mend: 'Start the version that wrote it, or move the file away if no upgrade is under way.',
  })
}

export function beginUpgrade(home: string, begun: Pick<UpgradeRecord, 'kind' | 'from' | 'to' | 'root' | 'startedAt'>): UpgradeRecord {
  const settings = settingsFiles(home).map(({ format }) => format)
  const record = { format: 1, ...begun, step: 'checking', backup: null, settings, outcome: null, reason: null, perhaps: [] } as const
  write(home, record)
  crashPoint('upgrade-checking')
  return record
}

/** To be called before the step begins. */
export function nextStep(home: string, record: UpgradeRecord, step: Exclude<UpgradeStep, 'checking'>): UpgradeRecord {
  const next = { ...record, step }
  write(home, next)
  crashPoint(`upgrade-${step}`)
  return next
}

export function endUpgrade(
  home: string,
  record: UpgradeRecord,
  end: Pick<UpgradeRecord, 'outcome'> & Partial<Pick<UpgradeRecord, 'reason' | 'perhaps'>>,
): UpgradeRecord {
  const ended = { ...record, ...end }
  write(home, ended)
  return ended
}

function write(home: string, record: UpgradeRecord): void {
  writeWhole(recordPath(home), `${JSON.stringify(record)}\n`)
}
