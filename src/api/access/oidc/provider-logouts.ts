// Logging out at the provider too (OpenID Connect RP-Initiated Logout 1.0): the ID token that a session began with is what tells the provider whom it
// is about. In memory, bounded: after a restart people log out here alone.
import type { EpochMs, Ms } from '../../../base/brand.ts'
import { drawToken, hashOfSecret } from '../../../policy/access/access-names.ts'
import { loginPath } from '../../../policy/access/provider-rules.ts'

const MOST = 2000
const LONGEST_TOKEN = 8192
const VALID: Ms = 5 * 60_000

interface Begun {
  readonly provider: string
  readonly idToken: string
}

export class ProviderLogouts {
  /** By session, the oldest first. */
  readonly #begun = new Map<string, Begun>()
  /** Of those who have logged out here, by the hash of what their browser was given. */
  readonly #leaving = new Map<string, Begun & { readonly until: EpochMs }>()

  began(session: string, provider: string, idToken: string): void {
    if (idToken.length > LONGEST_TOKEN) return
    put(this.#begun, session, { provider, idToken })
  }

  /** Where a browser goes to log out there, once; null: the session did not begin by a provider, or that is forgotten. */
  leave(session: string, now: EpochMs): string | null {
    const begun = this.#begun.get(session)
    if (begun === undefined) return null
    this.#begun.delete(session)
    const token = drawToken()
    put(this.#leaving, hashOfSecret(token), { ...begun, until: now + VALID })
    return `${loginPath(begun.provider)}/logout?leave=${token}`
  }

  /** The ID token; undefined: nobody was given that, it was used, or it is too old. */
  take(provider: string, token: string, now: EpochMs): string | undefined {
    const hash = hashOfSecret(token)
    const leaving = this.#leaving.get(hash)
    this.#leaving.delete(hash)
    return leaving?.provider === provider && leaving.until > now ? leaving.idToken : undefined
  }
}

/** The oldest goes where it is full. */
function put<V>(map: Map<string, V>, key: string, value: V): void {
  for (const old of map.keys()) {
    if (map.size < MOST) break
    map.delete(old)
  }
  map.set(key, value)
}
