// Sites by the provider that the rules know them as: sums, and what rules allow all of them together.
import type { Ms } from '../../base/brand.ts'
import type { Effective, EffectiveLimit, LimitName } from '../../contract/rules.ts'
import type { HeldBack, ProviderNow, SiteNow } from '../../contract/why.ts'
import { merged } from './domain-holds.ts'

/** Reasons that are told of one provider. */
const MOST_HOLDS = 5
const RATES: Partial<Readonly<Record<LimitName, Ms>>> = { messages_per_minute: 1, messages_per_hour: 60, messages_per_day: 1440 }

/** Of all limits on messages by time, the narrowest in a minute; null: there is none. */
export function allowedAMinute(effective: Effective): number | null {
  return narrowestRate(effective)?.aMinute ?? null
}

function narrowestRate({ shared, own }: Effective): { readonly aMinute: number; readonly per: EffectiveLimit['per'] } | null {
  const rates = [...shared, ...own].flatMap(({ setting, limit, per }) => {
    const minutes = RATES[setting]
    return minutes === undefined ? [] : [{ aMinute: limit / minutes, per }]
  })
  return rates.reduce<(typeof rates)[number] | null>((least, one) => (least === null || one.aMinute < least.aMinute ? one : least), null)
}

type Summed = { -readonly [Name in keyof ProviderNow]: ProviderNow[Name] }

interface Gathered {
  readonly row: Summed
  /** Of limits that all of its sites share, and of those that each has for itself; `isFree`: one has none. */
  shared: number | null
  each: number
  isFree: boolean
  holds: HeldBack[]
}

export interface ProviderRows {
  /** `effective` null: nothing waits at the site in memory. */
  add(site: Omit<SiteNow, 'holds'>, effective: Effective | null): void
  held(provider: string | null, holds: readonly HeldBack[]): void
  all(): readonly ProviderNow[]
}

export function providerRows(): ProviderRows {
  const found = new Map<string | null, Gathered>()
  return {
    add: (site, effective) => {
      const { provider } = site
      let known = found.get(provider)
      if (known === undefined) found.set(provider, (known = { row: empty(provider), shared: null, each: 0, isFree: false, holds: [] }))
      addTo(known.row, site)
      if (effective === null) return
      const rate = narrowestRate(effective)
      if (rate === null) known.isFree = true
      else if (isOfProvider(rate.per)) known.shared = Math.min(rate.aMinute, known.shared ?? Infinity)
      else known.each += rate.aMinute
    },
    held: (provider, holds) => found.get(provider)?.holds.push(...holds),
    all: () => [...found.values()].map(told),
  }
}

function empty(provider: string | null): Summed {
  const figures = { queued: 0, messages: 0, delivered: 0, connections: 0, mostConnections: 0, sending: 0, deferred: 0 }
  return { provider, sites: 0, ...figures, allowed: null, dueSince: null, holds: [] }
}

const SUMS = ['queued', 'messages', 'delivered', 'connections', 'mostConnections', 'sending', 'deferred'] as const

function addTo(row: Summed, site: Omit<SiteNow, 'holds'>): void {
  row.sites++
  for (const name of SUMS) row[name] += site[name]
  if (site.dueSince !== null) row.dueSince = Math.min(site.dueSince, row.dueSince ?? Infinity)
}

/** All sites count together. */
function isOfProvider(per: EffectiveLimit['per']): boolean {
  return !per.includes('site') && !per.includes('domain')
}

function told({ row, shared, each, isFree, holds }: Gathered): ProviderNow {
  const sum = each > 0 && !isFree ? each : null
  const allowed = shared === null ? sum : Math.min(shared, sum ?? Infinity)
  const most = merged(holds).toSorted((a, b) => b.recipients - a.recipients)
  return { ...row, allowed: isFree && shared === null ? null : allowed, holds: most.slice(0, MOST_HOLDS) }
}
