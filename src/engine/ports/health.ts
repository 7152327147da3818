// The health of sender domains, as operations ask for it.
import type { Domain, EpochMs } from '../../base/brand.ts'
import type { DomainHealth, HealthState, SourceListing } from '../../contract/health.ts'
import type { SenderDomain } from '../../contract/settings.ts'

export interface HealthDesk {
  /** Asks name servers now, never for longer than half a minute. What it found is kept. */
  check(domain: SenderDomain): Promise<DomainHealth>
  /** What blocklists say of the addresses that mail leaves from; asked at most once an hour. */
  listings(): Promise<readonly SourceListing[]>
  /** What the last check found; null: there was none. */
  kept(domain: Domain): DomainHealth | null
  /** Of those that were looked at: when, and how many findings were so. */
  sums(): ReadonlyMap<Domain, { readonly at: EpochMs } & Readonly<Record<HealthState, number>>>
}
