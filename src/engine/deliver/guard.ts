// How the hosts of a domain must prove themselves: the owner's TLS policy, what DNSSEC proves of the hosts (DANE, rfc:7672), and what
// the domain publishes (MTA-STS, rfc:8461). Pure. Domains whose hosts must prove the same share a site; a domain that asks for more has
// one of its own, so that a failure that it wants is no failure of its neighbours at the same hosts.
import { createHash } from 'node:crypto'
import type { Domain } from '../../base/brand.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import { namesHost, type StsPolicy } from '../../policy/trust/sts.ts'
import type { HostDane, MailHost } from '../ports/resolver.ts'
import type { StsAnswer } from '../ports/trust.ts'

/** A host with what it must prove. */
export interface SiteHost extends Omit<MailHost, 'dane'> {
  readonly tls: TlsPolicy
  /** Its certificate must be one of those that these records name; null: that is not asked for. */
  readonly dane: HostDane | null
  /** Who asks for it where that is not the owner. */
  readonly asks: 'MTA-STS' | 'DANE' | 'REQUIRETLS' | null
  /** Nobody can have put it in the place of another: DNSSEC, the domain's policy or the owner names it (rfc:8689#2). */
  readonly isProved: boolean
}

export type Guarded =
  /** `key`: what of it decides whether a connection may be shared; empty where nothing but what the owner wants is asked for. */
  | { readonly ok: true; readonly hosts: readonly SiteHost[]; readonly key: string }
  /** None of the hosts may be used. A sentence. */
  | { readonly ok: false; readonly reason: string }

export interface Asked {
  /** What the owner asks for. */
  readonly tls: TlsPolicy
  readonly sts: StsAnswer
  /** DNSSEC proves that these are the domain's hosts. */
  readonly secure: boolean
}

export function guardHosts(domain: Domain, hosts: readonly MailHost[], asked: Asked): Guarded {
  const { tls, sts } = asked
  const policy = tls !== 'none' && sts.kind === 'policy' && sts.policy.mode === 'enforce' ? sts.policy : null
  const isProved = ({ host }: MailHost): boolean =>
    asked.secure || host === domain || (sts.kind === 'policy' && namesHost(sts.policy, host))
  const guarded = hosts.map((host) => guardHost({ ...host, isProved: isProved(host) }, asked, policy)).filter((host) => host !== null)
  if (guarded.length === 0) {
    const names = hosts.slice(0, 5).map(({ host }) => host)
    return { ok: false, reason: `The MTA-STS policy of ${domain} (enforce) names none of its mail hosts (${names.join(', ')}).` }
  }
  const isPlain = guarded.length === hosts.length && guarded.every((host) => host.tls === tls && host.dane === null)
  return { ok: true, hosts: guarded, key: isPlain ? '' : keyOf(guarded) }
}

/** `policy`: to be enforced. Null: the host may not be used. */
function guardHost(
  { dane, ...host }: MailHost & Pick<SiteHost, 'isProved'>,
  { tls, secure }: Asked,
  policy: StsPolicy | null,
): SiteHost | null {
  if (tls === 'none') return { ...host, tls, dane: null, asks: null }
  const isNamed = policy === null || namesHost(policy, host.host)
  if (dane !== undefined && dane.records.length > 0) {
    // rfc:8461#2: MTA-STS never stands in for DANE. But where nothing proves that the host is the domain's, its records prove only who it is.
    if (policy === null || secure) return { ...host, tls: 'encrypt', dane, asks: 'DANE' }
    return isNamed ? { ...host, tls: 'verify', dane, asks: 'DANE' } : null
  }
  if (policy !== null) return isNamed ? { ...host, tls: 'verify', dane: null, asks: tls === 'verify' ? null : 'MTA-STS' } : null
  // rfc:7672#2.2: records of which none can be used ask for TLS all the same.
  if (dane !== undefined && tls === 'may') return { ...host, tls: 'encrypt', dane: null, asks: 'DANE' }
  return { ...host, tls, dane: null, asks: null }
}

function keyOf(guarded: readonly SiteHost[]): string {
  const lines = guarded.map(({ host, tls, dane }) => `${host} ${tls}${dane === null ? '' : ' dane'}`).toSorted()
  return ` guarded ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)}`
}

/** Of a message that must stay under TLS (rfc:8689#2): hosts that are proved to be the domain's, and prove themselves. */
export function guardRequired(hosts: readonly SiteHost[]): { readonly hosts: readonly SiteHost[]; readonly key: string } {
  const guarded = hosts.flatMap((host): readonly SiteHost[] => {
    if (!host.isProved) return []
    return host.dane === null ? [{ ...host, tls: 'verify', asks: 'REQUIRETLS' }] : [host]
  })
  return { hosts: guarded, key: ` requiretls${keyOf(guarded)}` }
}
