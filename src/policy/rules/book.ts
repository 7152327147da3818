// The rules of all levels, made ready to be asked: what holds for a destination, in a few look-ups however many rules there are. A book
// is made for one version of the rules and never changes; what it answered is kept, bounded, so that nobody is worked out twice.
//
// Order of the cascade, the later wins: Smart (domain), MTA (domain), account (domain), Smart (MX), MTA (MX), account (MX), overrides.
// Within a step the more specific mask wins, then the later in the document. A rule by provider stands at the MX step, as specific as
// the mask of the provider that matched.
import type { AccountId, Ms } from '../../base/brand.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import type { Config } from '../../contract/options.ts'
import {
  type Destination,
  type Effective,
  NO_RULES,
  type Origin,
  RULE_SETTINGS,
  type Rule,
  type RuleLevel,
  type RulesDocument,
  UNSET,
} from '../../contract/rules.ts'
import { BlockMatcher } from '../blocks/matching.ts'
import type { WarmupBook } from '../warmup/book.ts'
import { MaskIndex, specificityOf } from './masks.ts'
import { narrowest, ProviderMasks, type Providers } from './provider-masks.ts'
import { givenBy, merge, originOf, type PlacedRule, type Replaced } from './merge.ts'

const MOST_KEPT = 100_000

/** Rules of one step, by how they match. */
class Step {
  readonly domains = new MaskIndex<PlacedRule>()
  readonly hosts = new MaskIndex<PlacedRule>()
  readonly providers = new Map<string, PlacedRule[]>()
  readonly all: PlacedRule[] = []

  add(placed: PlacedRule): void {
    const { by, mask } = placed.rule
    if (by === 'domain') this.domains.add(mask, placed)
    else if (by === 'mx') this.hosts.add(mask, placed)
    else if (by === 'all') this.all.push(placed)
    else {
      const others = this.providers.get(mask)
      if (others === undefined) this.providers.set(mask, [placed])
      else others.push(placed)
    }
  }
}

interface Level {
  readonly rules: Step
  readonly overrides: Step
}

export interface Held {
  readonly effective: Effective
  /** Mail of different groups cannot share connections at a site; empty for all for whom no rule makes a difference. */
  readonly group: string
  /** Whether that is for the sake of its account. */
  readonly byAccount: boolean
}

/** The Dynamic Block Rules of one rule, ready to be asked. */
export interface RuleBlocks {
  /** The same for the same rule in another book. */
  readonly key: string
  readonly rule: string
  readonly from: Origin
  readonly blocks: readonly BlockRule[]
  readonly matcher: BlockMatcher
}

export interface RuleSources {
  /** In force at the Smart level. */
  readonly smart: RulesDocument
  readonly owner: RulesDocument
  readonly config: Config
  /** Null, or left out: nothing is warmed up. */
  readonly warmups?: WarmupBook | null
}

export class RuleBook {
  /** What the configuration alone says. */
  readonly base: Effective
  /** No rule at all. */
  readonly isEmpty: boolean
  /** Whether what holds at a site may depend on the domain or the account. */
  readonly differs: boolean
  readonly shortestIdle: Ms
  /** Null: nothing is warmed up. */
  readonly warmups: WarmupBook | null
  /** Whether anything names a pool. */
  readonly hasPools: boolean
  /** The same for books that say the same of TLS. */
  readonly tls: string
  /** Delivery windows that rules set; none: nothing is looked at. `windowsKey` is the same for books that say the same of them. */
  readonly windows: ReadonlySet<string>
  readonly windowsKey: string
  readonly #usual: Held
  readonly #config: Config
  readonly #owner: RulesDocument
  readonly #smart: Level
  readonly #mta: Level
  readonly #providers: ProviderMasks
  readonly #accounts = new Map<string, Level>()
  readonly #providersOf = new Map<string, Providers>()
  readonly #kept = new Map<string, Held>()
  readonly #made = new Map<string, Effective>()
  readonly #blocks = new Map<number, RuleBlocks>()
  readonly #hasBlocks: boolean
  readonly #longestAtHosts: Ms
  readonly #setsExpiry: boolean
  #nextId = 0

  constructor({ smart, owner, config, warmups = null }: RuleSources) {
    this.warmups = warmups
    this.#config = config
    this.#owner = owner
    this.base = merge([], { config, provider: null })
    this.#usual = { effective: this.base, group: '', byAccount: false }
    this.#smart = this.#level(smart.rules, 'smart')
    this.#mta = this.#level(owner.rules, 'mta')
    const accounts = Object.values(owner.accounts).flatMap(({ rules, overrides }) => rules.concat(overrides))
    const all = [...smart.rules, ...owner.rules, ...accounts]
    this.#hasBlocks = all.some(({ blocks }) => blocks !== undefined)
    this.isEmpty = all.length === 0 && Object.keys(owner.providers).length + Object.keys(smart.providers).length === 0
    this.differs = accounts.length > 0 || all.some(({ by, mask }) => by === 'domain' && mask !== '*')
    const asked = Object.values(owner.accounts).some(({ pools, mailings }) => (pools ?? mailings) !== undefined)
    this.hasPools = asked || all.some(({ set, blocks }) => (set.pool !== undefined && set.pool !== UNSET) || switchesPool(blocks))
    this.shortestIdle = numbersOf(all, 'timeout_idle').reduce((least, one) => Math.min(least, one), this.base.settings.timeout_idle)
    const saidOf = (name: 'tls' | 'window'): string => {
      const found = all.filter(({ set }) => set[name] !== undefined)
      return found.length === 0 ? '' : JSON.stringify([found, smart.providers, owner.providers])
    }
    this.tls = saidOf('tls')
    this.windowsKey = saidOf('window')
    this.windows = new Set(all.flatMap(({ set: { window } }) => (window === undefined || window === UNSET ? [] : [window])))
    this.#setsExpiry = numbersOf(all, 'expiry').length > 0
    const atHosts = all.filter(({ by }) => by === 'mx' || by === 'provider')
    this.#longestAtHosts = numbersOf(atHosts, 'expiry').reduce((most, one) => Math.max(most, one), 0)
    this.#providers = new ProviderMasks(smart.providers, owner.providers)
  }

  /** What holds for the destination. `besides`: a rule that comes last, of no document; the same object is the same rule. */
  at(destination: Destination, besides: PlacedRule | null = null): Held {
    if (besides !== null) return this.#atWith(destination, besides)
    if (this.isEmpty) return this.#usual
    const { site, domain, account } = destination
    const key = this.differs ? `${site}\n${domain}\n${account ?? ''}` : site
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const rules = this.rulesFor(destination)
    const effective = this.#effectiveOf(rules, this.#providerAt(destination))
    const held = effective === this.base ? this.#usual : { effective, ...groupOf(rules, account) }
    keep(this.#kept, key, held)
    return held
  }

  #atWith(destination: Destination, besides: PlacedRule): Held {
    const { site, domain, account } = destination
    const key = `${site}\n${domain}\n${account ?? ''}\n${besides.id}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const rules = [...this.rulesFor(destination), besides]
    const { group, byAccount } = groupOf(rules, account)
    const apart = givenBy(besides.rule).filter(([name]) => RULE_SETTINGS[name].decides === 'connection')
    const held: Held = {
      effective: this.#effectiveOf(rules, this.#providerAt(destination)),
      group: apart.length === 0 ? group : `${group} with ${JSON.stringify(Object.fromEntries(apart))}`,
      byAccount,
    }
    keep(this.#kept, key, held)
    return held
  }

  /** The rules that match, in the order of the cascade. */
  rulesFor({ site, hosts, domain, account }: Destination): readonly PlacedRule[] {
    const levels = [this.#smart, this.#mta, ...(account === null ? [] : [this.#levelOf(account)])]
    const providers = this.#providersAt(site, hosts)
    const byDomain = levels.flatMap(({ rules }) => sorted(rules.domains.find(domain)))
    const byHosts = levels.flatMap(({ rules }) => matchingHosts(rules, hosts, providers))
    const overrides = levels.flatMap(({ overrides }) => matchingOverrides(overrides, domain, hosts, providers))
    return [...byDomain, ...byHosts, ...overrides]
  }

  /** The Dynamic Block Rules for what a destination answers, rule by rule. */
  blocksAt(destination: Destination): readonly RuleBlocks[] {
    if (!this.#hasBlocks) return []
    let found: RuleBlocks[] = []
    for (const placed of this.rulesFor(destination)) {
      if (placed.rule.blocks === UNSET) found = []
      else if (placed.rule.blocks !== undefined) found.push(this.#blocksOf(placed, placed.rule.blocks))
    }
    return found
  }

  #blocksOf(placed: PlacedRule, blocks: readonly BlockRule[]): RuleBlocks {
    const { id, level, rule } = placed
    let made = this.#blocks.get(id)
    if (made === undefined) {
      made = { key: `${level} ${rule.name}`, rule: rule.name, from: originOf(placed), blocks, matcher: new BlockMatcher(blocks) }
      this.#blocks.set(id, made)
    }
    return made
  }

  /** The same as `at`, telling what was replaced on the way. */
  trace(destination: Destination, replaced: (change: Replaced) => void): Effective {
    return merge(this.rulesFor(destination), { config: this.#config, provider: this.#providerAt(destination) }, replaced)
  }

  /** How long mail may wait at the longest, while it is not known yet where it goes. */
  longestExpiry(account: AccountId, recipients: readonly { readonly domain: string }[]): Ms {
    const usual = this.base.settings.expiry
    if (!this.#setsExpiry) return usual
    let longest = this.#longestAtHosts
    for (const { domain } of recipients)
      longest = Math.max(longest, this.at({ site: '', hosts: [], domain, account }).effective.settings.expiry)
    return longest
  }

  #level(rules: readonly Rule[], level: RuleLevel, overrides: readonly Rule[] = []): Level {
    const made: Level = { rules: new Step(), overrides: new Step() }
    for (const rule of rules) made.rules.add({ id: this.#nextId++, rule, level, isOverride: false })
    for (const rule of overrides) made.overrides.add({ id: this.#nextId++, rule, level, isOverride: true })
    return made
  }

  #levelOf(account: AccountId): Level {
    const key = String(account)
    let level = this.#accounts.get(key)
    if (level === undefined) {
      const { rules, overrides } = (Object.hasOwn(this.#owner.accounts, key) ? this.#owner.accounts[key] : undefined) ?? NOTHING
      this.#accounts.set(key, (level = rules.length + overrides.length === 0 ? NO_LEVEL : this.#level(rules, 'account', overrides)))
    }
    return level
  }

  #providersAt(site: string, hosts: readonly string[]): Providers {
    let found = this.#providersOf.get(site)
    if (found !== undefined) return found
    found = this.#providers.at(hosts)
    if (hosts.length > 0) keep(this.#providersOf, site, found)
    return found
  }

  /** The provider that a site belongs to; null: none that is known. */
  providerOf(site: string, hosts: readonly string[]): string | null {
    return this.#providerAt({ site, hosts, domain: '', account: null })
  }

  #providerAt({ site, hosts }: Destination): string | null {
    return narrowest(this.#providersAt(site, hosts))
  }

  #effectiveOf(rules: readonly PlacedRule[], provider: string | null): Effective {
    if (rules.length === 0 && provider === null) return this.base
    const key = `${rules.map(({ id }) => id).join(' ')}\n${provider ?? ''}`
    let effective = this.#made.get(key)
    if (effective === undefined) keep(this.#made, key, (effective = merge(rules, { config: this.#config, provider })))
    return effective
  }
}

const NOTHING = { rules: NO_RULES.rules, overrides: NO_RULES.rules }
const NO_LEVEL: Level = { rules: new Step(), overrides: new Step() }

function switchesPool(blocks: Rule['blocks']): boolean {
  return blocks !== undefined && blocks !== UNSET && blocks.some(({ action }) => action === 'pool')
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  for (const oldest of map.keys()) {
    if (map.size < MOST_KEPT) break
    map.delete(oldest)
  }
  map.set(key, value)
}

function numbersOf(rules: readonly Rule[], name: 'expiry' | 'timeout_idle'): number[] {
  return rules.flatMap(({ set }) => (typeof set[name] === 'number' ? [set[name]] : []))
}

/** By specificity, then by place in the document. */
function sorted(rules: readonly PlacedRule[]): readonly PlacedRule[] {
  if (rules.length < 2) return rules
  return rules.toSorted((a, b) => specificityOf(a.rule.mask) - specificityOf(b.rule.mask) || a.id - b.id)
}

function matchingHosts(step: Step, hosts: readonly string[], providers: Providers): readonly PlacedRule[] {
  const found = new Map<PlacedRule, number>()
  for (const host of hosts) for (const placed of step.hosts.find(host)) found.set(placed, specificityOf(placed.rule.mask))
  for (const [name, specificity] of providers) for (const placed of step.providers.get(name) ?? []) found.set(placed, specificity)
  if (found.size < 2) return [...found.keys()]
  return [...found].toSorted(([a, first], [b, second]) => first - second || a.id - b.id).map(([placed]) => placed)
}

/** Those without a mask first, then by domain, then by host. */
function matchingOverrides(step: Step, domain: string, hosts: readonly string[], providers: Providers): readonly PlacedRule[] {
  return [...step.all, ...sorted(step.domains.find(domain)), ...matchingHosts(step, hosts, providers)]
}

/**
 * By the masks of domain rules that decide about connections, and by the account where its rules do: the same whatever their values.
 * Limits part nobody: each message is asked for by its own.
 */
function groupOf(rules: readonly PlacedRule[], account: AccountId | null): { readonly group: string; readonly byAccount: boolean } {
  const names = new Set<string>()
  let byAccount = false
  for (const { rule, level } of rules) {
    if (!givenBy(rule).some(([name]) => RULE_SETTINGS[name].decides === 'connection')) continue
    if (level === 'account') byAccount = true
    else if (rule.by === 'domain' && rule.mask !== '*') names.add(rule.mask)
  }
  const group = [...[...names].toSorted(), ...(byAccount ? [`account ${account}`] : [])].join(' ')
  return { group, byAccount }
}
