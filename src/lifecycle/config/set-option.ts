// One setting of config/hms.yaml changed where it stands, or added at the end: everything else of the file, comments too, stays to the letter.
// What a start would refuse is not written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, type Pair, type ParsedNode, parseDocument } from 'yaml'
import { Fault } from '../../base/fault.ts'
import { OPTIONS, type Option, type OptionName } from '../../contract/options.ts'
import { checkConfig, CONFIG_FILE, type Environment, describeProblem, optionOf, variableOf } from '../config.ts'
import { expectation, parseOption } from './option-value.ts'
import { writeWhole } from './whole-file.ts'

/** Kinds whose values are plain words in YAML. */
const PLAIN: ReadonlySet<Option['kind']> = new Set(['flag', 'count', 'size', 'duration'] as const)

/** Writes the file anew, in one. Throws a Fault where it, or another setting of the file, would keep a server from starting. */
export function setOption(home: string, name: string, value: string, env: Environment = process.env): void {
  const option = changeable(name, env)
  if (!parseOption(option, value).ok) throw refused(`${name} takes ${expectation(option)}`, `'hms config describe ${name}' tells more.`)
  const path = join(home, CONFIG_FILE)
  write(path, withOption(readFileSync(path, 'utf8'), name as OptionName, value), env)
}

/** Takes it out of the file, with what stands behind it on its line. False where it does not stand there. */
export function unsetOption(home: string, name: string, env: Environment = process.env): boolean {
  changeable(name, env)
  const path = join(home, CONFIG_FILE)
  const text = readFileSync(path, 'utf8')
  const without = withoutOption(text, name)
  if (without !== text) write(path, without, env)
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

function write(path: string, text: string, env: Environment): void {
  const reading = checkConfig(text, env)
  if (!reading.ok)
    throw refused(`The file would not be in order: ${reading.problems.map(describeProblem).join(' ')}`, 'Nothing was changed.')
  writeWhole(path, text)
}

export function withOption(text: string, name: OptionName, value: string): string {
  const written = PLAIN.has(OPTIONS[name].kind) ? value : JSON.stringify(value)
  const found = pairOf(parseDocument(text).contents, name.split('.'), '')
  if (found === null) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}: ${written}\n`
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
  const found = pairOf(parseDocument(text).contents, name.split('.'), '')
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
  return text.slice(0, from) + (end === 0 ? '' : text.slice(end))
}

/** The setting, dotted or nested. */
function pairOf(node: ParsedNode | null, parts: readonly string[], prefix: string): Pair<ParsedNode, ParsedNode | null> | null {
  if (!isMap(node)) return null
  const name = parts.join('.')
  for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = prefix + (isScalar(pair.key) ? String(pair.key.value) : '')
    if (key === name) return pair
    const inner = name.startsWith(`${key}.`) ? pairOf(pair.value, parts, `${key}.`) : null
    if (inner !== null) return inner
  }
  return null
}

function refused(message: string, mend: string): Fault {
  return new Fault('invalid-parameter', message, { blame: 'caller', mend })
}
