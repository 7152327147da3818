// A real provider of OpenID Connect (oidc-provider) on loopback, where whoever comes is logged in as the person of now; and a browser that goes
// where it is sent, with its cookies.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

export interface Person {
  readonly sub: string
  readonly email: string
  readonly groups: readonly string[]
  /** Whether it says that it has verified the address; usually it does. */
  readonly isVerified?: false
}

export interface OidcPeer extends AsyncDisposable {
  readonly issuer: string
  person: Person
}

export async function startOidcProvider(client: {
  readonly id: string
  readonly secret: string
  readonly redirect: string
}): Promise<OidcPeer> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const peer: OidcPeer = {
    issuer,
    person: { sub: 'nobody', email: 'nobody@example.com', groups: [] },
    [Symbol.asyncDispose]: () => closed(server),
  }
  const people = new Map<string, Person>()
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirect] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
    cookies: { keys: ['a key of tests'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    findAccount: (_, sub) => {
      const person = people.get(sub)
      if (person === undefined) return undefined
      const { email, groups, isVerified = true } = person
      return { accountId: sub, claims: () => ({ sub, email, groups: [...groups], ...(isVerified && { email_verified: true }) }) }
    },
    loadExistingGrant: async ({ oidc }) => {
      const accountId = oidc.session?.accountId
      if (accountId === undefined) return undefined
      const grant = new provider.Grant({ accountId, clientId: client.id })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response)
    const { person } = peer
    people.set(person.sub, person)
    void provider.interactionFinished(request, response, { login: { accountId: person.sub } })
  })
  return peer
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

export class Browser {
  /** By host and name. */
  readonly #cookies = new Map<string, Map<string, string>>()

  /** The page at which it comes to rest. */
  async open(address: string): Promise<{ readonly status: number; readonly address: string; readonly text: string }> {
    let at = address
    for (let steps = 0; steps < 10; steps++) {
      const response = await this.fetch(at)
      const location = response.headers.get('location')
      if (location === null) return { status: response.status, address: at, text: await response.text() }
      await response.body?.cancel()
      at = new URL(location, at).href
    }
    throw new Error(`it is sent on and on, at last to ${at}`)
  }

  async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const { host, origin } = new URL(address)
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, {
      ...init,
      redirect: 'manual',
      headers: { cookie, ...(init.method !== undefined && { origin }) },
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const cut = pair.indexOf('=')
      jar.set(pair.slice(0, cut), pair.slice(cut + 1))
    }
    return response
  }

  /** As if it had been closed and opened again. */
  forget(address: string): void {
    this.#cookies.delete(new URL(address).host)
  }
}
