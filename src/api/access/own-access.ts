// What people do about their own access: log in and out, passwords, second factors, sessions. Answers do not tell who there is, and neither
// does the time that they take; a session begins with a token that nobody had before, once everything was proved.
import { Fault } from '../../base/fault.ts'
import type { CallFacts, LoginState, OwnName, UserView } from '../../contract/access.ts'
import type { PasskeyCalls } from '../../contract/passkeys.ts'
import type { UserProof } from '../../engine/ports/access.ts'
import { hashOfRecoveryCode, hashOfSecret } from '../../policy/access/access-names.ts'
import { networkKey } from '../../policy/networks.ts'
import { preparePassword } from '../../smtp/scram.ts'
import { Params, refused } from '../operations/params.ts'
import { beginSession, meOf, requireOwnWay, requireUnlocked } from './begin-session.ts'
import {
  type Answer,
  type Calls,
  type From,
  LONGEST_PASSWORD,
  loginFailed,
  notLoggedIn,
  type OwnAccessParts,
  passwordFrom,
  requirePrivate,
  type TicketFacts,
  ticketOver,
  userOf,
} from './calling.ts'
import { setCookie } from './cookies.ts'
import { requireFresh } from './fresh.ts'
import { offeredProviders } from './oidc/offered.ts'
import { Passkeys } from './passkeys.ts'
import { Codes, drawRecoveryCodes, drawTotp, stepOf } from './second-factor.ts'
import { Tickets } from './tickets.ts'

const SHORTEST_PASSWORD = 12
const LONGEST_SEARCH = 2000

type Ways = Extract<LoginState, { state: 'second-factor' }>['ways']

export class OwnAccess {
  readonly #parts: OwnAccessParts
  readonly #codes = new Codes()
  readonly #tickets = new Tickets<TicketFacts>()
  readonly #passkeys: Passkeys
  readonly #calls: Omit<Calls, keyof PasskeyCalls> = {
    login: (params, from) => this.#login(params, from),
    'login.totp': (params, from) => this.#code(params, from),
    'login.first': (params, from) => this.#first(params, from),
    'login.providers': async (params) => {
      params.done()
      return { value: offeredProviders(this.#parts.book) }
    },
    logout: async (params, from) => {
      params.done()
      const { session } = userOf(from)
      const { book, clock, logouts } = this.#parts
      const provider = logouts.leave(session, clock.now())
      return { value: { ended: book.endSessions({ id: session }) > 0, provider }, cookie: setCookie(from.facts, '', null, clock.now()) }
    },
    'me.show': async (params, { principal }) => {
      params.done()
      if (principal === null) throw notLoggedIn()
      return { value: meOf(this.#parts.book, principal) }
    },
    'me.password': (params, from) => this.#password(params, from),
    'me.totp.begin': (params, from) => this.#beginTotp(params, from),
    'me.totp.confirm': (params, from) => this.#confirmTotp(params, from),
    'me.totp.remove': (params, from) => this.#removeTotp(params, from),
    'me.sessions': async (params, from) => {
      params.done()
      const { book, clock } = this.#parts
      return { value: book.sessions({ user: userOf(from).user }, clock.now()) }
    },
    'me.sessions.end': async (params, from) => {
      const id = params.optional('id', () => params.text('id', 100))
      params.done()
      const { user, session } = userOf(from)
      const ended = this.#parts.book.endSessions({ user, ...(id === undefined ? { except: session } : { id }) })
      this.#note(from, user, 'session ended', id ?? `${ended} others`)
      return { value: { ended } }
    },
    'me.searches': async (params, from) => {
      params.done()
      return { value: this.#parts.book.searches.of(userOf(from).user) }
    },
    'me.searches.save': async (params, from) => {
      const kept = { name: nameOfSearch(params), search: params.text('search', LONGEST_SEARCH) }
      params.done()
      if (!this.#parts.book.searches.put(userOf(from).user, kept))
        throw refused('You keep as many searches as one may.', 'Forget one that you need no more.')
      return { value: kept }
    },
    'me.searches.remove': async (params, from) => {
      const name = nameOfSearch(params)
      params.done()
      return { value: { removed: this.#parts.book.searches.remove(userOf(from).user, name) } }
    },
  }

  constructor(parts: OwnAccessParts) {
    this.#parts = parts
    this.#passkeys = new Passkeys({
      ...parts,
      codes: this.#codes,
      tickets: this.#tickets,
      begin: (user, from) => this.#begin(user, from, true),
      requirePassword: (user, password, from) => this.#require(user, password, from),
    })
  }

  call<N extends OwnName>(name: N, values: unknown, from: From): Promise<Answer<N>> {
    const calls: Calls = { ...this.#calls, ...this.#passkeys.calls }
    return calls[name](new Params(values), from)
  }

  async #login(params: Params, from: From): Promise<Answer<'login'>> {
    const user = params.text('user', 100)
    const password = passwordFrom(params, 'password')
    params.done()
    requirePrivate(from.facts)
    const proof = await this.#prove(user, password, from.facts)
    if (proof === undefined) throw loginFailed()
    const view = this.#parts.book.user(proof.name)
    if (view !== undefined) requireOwnWay(this.#parts.book, view)
    if (view !== undefined) requireUnlocked(view)
    const ways = waysOf(view)
    if (ways.length === 0) return this.#begin(proof.name, from, false)
    const owner = { user: proof.name, network: networkKey(from.facts.address) }
    const ticket = this.#tickets.add({ user: proof.name, hash: proof.hash }, owner, this.#parts.clock.now())
    return { value: { state: 'second-factor', ways, ticket } }
  }

  /** The user whose password it is. */
  async #prove(user: string, password: string, { address }: CallFacts): Promise<UserProof | undefined> {
    const { book, hashes, guarded } = this.#parts
    const known = book.proof(user)
    const isRight = await guarded.check(user, address, () => hashes.isRight(password, known?.hash ?? null))
    const now = book.proof(user)
    // The hash took its time: the password may have been changed or the user removed meanwhile.
    if (!isRight || now === undefined || now.hash === null || now.hash !== known?.hash) {
      this.#parts.failed('a login to the management API failed', known?.name ?? null, address)
      return undefined
    }
    if (!hashes.isOutdated(now.hash)) return now
    const hash = await hashes.hash(password)
    // That took its time, too.
    if (book.proof(user)?.hash !== now.hash) return undefined
    book.rehash(now.name, hash)
    return { ...now, hash }
  }

  async #code(params: Params, from: From): Promise<Answer<'login'>> {
    const ticket = params.text('ticket', 100)
    const code = params.text('code', 100)
    params.done()
    requirePrivate(from.facts)
    const { book, guarded, clock } = this.#parts
    const { address } = from.facts
    const facts = this.#tickets.try(ticket, clock.now())
    const proof = facts && book.proof(facts.user)
    if (facts === undefined || proof === undefined || proof.hash !== facts.hash) throw ticketOver()
    const isRight = await guarded.check(proof.name, address, async () => this.#codes.take(book, proof, code, clock.now()))
    if (!isRight) {
      this.#parts.failed('a second factor was not right', proof.name, address)
      throw new Fault('login-failed', 'The code is not right, or was used already.', {
        blame: 'caller',
        mend: 'Wait for the next one of your application, or use a recovery code.',
      })
    }
    this.#tickets.spend(ticket)
    // The delay took its time: the password may be another, or the user gone.
    if (book.proof(proof.name)?.hash !== facts.hash) throw ticketOver()
    return this.#begin(proof.name, from, true)
  }

  #begin(user: string, { facts }: From, isFresh: boolean): Answer<'login'> {
    const begun = beginSession(this.#parts, { user, fresh: isFresh ? this.#parts.clock.now() : null, facts })
    if (begun === undefined) throw loginFailed()
    return { value: { state: 'in', me: begun.me }, cookie: begun.cookie }
  }

  async #first(params: Params, from: From): Promise<Answer<'login.first'>> {
    const token = params.text('token', 100)
    const password = newPassword(params, 'password')
    params.done()
    requirePrivate(from.facts)
    const { book, hashes, guarded, clock } = this.#parts
    const found = (): string | undefined => book.userOfLink(hashOfSecret(token), clock.now())
    const isThere = await guarded.check('', from.facts.address, async () => found() !== undefined)
    const hash = isThere ? await hashes.hash(password) : ''
    const user = found()
    const view = user === undefined || !isThere ? undefined : book.user(user)
    if (user === undefined || view === undefined) throw linkOver()
    requireOwnWay(book, view)
    requireUnlocked(view)
    book.setPassword(user, hash, null)
    this.#note(from, user, 'password set', user)
    return { value: { user } }
  }

  async #password(params: Params, from: From): Promise<Answer<'me.password'>> {
    const password = passwordFrom(params, 'password')
    const next = newPassword(params, 'next')
    params.done()
    const { user, session } = userOf(from)
    const proof = await this.#require(user, password, from)
    const hash = await this.#parts.hashes.hash(next)
    this.#parts.book.setPassword(proof.name, hash, session)
    this.#note(from, user, 'password set', user)
    return { value: { changed: true } }
  }

  async #beginTotp(params: Params, from: From): Promise<Answer<'me.totp.begin'>> {
    const password = passwordFrom(params, 'password')
    params.done()
    const { user } = userOf(from)
    this.#requireToAdd(user, from)
    const proof = await this.#require(user, password, from)
    if (proof.totp !== null)
      throw refused('You have codes of an application already.', 'Remove them before you set up another one.', 'totp-there')
    const made = drawTotp(proof.name, this.#parts.host)
    this.#parts.book.putNextTotp(proof.name, made.secret)
    return { value: made }
  }

  async #confirmTotp(params: Params, from: From): Promise<Answer<'me.totp.confirm'>> {
    const code = params.text('code', 20).replaceAll(/\s/g, '')
    params.done()
    const { user } = userOf(from)
    this.#requireToAdd(user, from)
    const { book, guarded, clock } = this.#parts
    const secret = book.nextTotp(user)
    if (secret === undefined) throw refused('Nothing was begun that a code could confirm.', 'Begin with POST /me/totp.', 'no-totp')
    const step = stepOf(secret, code, clock.now())
    const isRight = await guarded.check(user, from.facts.address, async () => step !== undefined)
    if (!isRight || step === undefined) throw refused('The code is not right.', 'Is the clock of your device right?', 'wrong-code')
    const recoveryCodes = drawRecoveryCodes()
    book.confirmTotp(user, step, recoveryCodes.map(hashOfRecoveryCode))
    this.#note(from, user, 'second factor set', user)
    return { value: { recoveryCodes } }
  }

  async #removeTotp(params: Params, from: From): Promise<Answer<'me.totp.remove'>> {
    const password = passwordFrom(params, 'password')
    const code = params.text('code', 100)
    params.done()
    const { book, guarded, clock } = this.#parts
    const proof = await this.#require(userOf(from).user, password, from)
    if (proof.totp === null) return { value: { removed: false } }
    const isRight = await guarded.check(proof.name, from.facts.address, async () => this.#codes.take(book, proof, code, clock.now()))
    if (!isRight) throw refused('The code is not right, or was used already.', undefined, 'wrong-code')
    book.removeTotp(proof.name)
    this.#note(from, proof.name, 'second factor removed', proof.name)
    return { value: { removed: true } }
  }

  /** Beside a passkey: who knows the password alone must not make himself a second factor. */
  #requireToAdd(user: string, from: From): void {
    const { book, clock } = this.#parts
    if ((book.user(user)?.passkeys ?? 0) > 0) requireFresh(from, clock.now())
  }

  /** Whoever found an open session still does not know the password. */
  async #require(user: string, password: string, { facts }: From): Promise<UserProof> {
    const proof = await this.#prove(user, password, facts)
    if (proof === undefined) throw new Fault('wrong-password', 'The password is not right.', { blame: 'caller' })
    return proof
  }

  #note({ facts }: From, by: string, action: string, subject: string): void {
    this.#parts.note({ by, address: facts.address }, action, subject)
  }
}

/** Of a second factor; none: the user has none. */
function waysOf(user: UserView | undefined): Ways {
  if (user === undefined || (!user.hasTotp && user.passkeys === 0)) return []
  return [
    ...(user.hasTotp ? (['totp'] as const) : []),
    ...(user.passkeys > 0 ? (['passkey'] as const) : []),
    ...(user.recoveryCodes > 0 ? (['recovery'] as const) : []),
  ]
}

function linkOver(): Fault {
  const mend = "'hms user password NAME' makes another one."
  return new Fault('link-over', 'The link was used, or it is too old.', { blame: 'caller', mend })
}

function newPassword(params: Params, name: string): string {
  const password = preparePassword(params.text(name, LONGEST_PASSWORD))
  if (password === undefined) throw refused('The password holds a control character.')
  if ([...password].length < SHORTEST_PASSWORD) throw refused(`The password is shorter than ${SHORTEST_PASSWORD} characters.`)
  return password
}

function nameOfSearch(params: Params): string {
  const name = params.text('name', 60).trim()
  if (name !== '' && !/[\r\n\0]/.test(name)) return name
  throw refused('name must be a line with something in it.')
}
