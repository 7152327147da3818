// What is odd in rules that are well-formed: rules that can never count, names that mean nothing, Smart rules that loosen the owner's,
// and, of Smart rules, figures without a source and examples that do not hold.
import type { BlockRule } from '../../contract/blocks.ts'
import { type Config, OPTIONS } from '../../contract/options.ts'
import { type Rule, RULE_SETTINGS, type RuleLevel, type RulesDocument, UNSET } from '../../contract/rules.ts'
import type { RulesFinding } from '../../contract/rules-answers.ts'
import { brokenExamples } from '../blocks/matching.ts'
import { lintShippedPlans, lintWarmups } from '../warmup/lint-warmups.ts'
import { literalsOf } from '../patterns/literals.ts'
import { Pattern } from '../patterns/pattern-list.ts'
import { RuleBook } from './book.ts'
import { beyondConfigured, looseningOf } from './loosening.ts'
import { maskMatches } from './masks.ts'
import { givenBy, isLimitName, originOf } from './merge.ts'

/** What is known beside the rules. */
export interface LintFacts {
  readonly smart: RulesDocument
  readonly accounts: ReadonlySet<number>
  readonly config: Config
  /** Site and MX hosts of domains, as far as somebody asked. */
  readonly sites: ReadonlyMap<string, { readonly site: string; readonly hosts: readonly string[] }>
}

interface Place {
  readonly level: RuleLevel
  readonly account: number | null
}

/** Of rules marked `estimate`: nobody published what they allow. */
const MOST_ESTIMATED = { connections: 10, messages_per_connection: 20 } as const
/** Names that no mail leads to (rfc:2606, rfc:6761). */
const NOWHERE = /(?:^|\.)(?:invalid|localhost|onion)$/

export function lintRules(owner: RulesDocument, facts: LintFacts): readonly RulesFinding[] {
  const findings: RulesFinding[] = []
  const mta: Place = { level: 'mta', account: null }
  const note = ({ level, account }: Place, rule: string, what: string): void => void findings.push({ level, account, rule, what })
  const waits = ({ level, account }: Place, rule: string, what: string): void =>
    void findings.push({ level, account, rule, what, waits: true })
  lintNames(owner, facts.smart, (rule, what) => note(mta, rule, what))
  lintWarmups(owner, facts.smart, (rule, what) => note(mta, rule, what))
  lintList(owner.rules, (rule, what) => note(mta, rule, what))
  const beaters = new Beaters(owner.rules)
  for (const rule of owner.rules) beaters.check(rule, (what) => note(mta, rule.name, what))
  for (const [id, { rules, overrides }] of Object.entries(owner.accounts)) {
    const place: Place = { level: 'account', account: Number(id) }
    if (!facts.accounts.has(Number(id))) note(place, id, 'There is no such account.')
    lintList(rules, (rule, what) => note(place, rule, what))
    lintList(overrides, (rule, what) => note(place, rule, what))
    lintOverridden(rules, overrides, (rule, what) => note(place, rule, what))
  }
  for (const { name, by, mask, set, blocks } of rulesOf(owner)) {
    if (by === 'provider' && !known(facts.smart.providers, owner.providers, mask)) note(mta, name, `There is no provider ${mask}.`)
    if (typeof set.pool === 'string' && set.pool !== UNSET && !Object.hasOwn(owner.pools, set.pool))
      waits(mta, name, `There is no pool ${set.pool}: mail by this rule waits until there is.`)
    for (const { name: block, action, target } of blocks === UNSET ? [] : (blocks ?? []))
      if (action === 'pool' && target !== undefined && !Object.hasOwn(owner.pools, target))
        waits(mta, name, `${block}: There is no pool ${target}.`)
  }
  for (const [id, { pools = [], mailings = {} }] of Object.entries(owner.accounts))
    for (const pool of new Set([...pools, ...Object.values(mailings)]))
      if (!Object.hasOwn(owner.pools, pool)) waits({ level: 'account', account: Number(id) }, id, `There is no pool ${pool}.`)
  for (const { rule, what } of beyond(facts)) note({ level: 'smart', account: null }, rule, what)
  for (const { domain, what } of loosenings(owner, facts)) note({ level: 'smart', account: null }, domain, what)
  return findings
}

function known(a: object, b: object, name: string): boolean {
  return Object.hasOwn(a, name) || Object.hasOwn(b, name)
}

function rulesOf({ rules, accounts }: RulesDocument): readonly Rule[] {
  return [...rules, ...Object.values(accounts).flatMap((one) => one.rules.concat(one.overrides))]
}

type Note = (rule: string, what: string) => void

function lintNames({ sources, pools, providers }: RulesDocument, smart: RulesDocument, note: Note): void {
  for (const [name, weights] of Object.entries(pools)) {
    for (const source of Object.keys(weights))
      if (!Object.hasOwn(sources, source)) note(name, `The pool names the source ${source}, which there is not.`)
  }
  for (const [name, masks] of Object.entries(providers)) {
    if (masks.length === 0) note(name, 'The provider has no MX mask: no site belongs to it.')
    if (Object.hasOwn(smart.providers, name)) note(name, 'The provider takes the place of the Smart one of the same name.')
  }
}

/** Rules of one step: masks that nothing has, and rules whose every setting a later rule with the same mask sets again. */
function lintList(rules: readonly Rule[], note: Note): void {
  const later = new Map<string, Set<string>>()
  for (const rule of rules.toReversed()) {
    const { by, mask, name } = rule
    const where = `${by} ${mask}`
    const names = givenBy(rule).map(([setting]) => setting)
    const set = later.get(where) ?? new Set<string>()
    if (rule.blocks === undefined && names.every((setting) => set.has(setting)))
      note(name, `It never counts: later rules for ${where} set all that it sets.`)
    for (const setting of names) set.add(setting)
    later.set(where, set)
    const bare = mask.replace(/^\*\.|\.\*$/g, '')
    if (by === 'domain' && !mask.includes('*') && !mask.includes('.')) note(name, `No mail goes to a domain without a dot: ${mask}.`)
    else if (NOWHERE.test(bare) && by !== 'provider') note(name, `There is no mail under ${mask}.`)
  }
}

/** Settings that MTA-wide rules for every MX set: rules for domains never get so far. */
class Beaters {
  readonly #everywhere = new Map<string, string>()

  constructor(rules: readonly Rule[]) {
    for (const rule of rules)
      if (rule.by === 'mx' && rule.mask === '*') for (const [name] of givenBy(rule)) this.#everywhere.set(name, rule.name)
  }

  check(rule: Rule, note: (what: string) => void): void {
    const given = givenBy(rule)
    if (rule.by !== 'domain' || rule.blocks !== undefined || !given.every(([name]) => this.#everywhere.has(name))) return
    const by = [...new Set(given.map(([name]) => this.#everywhere.get(name) ?? ''))]
    note(`It never counts: ${by.join(' and ')} (mx *) sets all that it sets, and rules for an MX come later.`)
  }
}

function lintOverridden(rules: readonly Rule[], overrides: readonly Rule[], note: Note): void {
  const all = new Set(overrides.filter(({ by }) => by === 'all').flatMap((rule) => givenBy(rule).map(([name]) => name)))
  for (const rule of rules) {
    if (givenBy(rule).every(([name]) => all.has(name))) note(rule.name, "It never counts: the account's overrides set all that it sets.")
  }
}

/** Smart rules with more connections than the owner wants for a site, where he said so. */
function beyond({ smart, config }: LintFacts): readonly { readonly rule: string; readonly what: string }[] {
  const configured = config['delivery.connections_per_site']
  if (configured === OPTIONS['delivery.connections_per_site'].default) return []
  return smart.rules.flatMap((rule) => {
    const { connections } = rule.set
    const from = originOf({ id: 0, rule, level: 'smart', isOverride: false })
    const what = typeof connections === 'object' ? beyondConfigured({ limit: connections.limit, from }, configured) : null
    return what === null ? [] : [{ rule: rule.name, what }]
  })
}

/** Smart rules for an MX that are looser than the owner's for a domain, where it is known where the domain's mail goes. */
function loosenings(
  owner: RulesDocument,
  { smart, config, sites }: LintFacts,
): readonly { readonly domain: string; readonly what: string }[] {
  const book = new RuleBook({ smart, owner, config })
  const found = new Map<string, string>()
  for (const [domain, { site, hosts }] of sites) {
    const accounts = Object.keys(owner.accounts).filter((id) =>
      owner.accounts[id]?.rules.some(({ by, mask }) => by === 'domain' && maskMatches(mask, domain)),
    )
    for (const account of [null, ...accounts.map(Number)]) {
      book.trace({ site, hosts, domain, account: account as never }, (change) => {
        const what = looseningOf(change)
        if (what !== null) found.set(what, domain)
      })
    }
  }
  return [...found].map(([what, domain]) => ({ domain, what }))
}

/** Exact domains that the owner has rules for: where their mail goes is worth a question. */
export function ruledDomains(owner: RulesDocument): readonly string[] {
  return [...new Set(rulesOf(owner).flatMap(({ by, mask }) => (by === 'domain' && !mask.includes('*') ? [mask] : [])))]
}

/** Of Smart rules by themselves: what a release must not ship with. */
export function lintSmartRules(smart: RulesDocument): readonly RulesFinding[] {
  const findings: RulesFinding[] = []
  const note: Note = (rule, what) => void findings.push({ level: 'smart', account: null, rule, what })
  lintList(smart.rules, note)
  lintShippedPlans(smart, note)
  for (const rule of smart.rules) {
    if (rule.by === 'provider' && !Object.hasOwn(smart.providers, rule.mask)) note(rule.name, `There is no provider ${rule.mask}.`)
    if ((rule.seen ?? []).length === 0 && rule.estimate !== true)
      note(rule.name, 'It says neither where its figures were seen nor that they are an estimate.')
    if ((rule.matches ?? []).length === 0) note(rule.name, 'It has no example of what it matches.')
    lintExamples(rule, smart, (what) => note(rule.name, what))
    if (rule.estimate === true) lintEstimate(rule, (what) => note(rule.name, what))
    for (const block of rule.blocks === UNSET ? [] : (rule.blocks ?? []))
      lintBlock(block, (what) => note(rule.name, `${block.name}: ${what}`))
  }
  return findings
}

function lintExamples({ by, mask, matches = [], not = [] }: Rule, { providers }: RulesDocument, note: (what: string) => void): void {
  const masks = by === 'provider' ? ((Object.hasOwn(providers, mask) ? providers[mask] : undefined) ?? []) : [mask]
  const hits = (name: string): boolean => masks.some((one) => maskMatches(one, name))
  for (const name of matches) if (!hits(name)) note(`It does not match its example ${name}.`)
  for (const name of not) if (hits(name)) note(`It matches ${name}, which it must not.`)
}

/** Two quantifiers in each other, which an engine that goes back could take for ever. */
const NESTED = /[*+}]\)(?:[*+{])/

function lintBlock(block: BlockRule, note: (what: string) => void): void {
  const { match, seen = [], matches = [], not = [] } = block
  const pattern = Pattern.read(match)
  const { missed, taken } = 'problem' in pattern ? { missed: [], taken: [] } : brokenExamples(pattern, block)
  for (const line of missed) note(`It does not match its example ${line}.`)
  for (const line of taken) note(`It matches ${line}, which it must not.`)
  if (seen.length === 0) note('It does not say where its replies were seen.')
  if (matches.length === 0 || not.length === 0) note('It has no replies that it must match, or none that it must not.')
  if (literalsOf(match) === null) note('No literal is in all that it matches: it would be tried on every reply.')
  if (NESTED.test(match)) note('Its repetitions are nested.')
}

function lintEstimate(rule: Rule, note: (what: string) => void): void {
  for (const [name, value] of givenBy(rule)) {
    const most = name === 'connections' || name === 'messages_per_connection' ? MOST_ESTIMATED[name] : Infinity
    const amount = typeof value === 'object' ? value.limit : typeof value === 'number' ? value : 0
    if ((isLimitName(name) || RULE_SETTINGS[name].kind === 'count') && amount > most)
      note(`An estimate allows at most ${most} for ${name}.`)
  }
}
