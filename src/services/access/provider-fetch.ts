// Calls of the servers of OpenID Connect providers: over TLS, to public addresses unless the owner lets a provider be elsewhere, bounded in time
// and octets, without redirects. Opened with the first of them.
import type { Clock } from '../../base/clock.ts'
import { type ProviderFetch, ProviderSilent } from '../../api/access/oidc/provider-clients.ts'
import type { Config } from '../../contract/options.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { createHttps, type HttpsAnswer } from '../../net/trust/https.ts'

const MOST_OCTETS = 256 * 1024
const MOST_NAMES = 100
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8'
/** Statuses that cannot have a body. */
const BARE = new Set([204, 205, 304])

export function openProviderFetch(config: Config, clock: Clock): { readonly fetch: ProviderFetch } & Disposable {
  const resolver = createResolver({ servers: config['dns.servers'], timeout: config['dns.timeout'], mostEntries: MOST_NAMES, clock })
  const around = { resolver, hostName: '', listeners: [], port: config['delivery.port'], allowPrivate: false, dane: false }
  const mail = createMailResolver(around)
  const fetch: ProviderFetch = async (address, { method, headers, body }, isPrivate) => {
    const { protocol, hostname, port, pathname, search } = new URL(address)
    const isPlain = protocol === 'http:'
    const answer = await createHttps({ resolver: mail, allowPrivate: isPrivate, clock })({
      host: hostname,
      port: port === '' ? (isPlain ? 80 : 443) : Number(port),
      path: `${pathname}${search}`,
      most: MOST_OCTETS,
      plain: isPlain,
      headers,
      ...(method === 'POST' && { post: { type: headers['content-type'] ?? FORM, body: Buffer.from(body ?? '') } }),
    })
    return responseOf(hostname, answer)
  }
  return { fetch, [Symbol.dispose]: () => resolver[Symbol.dispose]() }
}

function responseOf(host: string, answer: HttpsAnswer): Response {
  if (!answer.ok) throw new ProviderSilent(`${host}: ${answer.reason}`)
  const { status, type, body } = answer
  return new Response(BARE.has(status) ? null : body, { status, headers: { 'content-type': type } })
}
