// What conversions left: originals in older formats, and what a step back put aside. They are for whoever wants to go back, and go only
// when the owner says so.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { settingsFacts } from '../../store/sqlite/settings/settings-formats.ts'
import { Fault } from '../../base/fault.ts'
import { masterFile, settingsFiles } from '../home-files.ts'
import { readUpgrade } from '../upgrade/record.ts'
import { requireSettingsFormat } from './settings.ts'

export interface LeftOver {
  readonly path: string
  /** Octets, with the companions of a database. */
  readonly size: number
  /** A sentence's end. */
  readonly what: string
}

const COMPANIONS = ['', '-wal', '-shm'] as const

/** Throws a Fault `upgrade-under-way` while originals may be gone back to. Empty while the settings of this program's format are not there or not whole: then an original is all there is. */
export function leftOvers(home: string): readonly LeftOver[] {
  requireSettingsFormat(home)
  requireNoUpgrade(home)
  const current = masterFile(home)
  if (!existsSync(current) || settingsFacts(current) === null) return []
  const originals = settingsFiles(home).filter(({ path }) => path !== current)
  const aside = readdirSync(home).filter((name) => /^master.*\.left$/.test(name))
  return [
    ...originals.map(({ path, format }) => leftOver(path, `the settings in format ${format}, before they were converted`)),
    ...aside.map((name) => leftOver(join(home, name), `the settings before the way back, ${basename(name, '.left')}`)),
  ]
}

export function removeLeftOvers(found: readonly Pick<LeftOver, 'path'>[]): void {
  for (const { path } of found) for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true })
}

function requireNoUpgrade(home: string): void {
  const record = readUpgrade(home)
  if (record === null || record.outcome !== null) return
  throw new Fault('upgrade-under-way', `The change from version ${record.from} to ${record.to} is not at its end.`, {
    blame: 'caller',
    mend: 'Wait for its end; one that was cut off is finished or undone by the next start.',
  })
}

function leftOver(path: string, what: string): LeftOver {
  const size = COMPANIONS.reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0)
  return { path, size, what }
}
