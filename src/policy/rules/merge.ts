// What rules that match one destination make together: setting by setting the later one wins. For limits two questions are kept apart,
// what everybody's mail shares and what the account may have of it: an account narrows, and raises only where it is marked so.
import type { Config } from '../../contract/options.ts'
import {
  type CountedBy,
  type Effective,
  type EffectiveLimit,
  type EffectiveSettings,
  type Limit,
  type LimitName,
  type Origin,
  RULE_SETTINGS,
  type Rule,
  type RuleLevel,
  type RuleSettingName,
  UNSET,
  type ValueName,
} from '../../contract/rules.ts'

/** A rule with its place. */
export interface PlacedRule {
  /** Of its own in a book. */
  readonly id: number
  readonly rule: Rule
  readonly level: RuleLevel
  readonly isOverride: boolean
}

export type RuleValue = NonNullable<Rule['set'][RuleSettingName]>

/** A setting that an earlier step gave is replaced or taken back. */
export interface Replaced {
  readonly setting: RuleSettingName
  readonly before: { readonly value: RuleValue; readonly by: PlacedRule }
  readonly after: { readonly value: RuleValue; readonly by: PlacedRule }
}

interface Given {
  readonly value: RuleValue
  readonly by: PlacedRule
}

export const settingNames = Object.keys(RULE_SETTINGS) as readonly RuleSettingName[]

export function isLimitName(name: RuleSettingName): name is LimitName {
  return RULE_SETTINGS[name].kind === 'limit'
}

/** What a rule sets of what this program knows: a newer one may have written more. */
export function givenBy({ set }: Rule): readonly (readonly [RuleSettingName, RuleValue])[] {
  const entries = Object.entries(set) as [RuleSettingName, RuleValue][]
  return entries.filter(([name]) => Object.hasOwn(RULE_SETTINGS, name))
}

export function originOf({ rule, level, isOverride }: PlacedRule): Origin {
  const mask = rule.by === 'all' ? '*' : `${rule.by} ${rule.mask}`
  return { level, isOverride, rule: rule.name, mask, estimate: rule.estimate === true }
}

/** An account's own limit, not one that takes the place of the shared one. */
function isOwn({ level }: PlacedRule, value: RuleValue): boolean {
  return level === 'account' && !(typeof value === 'object' && value.raise === true)
}

/** `rules`: in the order of the cascade. `replaced` is told of each setting that is given twice. */
export function merge(
  rules: readonly PlacedRule[],
  around: { readonly config: Config; readonly provider: string | null },
  replaced?: (change: Replaced) => void,
): Effective {
  const { config } = around
  const shared = new Map<RuleSettingName, Given>()
  const own = new Map<RuleSettingName, Given>()
  for (const by of rules) {
    for (const [setting, value] of givenBy(by.rule)) {
      const map = isLimitName(setting) && isOwn(by, value) ? own : shared
      const before = map.get(setting)
      if (setting === 'tls' && by.level === 'account' && isWeaker(value, before?.value ?? UNSET, config)) continue
      if (before !== undefined) replaced?.({ setting, before, after: { value, by } })
      map.set(setting, { value, by })
    }
  }
  return effectiveOf(shared, own, around)
}

/** Weaker first. */
export const TLS_STRENGTH: readonly unknown[] = ['none', 'may', 'encrypt', 'verify']

/** What all mail of a site must have, one account cannot give up. */
function isWeaker(value: RuleValue, before: RuleValue, config: Config): boolean {
  const strength = (policy: RuleValue): number => TLS_STRENGTH.indexOf(policy === UNSET ? config['delivery.tls'] : policy)
  return strength(value) < strength(before)
}

function effectiveOf(
  shared: ReadonlyMap<RuleSettingName, Given>,
  own: ReadonlyMap<RuleSettingName, Given>,
  { config, provider }: { readonly config: Config; readonly provider: string | null },
): Effective {
  const from = new Map<ValueName, Origin>()
  const unset = new Map<RuleSettingName, Origin>()
  for (const [name, { value, by }] of [...shared, ...own]) {
    if (value === UNSET) unset.set(name, originOf(by))
    else if (!isLimitName(name)) from.set(name, originOf(by))
  }
  const settings = settingsOf(shared, config)
  const expiry = from.has('expiry') ? settings.expiry : Infinity
  const retry = { first: settings.retry_first, longest: settings.retry_longest, expiry }
  const limits = limitsOf(shared)
  if (!limits.some(({ setting }) => setting === 'connections')) limits.push(configuredConnections(config, settings.pool))
  return { settings, retry, from, unset, provider, shared: limits, own: limitsOf(own) }
}

/** Where there is a pool, each of its sources has as many. */
function configuredConnections(config: Config, pool: string | null): EffectiveLimit {
  const per: readonly CountedBy[] = pool === null ? ['site'] : ['site', 'source']
  return { setting: 'connections', limit: config['delivery.connections_per_site'], per, burst: null, from: null }
}

function settingsOf(given: ReadonlyMap<RuleSettingName, Given>, config: Config): EffectiveSettings {
  const settings: Record<string, unknown> = {}
  for (const name of settingNames) {
    const setting = RULE_SETTINGS[name]
    if (setting.kind === 'limit') continue
    const value = given.get(name)?.value ?? UNSET
    settings[name] =
      value !== UNSET ? value : setting.option !== null ? config[setting.option] : setting.kind === 'flag' ? setting.absent : null
  }
  const made = settings as unknown as EffectiveSettings
  return given.get('tls')?.by.level === 'smart' ? { ...made, tls: stricter(made.tls, config['delivery.tls']) } : made
}

/** What the program knows of a provider never weakens what the owner asks for everywhere. */
function stricter(one: EffectiveSettings['tls'], other: EffectiveSettings['tls']): EffectiveSettings['tls'] {
  const { choices } = RULE_SETTINGS.tls
  return choices.indexOf(one) < choices.indexOf(other) ? other : one
}

function limitsOf(given: ReadonlyMap<RuleSettingName, Given>): EffectiveLimit[] {
  const limits: EffectiveLimit[] = []
  for (const [name, { value, by }] of given) {
    if (typeof value !== 'object' || !isLimitName(name)) continue
    limits.push({ setting: name, limit: value.limit, per: countedBy(by, value), burst: value.burst ?? null, from: originOf(by) })
  }
  return limits
}

/** What a limit counts by where its rule does not say; an account's own always counts by account. */
function countedBy(by: PlacedRule, limit: Limit): readonly CountedBy[] {
  const place = by.rule.by === 'provider' ? 'provider' : 'site'
  if (!isOwn(by, limit)) return limit.per ?? [place, 'source']
  const per = limit.per ?? (by.rule.by === 'all' ? [] : [place])
  return per.includes('account') ? per : ['account', ...per]
}
