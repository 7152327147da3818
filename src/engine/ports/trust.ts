// What a domain asks of those who send to it, as the engine asks for it.
import type { Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { StsPolicy } from '../../policy/trust/sts.ts'
import type { SessionResult } from '../../policy/trust/tls-results.ts'

/** How MTA-STS discovery went wrong, in the words of rfc:8460#4.3. */
export type StsFault = 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid'

export type StsAnswer =
  /** The domain publishes nothing. */
  | { readonly kind: 'none'; readonly ttl: Ms }
  /** In force: as published, or as it is remembered where it cannot be had now (`trouble`, the end of a sentence). */
  | {
      readonly kind: 'policy'
      readonly policy: StsPolicy
      readonly id: string
      readonly until: EpochMs
      readonly trouble: string | null
      readonly ttl: Ms
    }
  /** Published, but it cannot be had, and none is remembered: mail goes as if there were none (rfc:8461#3.3). */
  | { readonly kind: 'unusable'; readonly fault: StsFault; readonly reason: string; readonly ttl: Ms }

export interface StsSource {
  /** Never rejects. */
  policyOf(domain: Domain): Promise<StsAnswer>
}

/** A policy as it is remembered. */
export interface KeptPolicy {
  readonly id: string
  readonly fetchedAt: EpochMs
  /** In lines of its own form. */
  readonly text: string
}

/** Where policies outlive the process. What cannot be read or written is told to the log by the shelf itself. */
export interface PolicyShelf {
  load(): Promise<ReadonlyMap<string, KeptPolicy>>
  put(domain: string, kept: KeptPolicy): void
  remove(domain: string): void
}

/** Where results of TLS sessions are counted for reports (rfc:8460). */
export interface TlsResultSink {
  count(result: SessionResult): void
}
