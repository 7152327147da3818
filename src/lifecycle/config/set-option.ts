// One setting of config/hms.yaml changed where it stands (as a default behind a #, too), or added at the end: everything else of the file,
// comments too, stays to the letter. What a start would refuse, or read as something else, is not written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Pair, ParsedNode } from 'yaml'
import { Fault } from '../../base/fault.ts'
import { late } from '../../base/late.ts'
import type { Option, OptionValue } from '../../contract/option-kinds.ts'
import { OPTIONS, type OptionName } from '../../contract/options.ts'
import { checkConfig, CONFIG_FILE, type Environment, describeProblem, optionOf, variableOf } from '../config.ts'
import { defaultConfigFile } from './default-file.ts'
import { expectation, parseOption } from './option-value.ts'
import { writeWhole } from './whole-file.ts'

const yaml = late('yaml')

/** Kinds whose values are plain words in YAML. */
const PLAIN: ReadonlySet<Option['kind']> = new Set(['flag', 'count', 'size', 'duration'] as const)

/** Writes the file anew, in one. Throws a Fault where it, or another setting of the file, would keep a server from starting. */
export function setOption(home: string, name: string, value: string, env: Environment = process.env): void {
  const option = changeable(name, env)
  const wanted = parseOption(option, value)
  if (!wanted.ok) throw refused(`${name} takes ${expectation(option)}.`, `'hms config describe ${name}' tells more.`)
  const path = join(home, CONFIG_FILE)
  write(path, withOption(readFileSync(path, 'utf8'), name as OptionName, value), env, { name: name as OptionName, value: wanted.value })
}

/** Takes it out of the file, with what stands behind it on its line. False where it does not stand there. */
export function unsetOption(home: string, name: string, env: Environment = process.env): boolean {
  changeable(name, env)
  const path = join(home, CONFIG_FILE)
  const text = readFileSync(path, 'utf8')
  const without = withoutOption(text, name)
  if (without !== text) write(path, without, env, { name: name as OptionName, value: OPTIONS[name as OptionName].default })
  return without !== text
}

function changeable(name: string, env: Environment): Option {
  const option = optionOf(name)
  if (option === undefined) throw refused(`There is no setting ${name.slice(0, 100)}.`, "'hms config describe' lists them.")
  const variable = variableOf(name)
  if (env[variable] !== undefined)
    throw refused(`${name} is set by the environment variable ${variable}, which wins over the file.`, 'Change it there.')
  return option
}

interface Wanted {
  readonly name: OptionName
  readonly value: OptionValue
}

function write(path: string, text: string, env: Environment, { name, value }: Wanted): void {
  const reading = checkConfig(text, env)
  if (!reading.ok)
    throw refused(`The file would not be in order: ${reading.problems.map(describeProblem).join(' ')}`, 'Nothing was changed.')
  if (!isDeepStrictEqual(reading.config[name], value))
    throw refused(`${name} stands in ${CONFIG_FILE} in a way that this cannot change.`, 'Nothing was changed; edit the file by hand.')
  writeWhole(path, text)
}

export function withOption(text: string, name: OptionName, value: string): string {
  const written = PLAIN.has(OPTIONS[name].kind) ? value : JSON.stringify(value)
  const found = pairOf(yaml().parseDocument(text).contents, name.split('.'), '')
  if (found === null) {
    const shown = shownDefault(text, name)
    if (shown !== null) return withOption(text.slice(0, shown) + text.slice(shown + 1), name, value)
    const end = text.includes('\r\n') ? '\r\n' : '\n'
    return `${text}${text === '' || text.endsWith('\n') ? '' : end}${name}: ${written}${end}`
  }
  const [start, end] = found.value?.range ?? []
  if (start === undefined || end === undefined || found.value === null) {
    const after = found.key.range?.[1] ?? 0
    const colon = text.indexOf(':', after) + 1
    return `${text.slice(0, colon)} ${written}${text.slice(colon)}`
  }
  // A list below its key goes with its line break.
  const from = text.slice(0, start).trimEnd().length
  const lineEnd = end > start && text[end - 1] === '\n' ? '\n' : ''
  return `${text.slice(0, from)} ${written}${lineEnd}${text.slice(end)}`
}

function withoutOption(text: string, name: string): string {
  const found = pairOf(yaml().parseDocument(text).contents, name.split('.'), '')
  if (found === null) return text
  const [keyStart = 0, keyEnd = 0] = found.key.range ?? []
  const valueEnd = Math.max(keyEnd, found.value?.range?.[1] ?? 0)
  const from = text.lastIndexOf('\n', keyStart - 1) + 1
  if (text.slice(from, keyStart).trim() !== '')
    throw refused(`${name} stands on a line with another.`, `Take it out of ${CONFIG_FILE} by hand.`)
  // What goes over several lines ends with its line break.
  const end = text[valueEnd - 1] === '\n' ? valueEnd : text.indexOf('\n', valueEnd) + 1
  const rest = text.slice(valueEnd, end === 0 ? text.length : end).trim()
  if (text[valueEnd - 1] !== '\n' && rest !== '' && !rest.startsWith('#'))
    throw refused(`${name} stands on a line with another.`, `Take it out of ${CONFIG_FILE} by hand.`)
  const shown = defaultLine(text.slice(0, from), name)
  const newLine = text.includes('\r\n') ? '\r\n' : '\n'
  return text.slice(0, from) + (shown === null ? '' : `${shown}${newLine}`) + (end === 0 ? '' : text.slice(end))
}

/** Where the # stands before a setting that the file shows with its default and does not set; null: it shows none. */
function shownDefault(text: string, name: OptionName): number | null {
  for (let at = text.indexOf(`#${name}:`); at >= 0; at = text.indexOf(`#${name}:`, at + 1)) {
    if (at > 0 && text[at - 1] !== '\n') continue
    // What does not become the setting by that is a note of the owner's.
    const { errors, contents } = yaml().parseDocument(text.slice(0, at) + text.slice(at + 1))
    const value = errors.length === 0 ? pairOf(contents, name.split('.'), '')?.value : undefined
    if (value === null || (yaml().isScalar(value) && (value.value === null || parseOption(OPTIONS[name], value.value).ok))) return at
    if (yaml().isSeq(value)) return at
  }
  return null
}

/** As the shipped file shows it: only below what it says of the setting there, so that no line of an owner's comes to mean it. */
function defaultLine(before: string, name: string): string | null {
  const lines = defaultConfigFile().split('\n')
  const at = lines.findIndex((line) => line.startsWith(`#${name}:`))
  const above = before.split(/\r?\n/).at(-2)
  return at > 0 && above === lines[at - 1] ? (lines[at] ?? null) : null
}

/** The setting, dotted or nested. */
function pairOf(node: ParsedNode | null, parts: readonly string[], prefix: string): Pair<ParsedNode, ParsedNode | null> | null {
  if (!yaml().isMap(node)) return null
  const name = parts.join('.')
  for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = prefix + (yaml().isScalar(pair.key) ? String(pair.key.value) : '')
    if (key === name) return pair
    const inner = name.startsWith(`${key}.`) ? pairOf(pair.value, parts, `${key}.`) : null
    if (inner !== null) return inner
  }
  return null
}

function refused(message: string, mend: string): Fault {
  return new Fault('invalid-parameter', message, { blame: 'caller', mend })
}
