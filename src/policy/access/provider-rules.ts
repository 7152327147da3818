// What a provider of OpenID Connect says of somebody, as far as this server goes by it: the verified address, the role that a claim gives, and
// whether a second factor was shown.
import type { EpochMs } from '../../base/brand.ts'
import { type Role, ROLES } from '../../contract/access.ts'
import type { ProviderSettings } from '../../contract/providers.ts'
import { compileNetworks } from '../networks.ts'

export type Claims = Readonly<Record<string, unknown>>

const LOOPBACK = compileNetworks(['127.0.0.0/8', '::1/128'])
const LONGEST_EMAIL = 254
const MOST_VALUES = 1000
const ASCII = /^[\x21-\x7e]+$/

/** Of a URL; a name is none, whatever it resolves to. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname.replace(/^\[|\]$/g, ''))
}

export function loginPath(name: string): string {
  return `/login/oidc/${name}`
}

/** One for each provider, so that an answer of another is not taken for its own (rfc:9700#4.4.2.2). */
export function redirectOf({ name, panel }: Pick<ProviderSettings, 'panel'> & { readonly name: string }): string {
  return `${panel}${loginPath(name)}/callback`
}

/** Address and its proof must come from the same answer. `trusts`: that nobody speaks of a proof is enough; that there is none never is. */
export function verifiedEmail(claims: Claims, { trustsEmail }: Pick<ProviderSettings, 'trustsEmail'>): string | undefined {
  const { email_verified: isVerified } = claims
  return isVerified === true || (trustsEmail && isVerified === undefined) ? saidEmail(claims) : undefined
}

/** Whether or not anybody looked at it. */
export function saidEmail({ email }: Claims): string | undefined {
  // Small letters of others than ASCII may be those of ASCII: the Kelvin sign becomes a k, and somebody else.
  return typeof email === 'string' && email.length <= LONGEST_EMAIL && ASCII.test(email) ? email.toLowerCase() : undefined
}

export function isOfDomains(email: string, domains: readonly string[]): boolean {
  return domains.length === 0 || domains.includes(email.slice(email.lastIndexOf('@') + 1))
}

/** The highest role that the claim gives, or the usual one; null: none. Undefined: the provider says nothing of roles. */
export function roleByClaim(
  { claim, roles, role }: Pick<ProviderSettings, 'claim' | 'roles' | 'role'>,
  claims: Claims,
): Role | null | undefined {
  if (claim === null) return undefined
  const said = claims[claim]
  const values = (Array.isArray(said) ? said.slice(0, MOST_VALUES) : [said]).map((value: unknown) => String(value))
  const given = new Set(values.filter((value) => Object.hasOwn(roles, value)).map((value) => roles[value]))
  return ROLES.find((one) => given.has(one)) ?? role
}

/** When a second factor was shown, by what the owner takes for one; null: none was, or nobody says when. */
export function secondFactorAt({ secondFactor }: Pick<ProviderSettings, 'secondFactor'>, claims: Claims, now: EpochMs): EpochMs | null {
  const { amr, acr, auth_time: at } = claims
  const shown: readonly unknown[] = [...(Array.isArray(amr) ? amr : []), acr]
  if (typeof at !== 'number' || !shown.some((one) => typeof one === 'string' && secondFactor.includes(one))) return null
  return Math.min(at * 1000, now)
}
