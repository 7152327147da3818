// Who calls: by a management key, or by the cookie of a session. Both are looked up anew at each call by the hash of what came along.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { CallFacts, Denial, PersonalAnswer, PersonalCalls, OwnName, Principal } from '../../contract/access.ts'
import type { Access, AccessBook } from '../../engine/ports/access.ts'
import { hashOfSecret } from '../../policy/access/access-names.ts'
import { compileNetworks } from '../../policy/networks.ts'
import { cookieFrom, isOwnOrigin, isRebound } from './cookies.ts'
import type { Guarded } from './guarded.ts'
import type { OwnAccess } from './own-access.ts'
import type { Proofs } from './proofs.ts'

const LONGEST_HEADER = 1024

export interface DoorkeeperParts {
  readonly book: AccessBook
  readonly guarded: Guarded
  readonly own: OwnAccess
  readonly proofs: Proofs
  readonly clock: Clock
}

export class Doorkeeper implements Access {
  readonly #parts: DoorkeeperParts

  constructor(parts: DoorkeeperParts) {
    this.#parts = parts
  }

  async authenticate(facts: CallFacts): Promise<Principal | Denial> {
    const { authorization } = facts
    if (authorization !== undefined) return this.#byKey(authorization, facts)
    const token = cookieFrom(facts)
    return token === undefined ? NOBODY : this.#bySession(token, facts)
  }

  personal<N extends OwnName>(
    name: N,
    params: unknown,
    from: { readonly facts: CallFacts; readonly principal: Principal | null },
  ): Promise<PersonalAnswer<PersonalCalls[N]['result']>> {
    return this.#parts.own.call(name, params, from)
  }

  /** Nobody guesses a key: whoever has one gets in, however often others behind the same address failed. */
  #byKey(authorization: string, facts: CallFacts): Principal | Denial {
    const { address } = facts
    const { book, guarded, clock } = this.#parts
    const now = clock.now()
    const [, secret] = /^Bearer +([\w-]+) *$/i.exec(authorization.slice(0, LONGEST_HEADER)) ?? []
    const key = secret === undefined ? undefined : book.keyOf(hashOfSecret(secret))
    if (key === undefined || (key.expiresAt !== null && key.expiresAt <= now)) return this.#wrong(WRONG_KEY, facts)
    if (key.networks.length > 0 && !compileNetworks(key.networks).has(address)) return this.#wrong(WRONG_NETWORK, facts)
    if (facts.watches !== true) {
      guarded.succeeded('', address)
      book.used('key', key.name, now)
    }
    const { role, account, scopes } = key
    return { kind: 'key', name: `key:${key.name}`, role, account, scopes, fresh: null, session: null }
  }

  #wrong(denial: Denial, facts: CallFacts): Denial {
    const { guarded, clock } = this.#parts
    // Of a page of somebody else's: it must not lock the machine out.
    if (isRebound(facts)) return denial
    const verdict = guarded.before('', facts.address)
    if (verdict.kind === 'refuse') return tooMany(verdict.until - clock.now())
    guarded.failed('', facts.address)
    return denial
  }

  #bySession(token: string, facts: CallFacts): Principal | Denial {
    const { book, clock, proofs } = this.#parts
    const now = clock.now()
    const found = book.session(hashOfSecret(token), now)
    if (found === undefined) return ENDED
    // Cookies come by themselves, whoever's page made the call.
    if (facts.method !== 'GET' && facts.method !== 'HEAD' && !isOwnOrigin(facts)) return WRONG_ORIGIN
    if (facts.watches !== true) book.used('session', found.id, now)
    const { user, role, account, fresh, id } = found
    return { kind: 'user', name: user, role, account, scopes: null, fresh, proved: proofs.of(id, now), session: id }
  }
}

const LOG_IN = 'Log in with POST /api/v1/login, or send a key as "Authorization: Bearer hms_mgmt_…" (hms key add makes one).'
const NOBODY: Denial = { kind: 'denied', status: 401, code: 'not-authenticated', message: 'Nobody is logged in.', mend: LOG_IN }
const ENDED: Denial = { kind: 'denied', status: 401, code: 'not-authenticated', message: 'The session has ended.', mend: 'Log in again.' }
const WRONG_KEY: Denial = {
  kind: 'denied',
  status: 401,
  code: 'not-authenticated',
  message: 'The key is none of this server, or it has expired.',
  mend: "'hms key ls' lists those that there are. Keys for injection are others.",
}
const WRONG_NETWORK: Denial = {
  kind: 'denied',
  status: 403,
  code: 'network-not-allowed',
  message: 'The key may not be used from your network.',
  mend: "'hms key show' tells from where it may.",
}
const WRONG_ORIGIN: Denial = {
  kind: 'denied',
  status: 403,
  code: 'wrong-origin',
  message: 'A session only changes something from a page of this server: the header Origin names another one, or none.',
  mend: 'Programs use a key of the management API.',
}
function tooMany(wait: Ms): Denial {
  const retryAfter = Math.max(1, Math.ceil(wait / 1000))
  return {
    kind: 'denied',
    status: 429,
    code: 'too-many-failures',
    message: 'Too many logins or keys from your network were wrong.',
    mend: `Try again in ${retryAfter} s.`,
    retryAfter,
  }
}
