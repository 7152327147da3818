// The configuration of a home: config/hms.yaml, then environment variables over it, checked against the table of options.
// All problems are told at once, each with its place, what is expected there and what was found.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault, messageOf } from '../base/fault.ts'
import { nearest } from '../base/nearest.ts'
import type { Option, OptionValue, SocketAddress } from '../contract/option-kinds.ts'
import { type Config, OPTIONS, type OptionName } from '../contract/options.ts'
import { parseMailbox } from '../smtp/address.ts'
import { firstSuspect, withHistory } from './config/history.ts'
import { formatSocketAddress, parseOption } from './config/option-value.ts'
import { readSettings } from './config/settings-file.ts'
import { programVersion } from './program.ts'

export interface ConfigProblem {
  /** `config/hms.yaml`, or `environment`. */
  readonly file: string
  readonly line: number | null
  /** As it was written: a setting's name, or a variable's. */
  readonly setting: string
  readonly expected: string
  readonly found: string
  /** What an upgrade has to do with it, a clause. */
  readonly history?: string
}

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

export type Environment = Readonly<Record<string, string | undefined>>

export const CONFIG_FILE = 'config/hms.yaml'
const UNKNOWN = 'an unknown setting'
const NAMES = Object.keys(OPTIONS) as OptionName[]
const GROUPS: ReadonlySet<string> = new Set(
  NAMES.flatMap((name) => {
    const parts = name.split('.')
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'))
  }),
)

export function optionOf(name: string): Option | undefined {
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name as OptionName] : undefined
}

/** `smtp.listen` → `HMS_SMTP_LISTEN`. */
export function variableOf(name: string): string {
  return `HMS_${name.toUpperCase().replaceAll('.', '_')}`
}

/** Carries every problem, for whoever can show them one by one. */
export class ConfigFault extends Fault {
  readonly problems: readonly ConfigProblem[]

  /** `suspect`: a sentence on where to look first, after an upgrade. */
  constructor(problems: readonly ConfigProblem[], suspect?: string) {
    const lines = problems.map(describeProblem)
    super(
      'config-invalid',
      lines.length === 1 ? (lines[0] ?? '') : `The configuration has ${lines.length} problems:\n${lines.join('\n')}`,
      {
        blame: 'owner',
        mend: `Mend the lines named and check with 'hms config check'; 'hms config describe' tells every setting.${suspect === undefined ? '' : ` ${suspect}`}`,
      },
    )
    this.problems = problems
  }
}

export function describeProblem({ file, line, setting, expected, found, history }: ConfigProblem): string {
  const place = `${file}${line === null ? '' : `:${line}`}: ${setting}${setting === '' ? '' : ': '}`
  const more = history === undefined ? '' : ` (${history})`
  return found === UNKNOWN && !expected.includes(' ')
    ? `${place}there is no such setting${more}; did you mean ${expected}?`
    : `${place}expected ${expected}, found ${found}${more}.`
}

/** The configuration of a home. Throws a ConfigFault with every problem in it. */
export function loadConfig(home: string, env: Environment = process.env): Config {
  const reading = readConfig(home, env)
  if (!reading.ok) throw new ConfigFault(reading.problems, firstSuspect(home, programVersion()))
  return reading.config
}

export function readConfig(home: string, env: Environment = process.env): ConfigReading {
  let text: string
  try {
    text = readFileSync(join(home, CONFIG_FILE), 'utf8')
  } catch (error) {
    return { ok: false, problems: [{ file: CONFIG_FILE, line: null, setting: '', expected: 'a readable file', found: messageOf(error) }] }
  }
  const reading = checkConfig(text, env)
  return reading.ok ? reading : { ok: false, problems: withHistory(home, programVersion(), reading.problems) }
}

/** The same from text: what `hms config check` and tests use. */
export function checkConfig(text: string, env: Environment): ConfigReading {
  const problems: ConfigProblem[] = []
  const values = new Map<OptionName, OptionValue>(NAMES.map((name) => [name, OPTIONS[name].default]))
  const places = new Map<OptionName, { file: string; line: number | null; setting: string }>()
  readFile(text, values, places, problems)
  readEnvironment(env, values, places, problems)
  if (problems.length === 0) checkTogether(values, places, problems)
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, config: Object.fromEntries(values) as unknown as Config }
}

/** What stands in the text of a file, known or not, and where. */
export function settingsIn(text: string): readonly { readonly name: string; readonly line: number }[] {
  return readSettings(text, (name) => GROUPS.has(name)).given
}

type Values = Map<OptionName, OptionValue>
type Places = Map<OptionName, { file: string; line: number | null; setting: string }>

function readFile(text: string, values: Values, places: Places, problems: ConfigProblem[]): void {
  const { given, troubles } = readSettings(text, (name) => GROUPS.has(name))
  for (const trouble of troubles) problems.push({ file: CONFIG_FILE, setting: '', ...trouble })
  for (const { name, line, value } of given) {
    const place = { file: CONFIG_FILE, line, setting: name }
    const option = optionOf(name)
    if (option === undefined) {
      if (GROUPS.has(name)) {
        const one = NAMES.find((known) => known.startsWith(`${name}.`)) ?? name
        problems.push({ ...place, expected: `settings in it, such as ${one}`, found: shown(value) })
      } else
        problems.push({
          ...place,
          expected: nearest(name, [...NAMES, ...GROUPS]) ?? "a setting that exists ('hms config describe' lists them)",
          found: UNKNOWN,
        })
      continue
    }
    const earlier = places.get(name as OptionName)
    if (earlier !== undefined) problems.push({ ...place, expected: 'it once', found: `it a second time (first on line ${earlier.line})` })
    const parsed = parseOption(option, value)
    if (parsed.ok) values.set(name as OptionName, parsed.value)
    else problems.push({ ...place, expected: parsed.expected, found: shown(value) })
    places.set(name as OptionName, place)
  }
}

function readEnvironment(env: Environment, values: Values, places: Places, problems: ConfigProblem[]): void {
  const byVariable = new Map(NAMES.map((name) => [variableOf(name), name]))
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('HMS_') || text === undefined) continue
    const name = byVariable.get(variable)
    const place = { file: 'environment', line: null, setting: variable }
    if (name === undefined) {
      const meant = [...GROUPS].some((group) => variable.startsWith(`${variableOf(group)}_`))
        ? nearest(variable, byVariable.keys())
        : undefined
      if (meant !== undefined) problems.push({ ...place, expected: meant, found: UNKNOWN })
      continue
    }
    const parsed = parseOption(OPTIONS[name], text)
    if (parsed.ok) values.set(name, parsed.value)
    else problems.push({ ...place, expected: parsed.expected, found: shown(text) })
    places.set(name, place)
  }
}

const LISTENERS = NAMES.filter((name) => OPTIONS[name].kind === 'addresses')

/** What no option can tell by itself. */
function checkTogether(values: Values, places: Places, problems: ConfigProblem[]): void {
  const nowhere = { file: CONFIG_FILE, line: null, setting: '' }
  const [cert, key] = [values.get('smtp.tls_cert'), values.get('smtp.tls_key')]
  if ((cert === '') !== (key === '')) {
    const place = places.get('smtp.tls_cert') ?? places.get('smtp.tls_key') ?? nowhere
    problems.push({ ...place, expected: 'smtp.tls_cert and smtp.tls_key together', found: 'one without the other' })
  }
  const webhook = values.get('alerts.webhook')
  if (webhook !== '' && !isHttps(webhook))
    problems.push({
      ...(places.get('alerts.webhook') ?? nowhere),
      expected: 'an address such as https://alerts.example.com/hms (https alone)',
      found: shown(webhook),
    })
  for (const name of ['alerts.mail_to', 'alerts.mail_from'] as const)
    for (const one of addressesIn(values.get(name)))
      if (typeof parseMailbox(one, false) === 'string')
        problems.push({ ...(places.get(name) ?? nowhere), expected: 'mail addresses with commas between them', found: shown(one) })
  const taken = new Map<string, string>()
  for (const name of LISTENERS) {
    for (const address of values.get(name) as readonly SocketAddress[]) {
      const text = formatSocketAddress(address)
      const by = taken.get(text)
      const place = places.get(name) ?? places.get(by as OptionName) ?? nowhere
      if (by !== undefined && address.port !== 0) problems.push({ ...place, expected: `an address that ${by} does not have`, found: text })
      taken.set(text, name)
    }
  }
}

function isHttps(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:'
}

function addressesIn(value: unknown): readonly string[] {
  return typeof value !== 'string' || value === '' ? [] : value.split(',').map((one) => one.trim())
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
