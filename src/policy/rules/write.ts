// The document as YAML, in one form: what `hms export` gives and `hms apply` takes. Texts are quoted as JSON where YAML could read them
// otherwise, so that reading it gives the same document.
import {
  type AccountRules,
  type Rule,
  RULE_SETTINGS,
  RULES_FORMAT,
  type RuleSettingName,
  type RulesDocument,
  type Source,
} from '../../contract/rules.ts'
import { writtenBlock } from '../blocks/write-block.ts'
import { writtenPlan, writtenUse } from '../warmup/write-warmups.ts'
import { formatValue } from './values.ts'

const PLAIN = /^[a-z][\w.-]*(?:[ \w.:/-]*[\w/-])?$/i
/** Words that YAML takes for something else. */
const TAKEN = /^(?:true|false|null|yes|no|on|off|y|n)$/i

function scalar(text: string): string {
  return PLAIN.test(text) && !TAKEN.test(text) && !/: | #|:$/.test(text) ? text : JSON.stringify(text)
}

function key(text: string): string {
  return /^[a-z][\w.-]*$/i.test(text) && !TAKEN.test(text) ? text : JSON.stringify(text)
}

const flow = (parts: readonly string[]): string => (parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`)
const list = (texts: readonly string[]): string => `[${texts.map(scalar).join(', ')}]`

function settings(set: Rule['set']): string {
  const value = (name: RuleSettingName, given: never): string => {
    const text = formatValue(name, given)
    return RULE_SETTINGS[name].kind === 'window' ? scalar(text) : text
  }
  return flow((Object.entries(set) as [RuleSettingName, never][]).map(([name, given]) => `${name}: ${value(name, given)}`))
}

function rule({ name, by, mask, set, blocks, seen, estimate, matches, not }: Rule): string {
  return flow([
    `name: ${scalar(name)}`,
    ...(by === 'all' ? [] : [`${by}: ${scalar(mask)}`]),
    ...(Object.keys(set).length === 0 ? [] : [`set: ${settings(set)}`]),
    ...(blocks === undefined
      ? []
      : [`blocks: ${typeof blocks === 'string' ? blocks : `[${blocks.map((one) => flow(writtenBlock(one))).join(', ')}]`}`]),
    ...(seen === undefined ? [] : [`sources: ${list(seen)}`]),
    ...(estimate === true ? ['estimate: true'] : []),
    ...(matches === undefined ? [] : [`matches: ${list(matches)}`]),
    ...(not === undefined ? [] : [`not: ${list(not)}`]),
  ])
}

function source(made: Source): string {
  const { address, helo } = made
  return flow([
    ...(made.kind === 'proxy' ? [`proxy: ${JSON.stringify(made.proxy)}`] : []),
    ...(address === null ? [] : [`address: ${JSON.stringify(address)}`]),
    ...(helo === null ? [] : [`helo: ${scalar(helo)}`]),
    ...writtenUse(made.warmup),
  ])
}

function section<T>(title: string, entries: readonly (readonly [string, T])[], line: (value: T) => string): string[] {
  return entries.length === 0 ? [] : ['', `${title}:`, ...entries.map(([name, value]) => `  ${key(name)}: ${line(value)}`)]
}

function account([id, { rules, overrides, pools, mailings }]: readonly [string, AccountRules]): string[] {
  return [
    `  ${JSON.stringify(id)}:`,
    ...(pools === undefined ? [] : [`    pools: ${list(pools)}`]),
    ...(mailings === undefined
      ? []
      : [`    mailings: ${flow(Object.entries(mailings).map(([mask, pool]) => `${JSON.stringify(mask)}: ${scalar(pool)}`))}`]),
    ...(rules.length === 0 ? [] : ['    rules:', ...rules.map((one) => `      - ${rule(one)}`)]),
    ...(overrides.length === 0 ? [] : ['    overrides:', ...overrides.map((one) => `      - ${rule(one)}`)]),
  ]
}

function isEmpty({ rules, overrides, pools, mailings }: AccountRules): boolean {
  return rules.length + overrides.length === 0 && pools === undefined && mailings === undefined
}

/** What stands before the rules. */
function headLines({ edition, sources, pools, providers, warmups, domains }: RulesDocument): string[] {
  const weights = (pool: Readonly<Record<string, number>>): string =>
    `{ sources: ${flow(Object.entries(pool).map(([name, weight]) => `${key(name)}: ${weight}`))} }`
  return [
    `format: ${RULES_FORMAT}`,
    ...(edition === 0 ? [] : [`version: ${edition}`]),
    ...section('warmups', Object.entries(warmups ?? {}), (plan) => flow(writtenPlan(plan))),
    ...section('sources', Object.entries(sources), source),
    ...section('domains', Object.entries(domains ?? {}), ({ warmup }) => flow(writtenUse(warmup))),
    ...section('pools', Object.entries(pools), weights),
    ...section('providers', Object.entries(providers), (masks) => `{ mx: ${list(masks)} }`),
  ]
}

const writtenAccounts = ({ accounts }: RulesDocument): readonly (readonly [string, AccountRules])[] =>
  Object.entries(accounts).filter(([, one]) => !isEmpty(one))

export function writeRulesDocument(document: RulesDocument): string {
  const { rules } = document
  const all = writtenAccounts(document)
  const lines = [
    ...headLines(document),
    ...(rules.length === 0 ? [] : ['', 'rules:', ...rules.map((one) => `  - ${rule(one)}`)]),
    ...(all.length === 0 ? [] : ['', 'accounts:', ...all.flatMap(account)]),
  ]
  return `${lines.join('\n')}\n`
}

export interface RulePlace {
  readonly rule: string
  /** Null: of everybody. */
  readonly account: number | null
  readonly isOverride: boolean
}

/** Lines, from 1, at which rules stand in what `writeRulesDocument` writes; undefined: it has no such rule. */
export function linesOfRules(document: RulesDocument): (place: RulePlace) => number | undefined {
  const { rules } = document
  const first = headLines(document).length + 3
  const at = (list: readonly Rule[], name: string, from: number): number | undefined => {
    const n = list.findIndex((one) => one.name === name)
    return n < 0 ? undefined : from + n
  }
  return ({ rule: name, account: id, isOverride }) => {
    if (id === null) return at(rules, name, first)
    let line = first + (rules.length === 0 ? -2 : rules.length) + 2
    for (const one of writtenAccounts(document)) {
      if (one[0] !== String(id)) {
        line += account(one).length
        continue
      }
      const [, { rules: own, overrides, pools, mailings }] = one
      const behind = line + 1 + (pools === undefined ? 0 : 1) + (mailings === undefined ? 0 : 1)
      if (!isOverride) return at(own, name, behind + 1)
      return at(overrides, name, behind + (own.length === 0 ? 0 : own.length + 1) + 1)
    }
    return undefined
  }
}
