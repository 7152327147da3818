// A document of rules → the checked document, or everything that is wrong with it at once, each with its line, its path, what is
// expected there and what was found. It comes as text of the owner, or as values from whoever calls the operation.
import { NO_RULES, RULES_BOUNDS, RULES_FORMAT, type RulesDocument } from '../../contract/rules.ts'
import { readAccounts, readPools, readProviders, readRules, readSources } from './read-parts.ts'
import { Reader, type RulesPath, type RulesProblem, type Spot } from './reader.ts'
import { readYamlText } from './yaml-text.ts'
import { readDomains, readWarmups } from '../warmup/read-warmups.ts'

export type RulesReading =
  | { readonly ok: true; readonly document: RulesDocument }
  | { readonly ok: false; readonly problems: readonly RulesProblem[] }

/** Smart rules have a version of their own and examples, the owner's have sources, pools and accounts. */
export type DocumentKind = 'owner' | 'smart'

const OWNER_KEYS = ['format', 'warmups', 'sources', 'domains', 'pools', 'providers', 'rules', 'accounts'] as const
const SMART_KEYS = ['format', 'version', 'warmups', 'providers', 'rules'] as const

export function readRulesText(text: string, kind: DocumentKind): RulesReading {
  const octets = Buffer.byteLength(text)
  if (octets > RULES_BOUNDS.octets) {
    return { ok: false, problems: [{ line: 1, path: '', expected: `at most ${RULES_BOUNDS.octets} octets`, found: String(octets) }] }
  }
  const reading = readYamlText(text)
  if (reading.problems.length > 0 && reading.value === null) return { ok: false, problems: reading.problems }
  const checked = readRulesValue(reading.value, kind, (path) => reading.lineOf(path))
  if (checked.ok && reading.problems.length === 0) return checked
  const problems = [...reading.problems, ...(checked.ok ? [] : checked.problems)]
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

/** The same from values as YAML or JSON has them. */
export function readRulesValue(value: unknown, kind: DocumentKind, lineOf: (path: RulesPath) => number | null = () => null): RulesReading {
  const reader = new Reader(lineOf)
  const document = readWhole(reader, { value, key: '', parent: null }, kind)
  return reader.problems.length === 0 ? { ok: true, document } : { ok: false, problems: reader.problems }
}

function readWhole(reader: Reader, root: Spot, kind: DocumentKind): RulesDocument {
  const keys: readonly string[] = kind === 'smart' ? SMART_KEYS : OWNER_KEYS
  const parts = reader.parts(root, keys, 'a map with format and rules')
  const part = (key: string): Spot => parts[key] ?? { value: null, key, parent: root }
  const format = part('format')
  if (format.value !== RULES_FORMAT) reader.wrong(format, String(RULES_FORMAT))
  const providers = readProviders(reader, part('providers'))
  const rules = readRules(reader, part('rules'), kind === 'smart' ? 'smart' : 'mta')
  const warmups = parts['warmups'] === undefined ? {} : { warmups: readWarmups(reader, part('warmups')) }
  if (kind === 'smart') return { ...NO_RULES, edition: readEdition(reader, part('version')), providers, rules, ...warmups }
  const sources = readSources(reader, part('sources'))
  return {
    ...NO_RULES,
    sources,
    pools: readPools(reader, part('pools')),
    providers,
    rules,
    accounts: readAccounts(reader, part('accounts')),
    ...warmups,
    ...(parts['domains'] !== undefined && { domains: readDomains(reader, part('domains')) }),
  }
}

function readEdition(reader: Reader, spot: Spot): number {
  const { value } = spot
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  reader.wrong(spot, 'a whole number that is raised with each edition, such as 2026112201')
  return 0
}
