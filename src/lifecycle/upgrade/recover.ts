// What is made of an upgrade or a downgrade that was cut off: by the next start, with the home's lock in hand and before anything of the
// home is opened, or by the next `hms upgrade` where a server runs and nothing was handed over.
import { rmSync } from 'node:fs'
import { messageOf } from '../../base/fault.ts'
import { type ConfigChange, refreshConfig } from '../config/refresh.ts'
import { shippedBy } from '../config/shipped.ts'
import { settingsFiles } from '../home-files.ts'
import { readPluginList } from '../../plugins/plugin-spec.ts'
import { changeEntry } from '../plugins/list-file.ts'
import { currentVersion, switchTo } from '../release/layout.ts'
import { endUpgrade, readUpgrade, type UpgradeRecord } from './record.ts'

/** Whether a start of this version is the end of what was cut off, rather than the way back. */
export function willFinish(record: UpgradeRecord | null, version: string): boolean {
  if (record === null || record.outcome !== null || record.to !== version) return false
  return record.step === 'switching' || record.step === 'serving' || record.step === 'settling'
}

/** As whoever may change the program's folder; the home is for its owner alone. */
export type AsCaller = <T>(work: () => Promise<T>) => Promise<T>

/** What was done, in sentences for the owner; null: there was nothing to do. */
export async function recoverUpgrade(home: string, version: string, asCaller: AsCaller = (work) => work()): Promise<string | null> {
  const record = readUpgrade(home)
  if (record === null || record.outcome !== null) return null
  if (willFinish(record, version)) return finished(home, record)
  switch (record.step) {
    case 'checking':
    case 'backing-up':
    case 'installing':
      return undone(home, record, 'Nothing had been changed.')
    case 'trying':
      removeConverted(home, record)
      return undone(home, record, 'It had not been in use yet.')
    case 'switching':
      removeConverted(home, record)
      return undone(home, record, await asCaller(() => switchBack(record)))
    case 'serving':
    case 'settling':
      return undone(home, record, `Version ${version} was started by hand.`)
    default:
      return record.step satisfies never
  }
}

/** The new version's part once it is the server, or about to be: the defaults that it ships. Doing it again changes nothing. */
export function settleUpgrade(home: string, { to }: UpgradeRecord): readonly ConfigChange[] {
  return refreshConfig(home, shippedBy(to)).filter(({ did }) => did !== 'nothing')
}

/** The part of a version that was to take over and could not: what it converted goes. */
export function abandonUpgrade(home: string, version: string): void {
  const record = readUpgrade(home)
  if (record === null || record.outcome !== null || record.to !== version) return
  if (record.step === 'trying' || record.step === 'switching') removeConverted(home, record)
}

/** Copies in formats that were not there before; the originals are untouched. */
export function removeConverted(home: string, { settings, kind }: UpgradeRecord): void {
  if (kind !== 'upgrade') return
  for (const { format, path } of settingsFiles(home))
    if (!settings.includes(format)) for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

/** Those that the other version cannot run, and that the owner said may be switched off. One that was removed meanwhile is not listed again. */
export function switchPlugins(home: string, { plugins = [] }: UpgradeRecord, enabled: boolean): void {
  if (plugins.length === 0) return
  const list = readPluginList(home)
  const listed = typeof list === 'string' ? [] : list.map((entry) => entry['name'])
  for (const name of plugins) if (listed.includes(name)) changeEntry(home, name, { enabled })
}

/** `current` leads to the version before again. In words. */
export async function switchBack({ root, from }: UpgradeRecord): Promise<string> {
  try {
    if ((await currentVersion(root)) !== from) await switchTo(root, from)
    return `${root}/current leads to version ${from}.`
  } catch (error) {
    return `${root}/current could not be led back to version ${from}: ${messageOf(error)}`
  }
}

function finished(home: string, record: UpgradeRecord): string {
  settleUpgrade(home, record)
  endUpgrade(home, record, { outcome: 'done' })
  return `The ${record.kind} from version ${record.from} to ${record.to} had been cut off while ${record.step}; it is finished.`
}

function undone(home: string, record: UpgradeRecord, more: string): string {
  switchPlugins(home, record, true)
  endUpgrade(home, record, { outcome: 'undone', reason: `It was cut off while ${record.step}.` })
  return `The ${record.kind} from version ${record.from} to ${record.to} had been cut off while ${record.step}; it is undone. ${more}`
}
