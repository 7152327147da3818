// Where a domain's mail goes, as the engine asks for it.
import type { Domain } from '../../base/brand.ts'

export interface MailHost {
  readonly host: string
  readonly preference: number
  /** Addresses in the order to try: IPv6 and IPv4 interleaved. Empty where the name has none that may be used. */
  readonly addresses: readonly string[]
}

export type MailRoute =
  /** `hosts` by preference, shuffled among equals (rfc:5321#5.1); `site` folds them into one name; good for `ttl` ms. */
  | { readonly kind: 'hosts'; readonly site: string; readonly hosts: readonly MailHost[]; readonly ttl: number }
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
