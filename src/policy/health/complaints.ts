// How many of those who got mail at a provider complained. Only what the provider reports counts against what it took; where none reports, as
// Gmail never does, the rate is unknown, unless its own figures were imported. Pure.
import type { HealthProvider, SenderRequirement } from '../../contract/health.ts'

/** Gmail: stay below the first, never reach the second (support.google.com/mail/answer/81126). Yahoo names the second. */
export const COMPLAINT_LIMITS = { warns: 0.001, red: 0.003 } as const
/** Days that count, and after which an imported figure says nothing any more. */
export const COMPLAINT_DAYS = 30
export const IMPORTED_DAYS = 14

const DOMAINS: ReadonlyMap<string, HealthProvider> = new Map([
  ...['gmail.com', 'googlemail.com'].map((domain) => [domain, 'gmail'] as const),
  ...['ymail.com', 'rocketmail.com', 'myyahoo.com', 'aol.com', 'aim.com'].map((domain) => [domain, 'yahoo'] as const),
  ['msn.com', 'microsoft'],
])
const FAMILIES: Readonly<Record<string, HealthProvider>> = { yahoo: 'yahoo', outlook: 'microsoft', hotmail: 'microsoft', live: 'microsoft' }
/** `com`, `fr`, `co.uk`, `com.br` */
const COUNTRY = /^(?:com|(?:com?\.)?[a-z]{2})$/

/** Of mailboxes of people there; null: another's. */
export function providerOf(domain: string): HealthProvider | null {
  const known = DOMAINS.get(domain)
  if (known !== undefined) return known
  const dot = domain.indexOf('.')
  const family = domain.slice(0, dot)
  return Object.hasOwn(FAMILIES, family) && COUNTRY.test(domain.slice(dot + 1)) ? (FAMILIES[family] ?? null) : null
}

export interface ComplaintCounts {
  readonly delivered: number
  readonly complaints: number
}

/** Null: nobody reports from there, as far as can be told. */
export function complaintRate({ delivered, complaints }: ComplaintCounts): number | null {
  return complaints === 0 || delivered === 0 ? null : Math.min(1, complaints / delivered)
}

export interface ComplaintFacts {
  readonly provider: HealthProvider
  readonly counts: ComplaintCounts
  /** The worst of the last days that were imported; null: none was. */
  readonly imported: number | null
}

/** Microsoft names no figure. */
export function complaintRequirements(facts: readonly ComplaintFacts[]): readonly SenderRequirement[] {
  return facts
    .filter(({ provider }) => provider !== 'microsoft')
    .map(({ provider, counts, imported }) => {
      const wanted = `complaints below ${percent(COMPLAINT_LIMITS.red)}`
      const rate = imported ?? complaintRate(counts)
      if (rate === null) return { provider, wanted, state: 'unknown', found: unknownWords(provider) }
      const from = imported === null ? `${counts.complaints} of ${counts.delivered} delivered` : 'as imported'
      const warns = rate >= COMPLAINT_LIMITS.warns && rate < COMPLAINT_LIMITS.red ? `, at or above ${percent(COMPLAINT_LIMITS.warns)}` : ''
      return { provider, wanted, state: rate >= COMPLAINT_LIMITS.red ? 'wrong' : 'ok', found: `${percent(rate)} (${from})${warns}` }
    })
}

export function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(3))} %`
}

function unknownWords(provider: HealthProvider): string {
  return provider === 'gmail'
    ? "Gmail reports no complaints: import the figures of its Postmaster Tools with 'hms domain complaints import'"
    : 'no complaint was reported, so that nobody can tell whether any would be'
}
