// Under which limits the mail of one destination falls, as they are asked for: before a connection is opened, and before a message leaves.
// A limit by domain or account counts what carries mail of that domain or account: a connection while it does, a new one by its first
// message. Any other counts connections from their opening to their end.
import { isIP } from 'node:net'
import type { AccountId, Domain } from '../../base/brand.ts'
import { type CountedBy, type Effective, type EffectiveLimit, RULE_SETTINGS } from '../../contract/rules.ts'
import type { LimitAsk } from '../../policy/limits/limit-book.ts'
import type { WarmupCaps } from '../../policy/warmup/book.ts'
import { keyWords, type WarmupUnit } from '../../policy/warmup/units.ts'

export interface JobLimits {
  /** Before a connection is opened. */
  readonly open: readonly LimitAsk[]
  /** Before a message leaves: on a connection that had one, and on a new one. */
  readonly message: readonly LimitAsk[]
  readonly firstMessage: readonly LimitAsk[]
  /** Connections at once that a rule allows; null: none says so. */
  readonly connections: number | null
  /** Whether messages go at a pace: then connections are opened one after the other, as more of them may not be needed. */
  readonly isPaced: boolean
  /** Caps of warm-up, counted for each copy of a message. */
  readonly warm: WarmupCaps | null
}

const MOST_NAMED = 10_000

/** Whom the limits count by. */
export interface LimitNames {
  readonly site: string
  readonly domain: Domain
  readonly account: AccountId
  readonly source: string
  /** Null: it leaves from no pool. Undefined: from that of the rules. */
  readonly pool?: string | null
}

type Made = Map<string, JobLimits | null>

interface Known {
  /** Where all mail for which it holds falls under the same limits. */
  readonly single: JobLimits | null | undefined
  readonly byDomain: boolean
  readonly byAccount: boolean
  readonly byPool: boolean
  readonly named: Made
  /** The same under caps of warm-up. */
  readonly warm: WeakMap<WarmupCaps, Made>
}

/** Made once for what holds, and by domain and account where that makes a difference: the same object where the limits are the same. */
export class KnownLimits {
  readonly #known = new WeakMap<Effective, Known>()

  of(effective: Effective, names: LimitNames, warm: WarmupCaps | null = null): JobLimits | null {
    let known = this.#known.get(effective)
    if (known === undefined) this.#known.set(effective, (known = knownOf(effective, names)))
    if (known.single !== undefined && warm === null) return known.single
    const named = warm === null ? known.named : namedUnder(known, warm)
    const key = `${known.byDomain ? names.domain : ''} ${known.byAccount ? names.account : ''} ${known.byPool ? (names.pool ?? '') : ''}`
    let limits = named.get(key)
    if (limits === undefined) {
      if (named.size >= MOST_NAMED) named.clear()
      named.set(key, (limits = underCaps(jobLimits(effective, names), warm)))
    }
    return limits
  }
}

function namedUnder({ warm }: Known, caps: WarmupCaps): Made {
  let named = warm.get(caps)
  if (named === undefined) warm.set(caps, (named = new Map()))
  return named
}

export const NO_LIMITS: JobLimits = { open: [], message: [], firstMessage: [], connections: null, isPaced: false, warm: null }

function underCaps(limits: JobLimits | null, warm: WarmupCaps | null): JobLimits | null {
  if (warm === null || warm.keys.length === 0) return limits
  const { message, firstMessage, isPaced, ...others } = limits ?? NO_LIMITS
  const { asks } = warm
  return { ...others, message: [...message, ...asks], firstMessage: [...firstMessage, ...asks], isPaced: isPaced || asks.length > 0, warm }
}

function knownOf(effective: Effective, names: LimitNames): Known {
  const ruled = [...effective.shared, ...effective.own].filter(({ from }) => from !== null)
  const pers = new Set(ruled.flatMap(({ per }) => per))
  const [byDomain, byAccount, byPool] = [pers.has('domain'), pers.has('account'), pers.has('pool')]
  const single = byDomain || byAccount || byPool ? undefined : jobLimits(effective, names)
  return { single, byDomain, byAccount, byPool, named: new Map(), warm: new WeakMap() }
}

/** Null where no rule limits anything. What the configuration says of connections is the site's own matter. */
export function jobLimits({ shared, own, provider, settings }: Effective, names: LimitNames): JobLimits | null {
  const limits = [...shared, ...own].filter(({ from }) => from !== null)
  if (limits.length === 0) return null
  const named = { ...names, provider: provider ?? names.site, pool: (names.pool === undefined ? settings.pool : names.pool) ?? 'none' }
  const asks = (wanted: (limit: EffectiveLimit) => boolean): LimitAsk[] => unique(limits.filter(wanted).map((one) => askOf(one, named)))
  const open = asks((one) => countsConnections(one) && !isOfTransaction(one))
  const message = asks((one) => !countsConnections(one) || (one.setting === 'connections' && isOfTransaction(one)))
  const first = asks((one) => one.setting === 'connections_per_minute' && isOfTransaction(one))
  const atOnce = limits.filter(({ setting }) => setting === 'connections').map(({ limit }) => limit)
  return {
    open,
    message,
    // The same list where it asks for the same: what was granted to one connection is then of use to another.
    firstMessage: first.length === 0 ? message : [...message, ...first],
    connections: atOnce.length === 0 ? null : Math.min(...atOnce),
    isPaced: message.some(({ span }) => span !== null),
    warm: null,
  }
}

function isOfTransaction({ per }: EffectiveLimit): boolean {
  return per.includes('domain') || per.includes('account')
}

function countsConnections({ setting }: EffectiveLimit): boolean {
  return RULE_SETTINGS[setting].counts === 'connections'
}

function askOf({ setting, limit, per, burst }: EffectiveLimit, named: Readonly<Record<CountedBy, string | number>>): LimitAsk {
  const { window, counts } = RULE_SETTINGS[setting]
  // In an order of their own: `[site, source]` and `[source, site]` are one count.
  const key = [setting, ...per.toSorted().map((by) => `${by}=${named[by]}`)].join(' ')
  return { key, limit, span: window, burst: burst ?? 1, counts: counts === 'octets' ? 'octets' : 'one' }
}

/** Where two rules limit the same count, the narrower holds. */
function unique(asks: readonly LimitAsk[]): LimitAsk[] {
  const byKey = new Map<string, LimitAsk>()
  for (const ask of asks) if (ask.limit < (byKey.get(ask.key)?.limit ?? Infinity)) byKey.set(ask.key, ask)
  return [...byKey.values()]
}

/** Whether it is a cap of warm-up. */
export function isWarmup({ key }: Pick<LimitAsk, 'key'>): boolean {
  return key.startsWith('warmup_')
}

/** As it is shown. `units`: what is warmed up, by their keys. */
export function wordsFor({ key, limit }: LimitAsk, units: ReadonlyMap<string, WarmupUnit> | undefined): string {
  const [setting = '', ...scope] = key.split(' ')
  if (isWarmup({ key }))
    return `the warm-up of ${keyWords(key.slice(setting.length + 1), units)}: ${limit} ${setting === 'warmup_day' ? 'in 24 hours' : 'in an hour'}`
  return `${setting} ${limit} (${scope.length === 0 ? 'in all' : scope.map(scopeWords).join(', ')})`
}

/** `site mx.example.com`; without rules about sources an address is the one of the configuration. */
function scopeWords(part: string): string {
  const at = part.indexOf('=')
  const [by, name] = [part.slice(0, at), part.slice(at + 1)]
  return by === 'source' && isIP(name) !== 0 ? `source ${name} of delivery.source_address` : `${by} ${name}`
}
