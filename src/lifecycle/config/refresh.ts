// config/ under a new version: a file that nobody edited becomes the new default, one that somebody edited stays as it is and
// the new default is written beside it as _new_NAME, to be merged with `hms config merge`. Doing it again changes nothing.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { type SettingChange, settingChanges } from './setting-changes.ts'
import { besidePath, configFiles, configPath, originOf, recordOrigin, type Shipped } from './shipped.ts'
import { writeWhole } from './whole-file.ts'

export interface ConfigChange {
  readonly file: string
  readonly did: 'nothing' | 'replaced' | 'kept' | 'made'
  /** The new default beside a file that was kept; null where there is none. */
  readonly beside: string | null
  /** No record told what the file started from: `kept` is the careful answer. */
  readonly guessed: boolean
  /** Settings that are gone, or mean, take or default to something else than in the version that the file started from. */
  readonly settings: readonly SettingChange[]
}

export function refreshConfig(home: string, shipped: Shipped): ConfigChange[] {
  return configFiles(home, shipped).map(({ file, state, guessed }) => {
    const name = file.slice('config/'.length)
    const text = shipped.files.get(name) ?? ''
    const origin = originOf(home, name)
    const mine = existsSync(configPath(home, name)) ? readFileSync(configPath(home, name), 'utf8') : ''
    const settings = origin === undefined ? [] : settingChanges(origin.text, text, mine)
    const did = state === 'missing' ? 'made' : state === 'edited' ? 'kept' : mine === text ? 'nothing' : 'replaced'
    if (did === 'kept') return { file, did, beside: keepBeside(home, name, text, shipped.version), guessed, settings }
    if (did !== 'nothing') writeWhole(configPath(home, name), text)
    recordOrigin(home, name, text, shipped.version)
    rmSync(besidePath(home, name), { force: true })
    return { file, did, beside: null, guessed, settings }
  })
}

/** The record stays that of the version that the file started from until it is merged: without it nothing could be. */
function keepBeside(home: string, name: string, text: string, version: string): string | null {
  const origin = originOf(home, name)
  if (origin?.text === text) {
    recordOrigin(home, name, text, version)
    rmSync(besidePath(home, name), { force: true })
    return null
  }
  writeWhole(besidePath(home, name), text)
  return `config/_new_${name}`
}
