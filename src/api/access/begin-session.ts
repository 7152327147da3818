// A session begins, once it was proved who somebody is, whichever way: with a token that nobody had before, in place of the session that the
// browser had.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { CallFacts, Me, Principal } from '../../contract/access.ts'
import type { AccessBook } from '../../engine/ports/access.ts'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'
import { cookieFrom, setCookie } from './cookies.ts'
import type { OwnAccessParts } from './calling.ts'

const SESSION: Ms = 7 * 86_400_000
const LONGEST_AGENT = 200

export type BeginningParts = Pick<OwnAccessParts, 'book' | 'guarded' | 'clock' | 'note'>

interface BegunSession {
  readonly me: Me
  /** A whole `Set-Cookie`. */
  readonly cookie: string
}

interface Proved {
  readonly user: string
  readonly fresh: EpochMs | null
  readonly facts: CallFacts
  /** Of OpenID Connect, that told who it is. */
  readonly provider?: string | undefined
}

/** `fresh`: when a second factor was shown. Undefined: the user is not there any more. */
export function beginSession(
  { book, guarded, clock, note }: BeginningParts,
  { user, fresh, facts, provider }: Proved,
): BegunSession | undefined {
  const found = book.user(user)
  if (found === undefined) return undefined
  const [now, token] = [clock.now(), drawToken()]
  const old = cookieFrom(facts)
  const before = old === undefined ? undefined : book.session(hashOfSecret(old), now)
  // Of the same browser: it is replaced.
  if (before !== undefined) book.endSessions({ id: before.id })
  guarded.succeeded(user, facts.address)
  const agent = (facts.agent ?? '').slice(0, LONGEST_AGENT)
  const ends = now + SESSION
  const session = book.addSession({ hash: hashOfSecret(token), user, address: facts.address, agent, at: now, ends, fresh, provider })
  note({ by: user, address: facts.address }, 'logged in', user)
  const { role, account } = found
  return {
    me: meOf(book, { kind: 'user', name: user, role, account, scopes: null, fresh, session }),
    cookie: setCookie(facts, token, ends, now),
  }
}

export function meOf(book: AccessBook, { kind, name, role, account, scopes, fresh }: Principal): Me {
  return { name, kind, role, account, scopes, fresh, user: kind === 'user' ? (book.user(name) ?? null) : null }
}
