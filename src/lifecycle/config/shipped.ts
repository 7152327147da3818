// The files of config/ that a release ships, and the record of what each file of a home started from: config/.shipped/NAME
// is the text that was shipped, config/.shipped/versions.json tells by which version. A file that equals its record was not edited.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, writeWhole } from './whole-file.ts'
import { defaultConfigFile } from './default-file.ts'
import { SHIPPED_0_1_0 } from './shipped-0-1-0.ts'

/** What a version ships: file names in config/ with their text. */
export interface Shipped {
  readonly version: string
  readonly files: ReadonlyMap<string, string>
}

export function shippedBy(version: string): Shipped {
  return { version, files: new Map([['hms.yaml', defaultConfigFile()]]) }
}

/** What a file of a home started from. */
export interface Origin {
  readonly text: string
  readonly version: string
  /** No record: the home is of a release that kept none, and this is what it most likely started from. */
  readonly guessed: boolean
}

const SHIPPED = 'config/.shipped'
export const configPath = (home: string, name: string): string => join(home, 'config', name)
/** The new default beside an edited file. */
export const besidePath = (home: string, name: string): string => join(home, 'config', `_new_${name}`)
const versionsPath = (home: string): string => join(home, SHIPPED, 'versions.json')

export function recordOrigin(home: string, name: string, text: string, version: string): void {
  writeWhole(join(home, SHIPPED, name), text)
  writeWhole(versionsPath(home), `${JSON.stringify({ ...versionsOf(home), [name]: version })}\n`)
}

export function originOf(home: string, name: string): Origin | undefined {
  const file = join(home, SHIPPED, name)
  if (existsSync(file)) return { text: readFileSync(file, 'utf8'), version: versionsOf(home)[name] ?? 'an earlier version', guessed: false }
  return name === 'hms.yaml' ? { text: SHIPPED_0_1_0, version: '0.1.0', guessed: true } : undefined
}

function versionsOf(home: string): Readonly<Record<string, string>> {
  const read = readJson(versionsPath(home))
  return typeof read === 'object' && read !== null ? (read as Record<string, string>) : {}
}

export interface ConfigFileState {
  readonly file: string
  readonly state: 'unedited' | 'edited' | 'missing'
  /** Version whose default it started from. */
  readonly from: string
  readonly guessed: boolean
  /** The new default that lies beside it, to be merged. */
  readonly beside: string | null
}

/** Every file that is shipped, as it is in the home. */
export function configFiles(home: string, shipped: Shipped): ConfigFileState[] {
  return [...shipped.files].map(([name, text]) => {
    const origin = originOf(home, name) ?? { text, version: shipped.version, guessed: true }
    const path = configPath(home, name)
    const mine = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    const state = mine === undefined ? 'missing' : mine === origin.text || mine === text ? 'unedited' : 'edited'
    const beside = existsSync(besidePath(home, name)) ? `config/_new_${name}` : null
    return { file: `config/${name}`, state, from: origin.version, guessed: origin.guessed && state === 'edited', beside }
  })
}
