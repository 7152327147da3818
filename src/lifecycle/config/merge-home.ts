// `hms config merge` as it acts on a home: the new default beside an edited file is merged into it. What comes out is checked like
// any configuration before it takes the file's place; the file as it was stays as _old_NAME.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { checkConfig, ConfigFault } from '../config.ts'
import { type Conflict, mergedText, mergeSettings, type Piece, type Side } from './merge.ts'
import { type SettingChange, settingChanges } from './setting-changes.ts'
import { besidePath, configPath, type Origin, originOf, recordOrigin, type Shipped } from './shipped.ts'
import { writeWhole } from './whole-file.ts'

export interface Merge {
  readonly file: string
  readonly origin: Origin
  readonly pieces: readonly Piece[]
  readonly conflicts: readonly Conflict[]
  readonly settings: readonly SettingChange[]
  readonly theirs: string
}

/** What is to be merged into a file; undefined where nothing lies beside it. */
export function openMerge(home: string, name: string): Merge | undefined {
  const [path, beside] = [configPath(home, name), besidePath(home, name)]
  const origin = originOf(home, name)
  if (!existsSync(beside) || origin === undefined) return undefined
  if (!existsSync(path)) {
    const mend = `Copy config/_new_${name} to config/${name}: it is the new default.`
    throw new Fault('config-invalid', `There is no config/${name} to merge into.`, { blame: 'owner', mend })
  }
  const [mine, theirs] = [readFileSync(path, 'utf8'), readFileSync(beside, 'utf8')]
  const pieces = mergeSettings({ base: origin.text, mine, theirs })
  const conflicts = pieces.flatMap((piece) => ('conflict' in piece ? [piece.conflict] : []))
  return { file: name, origin, pieces, conflicts, theirs, settings: settingChanges(origin.text, theirs, mine) }
}

/** The merged text, checked. Throws a ConfigFault with the lines of the merged file where it would not be in order. */
export function decided({ pieces }: Merge, sides: ReadonlyMap<string, Side>): string | undefined {
  const text = mergedText(pieces, ({ id }) => sides.get(id))
  if (text === undefined) return undefined
  const reading = checkConfig(text, {})
  if (!reading.ok) throw new ConfigFault(reading.problems.map((problem) => Object.assign({}, problem, { file: 'the merged file' })))
  return text
}

/** Puts the merged text in the file's place; a kill in between leaves the one or the other, whole. */
export function applyMerge(home: string, { file, theirs }: Merge, text: string, shipped: Shipped): void {
  const path = configPath(home, file)
  writeWhole(join(home, 'config', `_old_${file}`), readFileSync(path, 'utf8'))
  writeWhole(path, text)
  recordOrigin(home, file, theirs, shipped.version)
  rmSync(besidePath(home, file), { force: true })
}
