// What is asked of providers of OpenID Connect, by openid-client: where a browser is sent to log in, and who came back with a code. What a
// provider says of itself is kept for an hour, its keys as long as the library does; a failure for seconds, so that strangers cannot have
// us ask on and on. Signatures of ID tokens are always checked, also of those that came over TLS.
import type * as Oidc from 'openid-client'
import type { EpochMs, Ms } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { Fault } from '../../../base/fault.ts'
import type { StoredProvider } from '../../../engine/ports/providers.ts'
import { networkKey } from '../../../policy/networks.ts'
import { type Claims, isLoopback, redirectOf, verifiedEmail } from '../../../policy/access/provider-rules.ts'
import type { Brought } from './admission.ts'
import type { PendingLogin } from './pending.ts'

/** `isPrivate`: private and loopback addresses may be asked. Rejects with `ProviderSilent` where nothing came. */
export type ProviderFetch = (url: string, asked: ProviderCall, isPrivate: boolean) => Promise<Response>

/** Nobody answered: nothing is wrong about whoever logs in. */
export class ProviderSilent extends Error {}

export interface ProviderCall {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Known {
  readonly provider: StoredProvider
  readonly secret: string | null
}

const KEPT: Ms = 3600_000
const FAILURE_KEPT: Ms = 5000
const MOST_KEPT = 50
/** Logins that are asked about at once. */
const MOST_OF_PROVIDER = 20
const MOST_OF_NETWORK = 8
const SECONDS = 10
/** Asked for where the owner goes by the second factor: only then a provider must say when somebody logged in there. */
const LONGEST_SESSION_THERE = 12 * 3600

interface Kept {
  until: EpochMs
  readonly configuration: Promise<Oidc.Configuration>
}

export class ProviderClients {
  readonly #fetch: ProviderFetch
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  readonly #underWay = new Map<string, number>()

  constructor(fetch: ProviderFetch, clock: Clock) {
    this.#fetch = fetch
    this.#clock = clock
  }

  /** Where a browser is sent, and what must come back with it. */
  begin(known: Known, address: string): Promise<{ readonly url: string } & Pick<PendingLogin, 'state' | 'nonce' | 'verifier'>> {
    return this.#bounded(known, address, async () => {
      const oidc = await import('openid-client')
      const configuration = await this.#configuration(oidc, known)
      const { provider } = known
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()]
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectOf(provider),
        scope: provider.scopes.join(' '),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(provider.secondFactor.length > 0 && { max_age: String(LONGEST_SESSION_THERE) }),
      })
      requireUsable(url, provider)
      return { url: url.href, state, nonce, verifier }
    })
  }

  /** Who came back. Rejects where anything of it is not as it must be. */
  finish(known: Known, pending: PendingLogin, { query, address }: { readonly query: string; readonly address: string }): Promise<Brought> {
    return this.#bounded(known, address, async () => {
      const oidc = await import('openid-client')
      const configuration = await this.#configuration(oidc, known)
      const { provider } = known
      const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${redirectOf(provider)}?${query}`), {
        pkceCodeVerifier: pending.verifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
        ...(provider.secondFactor.length > 0 && { maxAge: LONGEST_SESSION_THERE }),
      })
      const said = tokens.claims()
      if (said === undefined) throw new Error('no ID token came')
      const ask = (): Promise<Claims> => oidc.fetchUserInfo(configuration, tokens.access_token, said.sub)
      const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined
      return {
        idToken: tokens.id_token ?? '',
        subject: said.sub,
        claims: hasMore && isMissing(said, provider) ? together(said, await ask()) : said,
      }
    })
  }

  /** Where a browser is sent to log out; undefined: nobody can there. */
  end(known: Known, address: string, idToken: string): Promise<string | undefined> {
    return this.#bounded(known, address, async () => {
      const oidc = await import('openid-client')
      const configuration = await this.#configuration(oidc, known)
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
      const url = oidc.buildEndSessionUrl(configuration, { id_token_hint: idToken })
      requireUsable(url, known.provider)
      return url.href
    })
  }

  /** One provider that answers slowly, or strangers of one network, keep nobody from the others. */
  async #bounded<T>({ provider }: Known, address: string, work: () => Promise<T>): Promise<T> {
    const shares = [
      [`provider ${provider.name}`, MOST_OF_PROVIDER],
      [`network ${networkKey(address)}`, MOST_OF_NETWORK],
    ] as const
    const count = (name: string): number => this.#underWay.get(name) ?? 0
    if (shares.some(([name, most]) => count(name) >= most))
      throw new Fault('api-busy', 'Too many people are logging in at once.', { blame: 'owner', temporary: true })
    for (const [name] of shares) this.#underWay.set(name, count(name) + 1)
    try {
      return await work()
    } finally {
      for (const [name] of shares) {
        if (count(name) === 1) this.#underWay.delete(name)
        else this.#underWay.set(name, count(name) - 1)
      }
    }
  }

  #configuration(oidc: typeof Oidc, known: Known): Promise<Oidc.Configuration> {
    const { issuer, clientId, private: isPrivate } = known.provider
    const about = JSON.stringify([issuer, clientId, isPrivate, known.secret])
    const now = this.#clock.now()
    for (const [key, { until }] of this.#kept) if (until <= now || this.#kept.size >= MOST_KEPT) this.#kept.delete(key)
    const kept = this.#kept.get(about)
    if (kept !== undefined) return kept.configuration
    const made: Kept = { until: now + KEPT, configuration: this.#discover(oidc, known) }
    made.configuration.catch(() => {
      made.until = this.#clock.now() + FAILURE_KEPT
    })
    this.#kept.set(about, made)
    return made.configuration
  }

  #discover(oidc: typeof Oidc, { provider, secret }: Known): Promise<Oidc.Configuration> {
    const { issuer, clientId, private: isPrivate } = provider
    const fetch: Oidc.CustomFetch = (url, { method, headers, body }) => {
      requireUsable(new URL(url), provider)
      const sent = body === undefined || body === null ? {} : { body: String(body) }
      return this.#fetch(url, { method, headers, ...sent }, isPrivate)
    }
    const isPlain = isPrivate && isLoopback(new URL(issuer).hostname)
    return oidc.discovery(new URL(issuer), clientId, undefined, secret === null ? oidc.None() : authentication(oidc, secret), {
      algorithm: 'oidc',
      timeout: SECONDS,
      [oidc.customFetch]: fetch,
      execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
    })
  }
}

/** HTTP Basic where the provider takes it, as it must unless it says otherwise (OpenID Connect Discovery 1.0, section 3). */
function authentication(oidc: typeof Oidc, secret: string): Oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
}

/** A provider must not send us or a browser elsewhere than to HTTPS; one on this machine to this machine. */
function requireUsable({ protocol, hostname }: URL, provider: StoredProvider): void {
  if (
    protocol === 'https:' ||
    (protocol === 'http:' && provider.private && isLoopback(hostname) && isLoopback(new URL(provider.issuer).hostname))
  )
    return
  throw new Error(`the provider names an address without TLS at ${hostname.slice(0, 100)}`)
}

/** Some providers only tell at a further call. */
function isMissing(said: Claims, { claim }: StoredProvider): boolean {
  // Also where addresses are trusted: it may say there that it has not verified this one.
  return verifiedEmail(said, { trustsEmail: false }) === undefined || (claim !== null && !Object.hasOwn(said, claim))
}

/** What is signed counts first; whether an address is verified is only believed of that very address. */
function together(signed: Claims, further: Claims): Claims {
  const isSigned = 'email_verified' in signed || (!('email_verified' in further) && 'email' in signed)
  const email = isSigned ? signed : further
  return { ...further, ...signed, email: email['email'], email_verified: email['email_verified'] }
}
