// A session begins, once it was proved who somebody is, whichever way: with a token that nobody had before, in place of the session that the
// browser had.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { callsOf } from '../management/may.ts'
import type { CallFacts, Me, Principal, UserView } from '../../contract/access.ts'
import type { AccessBook } from '../../engine/ports/access.ts'
import type { StoredProvider } from '../../engine/ports/providers.ts'
import { loginPath } from '../../policy/access/provider-rules.ts'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'
import { cookieFrom, setCookie } from './cookies.ts'
import type { OwnAccessParts } from './calling.ts'

const SESSION: Ms = 7 * 86_400_000
const LONGEST_AGENT = 200

export type BeginningParts = Pick<OwnAccessParts, 'book' | 'guarded' | 'clock' | 'note' | 'logouts' | 'proofs'>

interface BegunSession {
  readonly me: Me
  readonly session: string
  /** A whole `Set-Cookie`. */
  readonly cookie: string
}

interface Proved {
  readonly user: string
  readonly fresh: EpochMs | null
  readonly facts: CallFacts
  /** Of OpenID Connect, that told who it is. */
  readonly provider?: Pick<StoredProvider, 'name' | 'sessionHours'> | undefined
}

/** `fresh`: when a second factor was shown. Undefined: the user is not there any more. Throws the Fault where only a provider may tell who it is. */
export function beginSession(
  { book, guarded, clock, note, proofs }: BeginningParts,
  { user, fresh, facts, provider }: Proved,
): BegunSession | undefined {
  const found = book.user(user)
  if (found === undefined) return undefined
  if (provider === undefined) requireOwnWay(book, found)
  requireUnlocked(found)
  const [now, token] = [clock.now(), drawToken()]
  const old = cookieFrom(facts)
  const before = old === undefined ? undefined : book.session(hashOfSecret(old), now)
  // Of the same browser: it is replaced.
  if (before !== undefined) book.endSessions({ id: before.id })
  guarded.succeeded(user, facts.address)
  const agent = (facts.agent ?? '').slice(0, LONGEST_AGENT)
  const ends = now + Math.min(SESSION, (provider?.sessionHours ?? Infinity) * 3600_000)
  const session = book.addSession({
    hash: hashOfSecret(token),
    user,
    address: facts.address,
    agent,
    at: now,
    ends,
    fresh,
    provider: provider?.name,
  })
  proofs.note(session, now)
  note({ by: user, address: facts.address }, 'logged in', user)
  const { role, account } = found
  return {
    session,
    me: meOf(book, { kind: 'user', name: user, role, account, scopes: null, fresh, session }),
    cookie: setCookie(facts, token, ends, now),
  }
}

/** Told to whoever proved to be the user alone. */
export function requireUnlocked({ lockedAt, name }: Pick<UserView, 'lockedAt' | 'name'>): void {
  if (lockedAt === null) return
  throw new Fault('user-locked', `${name} is locked: an administrator has closed this access.`, {
    blame: 'caller',
    mend: `Ask an administrator: 'hms user unlock ${name}' opens it again.`,
  })
}

/** Whoever is switched off at the provider must not come in by a password of before. */
export function requireOwnWay({ providers }: Pick<AccessBook, 'providers'>, { onlyBy }: Pick<UserView, 'onlyBy'>): void {
  if (onlyBy === null) return
  const title = providers.provider(onlyBy)?.title ?? onlyBy
  throw new Fault('provider-only', `You log in by ${title} alone.`, { blame: 'caller', mend: `Go to ${loginPath(onlyBy)}.` })
}

export function meOf(book: AccessBook, { kind, name, role, account, scopes, fresh, session }: Principal): Me {
  const user = kind === 'user' ? (book.user(name) ?? null) : null
  return { name, kind, role, account, scopes, fresh, session, user, may: callsOf({ role, account, scopes }) }
}
