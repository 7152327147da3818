// The cookie of a session. Over TLS its name has `__Host-`, which keeps it to this very host; without TLS there is one at loopback only.
import { isIP } from 'node:net'
import type { CallFacts } from '../../contract/access.ts'
import type { EpochMs } from '../../base/brand.ts'
import { compileNetworks } from '../../policy/networks.ts'

const LOOPBACK = compileNetworks(['127.0.0.0/8', '::1/128'])
const LONGEST_COOKIES = 8192

const nameOf = (secure: boolean, what: string): string => (secure ? `__Host-${what}` : what)

type Way = Pick<CallFacts, 'secure' | 'address' | 'host'>

/** Where a cookie and a password may cross: TLS, or nobody between. */
export function isPrivate(facts: Way): boolean {
  return facts.secure || (LOOPBACK.has(facts.address) && !isRebound(facts))
}

/**
 * A browser on this machine that was led here by a name of somebody else's: its pages count as ours to it (DNS rebinding). By TLS nobody is,
 * as there is no certificate for such a name.
 */
export function isRebound({ secure, address, host }: Way): boolean {
  return !secure && host !== undefined && LOOPBACK.has(address) && !isNameOfMachine(host)
}

function isNameOfMachine(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '')
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[|\]$/g, '')) > 0
}

export function cookieFrom(facts: Way & Pick<CallFacts, 'cookie'>, what = 'hms'): string | undefined {
  const { cookie } = facts
  if (cookie === undefined || cookie.length > LONGEST_COOKIES || !isPrivate(facts)) return undefined
  const wanted = `${nameOf(facts.secure, what)}=`
  const found = cookie.split(';').find((one) => one.trimStart().startsWith(wanted))
  return found?.trim().slice(wanted.length)
}

/** `Lax`: also sent with a link or a redirect from a page of another. */
interface CookieKind {
  readonly what: string
  readonly site: 'Strict' | 'Lax'
}

const SESSION: CookieKind = { what: 'hms', site: 'Strict' }

/** A whole `Set-Cookie`. `ends` null: it goes. */
export function setCookie(
  { secure }: Pick<CallFacts, 'secure'>,
  token: string,
  ends: EpochMs | null,
  now: EpochMs,
  { what, site }: CookieKind = SESSION,
): string {
  const age = ends === null ? 0 : Math.max(0, Math.floor((ends - now) / 1000))
  return `${nameOf(secure, what)}=${token}; Path=/; HttpOnly; SameSite=${site}; Max-Age=${age}${secure ? '; Secure' : ''}`
}

/**
 * Whether a browser says that the call is of a page of our own. One that sends cookies says where it is from, but for looking. A page that came
 * without TLS may be anybody's between.
 */
export function isOwnOrigin({ origin, host, secure }: Pick<CallFacts, 'origin' | 'host' | 'secure'>): boolean {
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  const { host: from, protocol } = new URL(origin)
  if (protocol !== (secure ? 'https:' : 'http:')) return false
  return from === host.toLowerCase() || from === withoutUsualPort(host.toLowerCase(), protocol)
}

function withoutUsualPort(host: string, protocol: string): string {
  const usual = protocol === 'https:' ? ':443' : ':80'
  return host.endsWith(usual) ? host.slice(0, -usual.length) : host
}
