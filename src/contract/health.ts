// Health of a sender domain: what receivers look for, what is there, and what to do about it, as others see it.
import type { AccountId, Domain, EpochMs } from '../base/brand.ts'
import type { DomainName } from './forms.ts'

/** In the order in which they are told. */
export const HEALTH_ASPECTS = [
  'spf',
  'dkim',
  'dmarc',
  'alignment',
  'return-path',
  'tracking',
  'unsubscribe',
  'tls',
  'reverse-name',
  'blocklist',
] as const
export type HealthAspect = (typeof HEALTH_ASPECTS)[number]

/** `wrong`: there is something, and it does not do. `unknown`: nobody answered, or it cannot be seen from here. */
export const HEALTH_STATES = ['ok', 'wrong', 'missing', 'unknown'] as const
export type HealthState = (typeof HEALTH_STATES)[number]

/** A record to publish, as a provider's web form asks for it. */
export interface RecordToPublish {
  readonly type: 'TXT' | 'MX' | 'CNAME' | 'A' | 'AAAA' | 'PTR'
  readonly name: string
  readonly value: string
}

export interface HealthFinding {
  readonly aspect: HealthAspect
  /** Name or address that was looked at. */
  readonly subject: string
  readonly state: HealthState
  readonly wanted: string
  readonly found: string
  /** A sentence; null: nothing is to be done. */
  readonly mend: string | null
  readonly record: RecordToPublish | null
}

export const HEALTH_PROVIDERS = ['gmail', 'yahoo', 'microsoft'] as const
export type HealthProvider = (typeof HEALTH_PROVIDERS)[number]

/** What a provider asks of those who send it much mail. */
export interface SenderRequirement {
  readonly provider: HealthProvider
  readonly wanted: string
  readonly state: HealthState
  readonly found: string
}

export interface DomainHealth {
  readonly domain: Domain
  readonly account: AccountId
  readonly at: EpochMs
  /** Zones whose own name servers did not answer: what is said of them is what `dns.servers` say. */
  readonly indirect: readonly string[]
  readonly findings: readonly HealthFinding[]
  readonly requirements: readonly SenderRequirement[]
}

/** A domain in the list: how many findings of its last check were so. */
export interface DomainHealthSum extends Readonly<Record<HealthState, number>> {
  readonly domain: Domain
  readonly account: AccountId
  /** Null: it was not looked at yet. */
  readonly at: EpochMs | null
}

/** What a blocklist says of an address that mail leaves from. */
export interface SourceListing {
  readonly address: string
  /** Sources of the rules that leave from it; none: the configuration's. */
  readonly sources: readonly string[]
  /** Name of the list. */
  readonly list: string
  readonly state: 'listed' | 'not-listed' | 'unknown'
  readonly found: string
  /** Where to ask to be taken off. */
  readonly removal: string
  /** When it was asked. */
  readonly at: EpochMs
}

/** The name in the reverse DNS of what mail leaves from. `subject`: the address. */
export interface SourceReverse extends HealthFinding {
  /** Sources of the rules that leave from it; none: the configuration's. */
  readonly sources: readonly string[]
  /** What it greets receivers as. */
  readonly helo: string
  readonly at: EpochMs
}

/** Complaints of the last 30 days by provider, or a rate that was imported. */
export interface ComplaintRate {
  readonly account: AccountId
  /** Of what was imported; empty: all mail of the account. */
  readonly domain: string
  readonly provider: HealthProvider
  /** Null: imported. */
  readonly delivered: number | null
  readonly complaints: number | null
  /** Share of 1; null: unknown, as nobody reports from there. Imported: the worst of the last 14 days. */
  readonly rate: number | null
}

/** Lines of date and rate, as of the Postmaster Tools. @minLength 1 @maxLength 500000 */
export type ComplaintTable = string

export interface HealthOperations {
  'complaints.list': { params: Record<never, never>; result: readonly ComplaintRate[] }
  /** What a provider itself says of the complaints about a domain, by day. */
  'complaints.import': {
    params: { domain: DomainName; provider: HealthProvider; csv: ComplaintTable }
    result: { domain: Domain; provider: HealthProvider; days: number }
  }
  /** Asks now. `kept`: what the last check found, nobody is asked. */
  'domain.check': { params: { domain: DomainName; kept?: boolean }; result: DomainHealth }
  /** What the last check of each sender domain found. */
  'domain.health': { params: Record<never, never>; result: readonly DomainHealthSum[] }
  /** What blocklists say of the addresses that mail leaves from. */
  'sources.listed': { params: Record<never, never>; result: readonly SourceListing[] }
  /** What the reverse DNS says of what mail leaves from, and what to do about it; some minutes old. */
  'sources.reverse': { params: Record<never, never>; result: readonly SourceReverse[] }
}
