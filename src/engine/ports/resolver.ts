// Where a domain's mail goes, as the engine asks for it.
import type { Domain } from '../../base/brand.ts'
import type { Tlsa } from '../../policy/trust/tlsa.ts'

/** What DNSSEC proves of a host's certificate (rfc:7672). */
export interface HostDane {
  /** The name below which the records stand: sent as SNI, and what a certificate below a trust anchor must be for. */
  readonly base: string
  /** Those that can be used; empty: TLS is asked for, but nothing can be checked (rfc:7672#2.2). */
  readonly records: readonly Tlsa[]
}

export interface MailHost {
  readonly host: string
  readonly preference: number
  /** Addresses in the order to try: IPv6 and IPv4 interleaved. Empty where the name has none that may be used. */
  readonly addresses: readonly string[]
  /** Absent: the DNS says nothing of it, or nothing that is proved. */
  readonly dane?: HostDane
}

export type MailRoute =
  /** `hosts` by preference, shuffled among equals (rfc:5321#5.1); `site` folds them into one name; good for `ttl` ms. */
  | {
      readonly kind: 'hosts'
      readonly site: string
      readonly hosts: readonly MailHost[]
      readonly ttl: number
      /** DNSSEC proves that these are the domain's hosts. */
      readonly secure?: true
    }
  /** rfc:7505: the domain takes no mail. */
  | { readonly kind: 'null-mx'; readonly ttl: number }
  | { readonly kind: 'no-such-domain'; readonly ttl: number }
  /** Exists, but neither MX nor address; or no address that may be used (`forbidden`: private, loopback, ourselves). */
  | { readonly kind: 'no-address'; readonly forbidden: string | null; readonly ttl: number }
  /** The best MX is this server and the domain is not ours (5.4.6). */
  | { readonly kind: 'loop'; readonly ttl: number }
  /** Time-out, SERVFAIL, nonsense: always temporary. */
  | { readonly kind: 'trouble'; readonly reason: string; readonly ttl: number }

export interface MailResolver {
  resolve(domain: Domain): Promise<MailRoute>
  /** Addresses of a route's host that may be connected to; a literal address is returned as it is. */
  addresses(host: string, allowPrivate: boolean): Promise<{ readonly addresses: readonly string[]; readonly trouble: string | null }>
}
