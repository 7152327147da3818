// The health of sender domains, as operations ask for it.
import type { Domain, EpochMs } from '../../base/brand.ts'
import type { ComplaintRate, DomainHealth, HealthProvider, HealthState, SourceListing, SourceReverse } from '../../contract/health.ts'
import type { SenderDomain } from '../../contract/settings.ts'
import type { DayRate } from '../../policy/health/postmaster-csv.ts'

export interface HealthDesk {
  /** Asks name servers now, never for longer than half a minute. What it found is kept. */
  check(domain: SenderDomain): Promise<DomainHealth>
  /** What blocklists say of the addresses that mail leaves from; asked at most once an hour. */
  listings(): Promise<readonly SourceListing[]>
  /** What the reverse DNS says of them; asked at most every five minutes. */
  reverse(): Promise<readonly SourceReverse[]>
  /** By account and provider, and what was imported, by domain. */
  complaints(): readonly ComplaintRate[]
  /** In place of what was there of the same days. */
  importRates(domain: Domain, provider: HealthProvider, rates: readonly DayRate[]): void
  /** What the last check found; null: there was none. */
  kept(domain: Domain): DomainHealth | null
  /** Of those that were looked at: when, and how many findings were so. */
  sums(): ReadonlyMap<Domain, { readonly at: EpochMs } & Readonly<Record<HealthState, number>>>
}
