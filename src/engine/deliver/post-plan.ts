// Where posts to `https://host:port` go: to the addresses of the host, looked up and judged here, and to nothing else.
import type { Domain, Ms } from '../../base/brand.ts'
import { placeOf } from '../../smtp/post-address.ts'
import { isIP } from 'node:net'
import type { MailResolver } from '../ports/resolver.ts'
import type { Cause } from '../settle/decisions.ts'
import type { Plan } from './routing.ts'

const TTL: Ms = 60_000
const TROUBLE_TTL: Ms = 10_000

interface Found {
  readonly plan: Plan
  readonly ttl: Ms
}

/** `allowPrivate`: loopback, private and link-local addresses are as good as any. */
export async function planPost(domain: Domain, resolver: Pick<MailResolver, 'addresses'>, allowPrivate: boolean): Promise<Found> {
  const { host, port, isSecure } = placeOf(domain)
  const { addresses, trouble } = await resolver.addresses(host, allowPrivate)
  if (addresses.length === 0) return noAddress(host, trouble, allowPrivate ? [] : (await resolver.addresses(host, true)).addresses)
  const tls = isSecure ? 'verify' : 'none'
  const hosts = [{ host, preference: 0, addresses, tls, dane: null, asks: null, isProved: isSecure }] as const
  const how = { port, implicitTls: isSecure, auth: null, reachedBy: 'post' } as const
  return { plan: { kind: 'site', key: `post ${domain}`, name: domain, hosts, ...how }, ttl: TTL }
}

/** `forbidden`: addresses that it has all the same. */
function noAddress(host: string, trouble: string | null, forbidden: readonly string[]): Found {
  const [first] = forbidden
  const cause = (status: string, reason: string): Cause => ({ code: 4003, reason, reply: null, status })
  if (first === undefined) {
    if (trouble !== null) return { plan: { kind: 'trouble', cause: cause('4.4.3', trouble) }, ttl: TROUBLE_TTL }
    return { plan: { kind: 'fail', cause: cause('5.4.4', `The host ${host} has no address.`) }, ttl: TTL }
  }
  const reason = `${host} is at an address that is not public (${first}), and nothing is posted there; see post.allow_private.`
  // A name may have another address tomorrow, or here (split DNS); an address stays what it is.
  if (isIP(host) === 0) return { plan: { kind: 'trouble', cause: cause('4.4.3', reason) }, ttl: TTL }
  return { plan: { kind: 'fail', cause: cause('5.7.1', reason) }, ttl: TTL }
}
