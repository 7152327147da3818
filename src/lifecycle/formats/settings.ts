// The settings of a home in the format of this program: converted beside the original, which stays until `hms cleanup`. Whoever calls
// this holds the home's lock. What is on disk when it is killed, step by step:
//   convert-begun, -copied, -checked   master.db and perhaps master.v2.db.new, which the next start removes
//   convert-identified                 besides, identity.json of an installation that no settings name yet; written again
//   convert-renamed                    both files: the newer one counts
import { renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { roomLeft, roomNeeded } from '../../store/sqlite/disk-space.ts'
import { refuseFormat } from '../../store/sqlite/faults.ts'
import { newInstallation } from '../../store/sqlite/settings/settings.ts'
import {
  type Conversion,
  convertSettings,
  markConverted,
  restSettings,
  setAside,
  SETTINGS_STEPS,
  type SettingsFacts,
  settingsFacts,
  type SettingsStep,
} from '../../store/sqlite/settings/settings-formats.ts'
import { masterFile, type SettingsFile, settingsFile, settingsFiles } from '../home-files.ts'
import { copiedFrom, readIdentity, writeIdentity } from '../identity.ts'

export interface ConvertedSettings extends Conversion {
  readonly from: string
  readonly to: string
}

const NOW = FORMATS.settings.writes

/** Throws a Fault where the settings are of a newer release. */
export function requireSettingsFormat(home: string): void {
  const newest = settingsFiles(home).at(-1)
  if (newest !== undefined && newest.format > NOW) throw refuseFormat('settings', newest.path, newest.format)
}

/** Converts what is older than this program, or was changed by an older one since; null: there was nothing to do. */
export async function bringSettings(home: string): Promise<ConvertedSettings | null> {
  requireSettingsFormat(home)
  removeHalfMade(home)
  const source = sourceOf(settingsFiles(home))
  if (source === null) return null
  const installation = installationOf(home)
  const to = masterFile(home)
  const done = await beside(source, { path: to, format: NOW }, installation)
  await writeIdentity(home, installation, copiedFrom(home) === null ? (readIdentity(home)?.known ?? {}) : {})
  crashPoint('convert-identified')
  await takePlace(home, to)
  return { ...done, from: source.path, to }
}

/**
 * The way back, for an older program: `format` is one that it reads. What this program wrote is kept under another name. Processes of this
 * program that are about to end may still read it; nobody writes.
 */
export async function revertSettings(home: string, format: number): Promise<ConvertedSettings> {
  requireSettingsFormat(home)
  const from = masterFile(home)
  const to = settingsFile(home, format)
  const done = await beside({ path: from, format: NOW }, { path: to, format }, '')
  // Should this end before the last step, what the older program changes from now on is seen to be newer than what this one has.
  markConverted(from)
  await takePlace(home, to)
  setAside(from, `${from}.left`)
  await syncFolder(home)
  return { ...done, from, to }
}

/** What a step back leaves out, in words; null where there is no way. */
export function lossesOf(from: number, to: number): readonly string[] | null {
  return stepsOf(from, to)?.flatMap(({ loses }) => (loses === null ? [] : [loses])) ?? null
}

/** Whether an older program changed its settings after they were converted, and this one too: then one of both is not in force. */
export function settingsDiverged(home: string): boolean {
  const { newest, older } = factsOf(settingsFiles(home))
  return newest !== null && older !== null && hasMoved(newest, older) && newest.version !== newest.convertedFrom
}

function sourceOf(files: readonly SettingsFile[]): SettingsFile | null {
  const newest = files.at(-1)
  if (newest === undefined) return null
  if (newest.format < NOW) return newest
  const facts = factsOf(files)
  const isStale = facts.newest !== null && facts.older !== null && hasMoved(facts.newest, facts.older)
  return isStale && facts.newest?.version === facts.newest?.convertedFrom ? (files.at(-2) ?? null) : null
}

/** Of the newest, and of the one before it. */
function factsOf(files: readonly SettingsFile[]): { readonly newest: SettingsFacts | null; readonly older: SettingsFacts | null } {
  const [newest, older] = [files.at(-1), files.at(-2)]
  if (newest === undefined || older === undefined) return { newest: null, older: null }
  return { newest: settingsFacts(newest.path), older: settingsFacts(older.path) }
}

function hasMoved({ convertedFrom }: SettingsFacts, older: SettingsFacts): boolean {
  return convertedFrom !== null && older.version > convertedFrom
}

/** The same as ever, where the home has one that is its own. */
function installationOf(home: string): string {
  const known = copiedFrom(home) === null ? readIdentity(home)?.installation : undefined
  return known ?? newInstallation()
}

function stepsOf(from: number, to: number): readonly SettingsStep[] | null {
  const steps: SettingsStep[] = []
  for (let at = from; at !== to;) {
    const step = SETTINGS_STEPS.find((one) => one.from === at && Math.sign(one.to - one.from) === Math.sign(to - from))
    if (step === undefined) return null
    steps.push(step)
    at = step.to
  }
  return steps
}

function beside(source: SettingsFile, target: SettingsFile, installation: string): Promise<Conversion> {
  const steps = stepsOf(source.format, target.format)
  if (steps === null) throw refuseFormat('settings', source.path, source.format)
  requireRoom(source.path)
  return convertSettings(source.path, `${target.path}.new`, { steps, facts: { installation } })
}

/** Into the place of what may be there; a write-ahead log of it must not be left for the new one. */
async function takePlace(home: string, path: string): Promise<void> {
  restSettings(path)
  renameSync(`${path}.new`, path)
  await syncFolder(home)
  crashPoint('convert-renamed')
}

/** The copy, its journal while it is changed, and a little. */
function requireRoom(source: string): void {
  const { bavail, bsize } = statfsSync(source)
  const needed = 2 * statSync(source).size + 1024 * 1024
  if (bavail * bsize >= needed) return
  throw new Fault('no-room', `The settings cannot be converted: ${roomNeeded(needed)} are needed, ${roomLeft(bavail * bsize)} are free.`, {
    blame: 'owner',
    mend: "Make room on the home's disk. Nothing was changed.",
  })
}

/** Removes what a conversion that was cut off left. */
function removeHalfMade(home: string): void {
  for (const format of FORMATS.settings.reads)
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${settingsFile(home, format)}.new${suffix}`, { force: true })
}
