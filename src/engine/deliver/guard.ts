// How the hosts of a domain must prove themselves: the owner's TLS policy, and what the domain publishes (MTA-STS, rfc:8461). Pure.
// Domains whose hosts must prove the same share a site; a domain that asks for more has one of its own, so that a failure that it wants
// is no failure of its neighbours at the same hosts.
import { createHash } from 'node:crypto'
import type { Domain } from '../../base/brand.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import { namesHost } from '../../policy/trust/sts.ts'
import type { MailHost } from '../ports/resolver.ts'
import type { StsAnswer } from '../ports/trust.ts'

/** A host with what it must prove. */
export interface SiteHost extends MailHost {
  readonly tls: TlsPolicy
  /** Who asks for it where that is not the owner. */
  readonly asks: 'MTA-STS' | null
}

export type Guarded =
  /** `key`: what of it decides whether a connection may be shared; empty where the domain asks for nothing. */
  | { readonly ok: true; readonly hosts: readonly SiteHost[]; readonly key: string }
  /** None of the hosts may be used. A sentence. */
  | { readonly ok: false; readonly reason: string }

/** `tls`: what the owner asks of them; more than `none`, where a policy is looked up at all. */
export function guardHosts(
  domain: Domain,
  hosts: readonly MailHost[],
  { tls, sts }: { readonly tls: TlsPolicy; readonly sts: StsAnswer },
): Guarded {
  const plain = (host: MailHost): SiteHost => ({ ...host, tls, asks: null })
  if (sts.kind !== 'policy' || sts.policy.mode !== 'enforce') return { ok: true, hosts: hosts.map(plain), key: '' }
  const named = hosts.filter(({ host }) => namesHost(sts.policy, host))
  if (named.length === 0) {
    const names = hosts.map(({ host }) => host)
    return {
      ok: false,
      reason: `The MTA-STS policy of ${domain} (enforce) names none of its mail hosts (${names.slice(0, 5).join(', ')}).`,
    }
  }
  const guarded = named.map((host): SiteHost =>
    Object.assign({}, host, { tls: 'verify', asks: tls === 'verify' ? null : 'MTA-STS' } as const),
  )
  return { ok: true, hosts: guarded, key: keyOf(guarded, hosts.length, tls) }
}

function keyOf(guarded: readonly SiteHost[], offered: number, tls: TlsPolicy): string {
  // The owner asks for as much already, and no host is left out: nothing sets the domain apart.
  if (tls === 'verify' && guarded.length === offered) return ''
  const lines = guarded.map((host) => `${host.host} ${host.tls}`).toSorted()
  return ` guarded ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)}`
}
