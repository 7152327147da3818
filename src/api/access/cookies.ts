// The cookie of a session. Over TLS its name has `__Host-`, which keeps it to this very host; without TLS there is one at loopback only.
import type { CallFacts } from '../../contract/access.ts'
import type { EpochMs } from '../../base/brand.ts'
import { compileNetworks } from '../../policy/networks.ts'

const LOOPBACK = compileNetworks(['127.0.0.0/8', '::1/128'])
const LONGEST_COOKIES = 8192

const nameOf = (secure: boolean, what: string): string => (secure ? `__Host-${what}` : what)

/** Where a cookie and a password may cross: TLS, or nobody between. */
export function isPrivate({ secure, address }: Pick<CallFacts, 'secure' | 'address'>): boolean {
  return secure || LOOPBACK.has(address)
}

export function cookieFrom(facts: Pick<CallFacts, 'cookie' | 'secure' | 'address'>, what = 'hms'): string | undefined {
  const { cookie } = facts
  if (cookie === undefined || cookie.length > LONGEST_COOKIES || !isPrivate(facts)) return undefined
  const wanted = `${nameOf(facts.secure, what)}=`
  const found = cookie.split(';').find((one) => one.trimStart().startsWith(wanted))
  return found?.trim().slice(wanted.length)
}

/** A whole `Set-Cookie`. `ends` null: it goes. */
export function setCookie({ secure }: Pick<CallFacts, 'secure'>, token: string, ends: EpochMs | null, now: EpochMs): string {
  const age = ends === null ? 0 : Math.max(0, Math.floor((ends - now) / 1000))
  return `${nameOf(secure, 'hms')}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure ? '; Secure' : ''}`
}

/** Whether a browser says that the call is of a page of our own. One that sends cookies says where it is from, but for looking. */
export function isOwnOrigin({ origin, host }: Pick<CallFacts, 'origin' | 'host'>): boolean {
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  const { host: from, protocol } = new URL(origin)
  return from === host.toLowerCase() || from === withoutUsualPort(host.toLowerCase(), protocol)
}

function withoutUsualPort(host: string, protocol: string): string {
  const usual = protocol === 'https:' ? ':443' : ':80'
  return host.endsWith(usual) ? host.slice(0, -usual.length) : host
}
