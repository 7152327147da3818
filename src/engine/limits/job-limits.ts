// Under which limits the mail of one destination falls, as they are asked for: before a connection is opened, and before a message leaves.
// A limit by domain or account counts what carries mail of that domain or account: a connection while it does, a new one by its first
// message. Any other counts connections from their opening to their end.
import type { AccountId, Domain } from '../../base/brand.ts'
import { type CountedBy, type Effective, type EffectiveLimit, RULE_SETTINGS } from '../../contract/rules.ts'
import type { LimitAsk } from '../../policy/limits/limit-book.ts'

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
}

const MOST_NAMED = 10_000

/** Whom the limits count by. */
export interface LimitNames {
  readonly site: string
  readonly domain: Domain
  readonly account: AccountId
  readonly source: string
}

interface Known {
  /** Where all mail for which it holds falls under the same limits. */
  readonly single: JobLimits | null | undefined
  readonly byDomain: boolean
  readonly byAccount: boolean
  readonly named: Map<string, JobLimits | null>
}

/** Made once for what holds, and by domain and account where that makes a difference: the same object where the limits are the same. */
export class KnownLimits {
  readonly #known = new WeakMap<Effective, Known>()

  of(effective: Effective, names: LimitNames): JobLimits | null {
    let known = this.#known.get(effective)
    if (known === undefined) this.#known.set(effective, (known = knownOf(effective, names)))
    if (known.single !== undefined) return known.single
    const key = `${known.byDomain ? names.domain : ''} ${known.byAccount ? names.account : ''}`
    let limits = known.named.get(key)
    if (limits === undefined) {
      if (known.named.size >= MOST_NAMED) known.named.clear()
      known.named.set(key, (limits = jobLimits(effective, names)))
    }
    return limits
  }
}

function knownOf(effective: Effective, names: LimitNames): Known {
  const ruled = [...effective.shared, ...effective.own].filter(({ from }) => from !== null)
  const pers = new Set(ruled.flatMap(({ per }) => per))
  const [byDomain, byAccount] = [pers.has('domain'), pers.has('account')]
  return { single: byDomain || byAccount ? undefined : jobLimits(effective, names), byDomain, byAccount, named: new Map() }
}

/** Null where no rule limits anything. What the configuration says of connections is the site's own matter. */
export function jobLimits({ shared, own, provider, settings }: Effective, names: LimitNames): JobLimits | null {
  const limits = [...shared, ...own].filter(({ from }) => from !== null)
  if (limits.length === 0) return null
  const named = { ...names, provider: provider ?? names.site, pool: settings.pool ?? 'none' }
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

/** As it is shown. */
export function wordsFor({ key, limit }: LimitAsk): string {
  const [setting, ...scope] = key.split(' ')
  return `${setting} ${limit} (${scope.length === 0 ? 'in all' : scope.join(', ')})`
}
