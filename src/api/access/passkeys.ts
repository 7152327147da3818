// Passkeys of people (W3C Web Authentication): made, shown again, removed, and logged in with; alone, as the device knows its user by a finger or
// a PIN, or as the second factor of a password. Challenges are bound to the call and the session or ticket that asked for them.
import type { EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { FRESH_FOR } from '../../contract/management.ts'
import type { Me } from '../../contract/access.ts'
import type { PasskeyCalls, PasskeyCreation, PasskeyReference, PasskeyRequest, PasskeyShown, PasskeyView } from '../../contract/passkeys.ts'
import type { UserProof } from '../../engine/ports/access.ts'
import type { KeptPasskey } from '../../engine/ports/passkeys.ts'
import { hashOfRecoveryCode, hashOfSecret } from '../../policy/access/access-names.ts'
import { networkKey } from '../../policy/networks.ts'
import { areLastOwners } from '../../policy/access/last-owner.ts'
import { passkeyView } from '../../policy/access/passkey-view.ts'
import { type RelyingParty, relyingParty } from '../../policy/access/relying-party.ts'
import { type Params, refused } from '../operations/params.ts'
import {
  type Answer,
  type Calls,
  type From,
  type OwnAccessParts,
  passwordFrom,
  requirePrivate,
  ticketOver,
  type TicketFacts,
  userOf,
} from './calling.ts'
import { meOf } from './begin-session.ts'
import { CHALLENGE_VALID, type ChallengeHolder, Challenges } from './challenges.ts'
import { isOwnOrigin } from './cookies.ts'
import { hasFactor, notFresh, requireFresh } from './fresh.ts'
import { madeFrom, passkeyName, shownFrom } from './passkey-params.ts'
import { type Codes, drawRecoveryCodes } from './second-factor.ts'
import type { Tickets } from './tickets.ts'
import { ALGORITHMS, checkMade, checkShown } from './webauthn.ts'

const MOST_PASSKEYS = 20
const RP_NAME = 'Hurricane MTA'

export interface PasskeyParts extends OwnAccessParts {
  readonly codes: Codes
  readonly tickets: Tickets<TicketFacts>
  /** A session of somebody who showed two factors. */
  readonly begin: (user: string, from: From) => Answer<'login'>
  /** Rejects with a Fault where the password is not the user's. */
  readonly requirePassword: (user: string, password: string, from: From) => Promise<UserProof>
}

export class Passkeys {
  readonly #parts: PasskeyParts
  readonly #challenges = new Challenges()
  readonly calls: Pick<Calls, keyof PasskeyCalls> = {
    'login.passkey.options': async (params, from) => {
      const ticket = params.optional('ticket', () => params.text('ticket', 100))
      params.done()
      const party = this.#party(from)
      if (ticket === undefined) return { value: this.#request(party, purposeOf(ticket)) }
      return { value: this.#request(party, purposeOf(ticket), this.#ofTicket(this.#parts.tickets.look(ticket, this.#now())).name) }
    },
    'login.passkey': (params, from) => this.#login(params, from),
    'me.passkeys': async (params, from) => {
      params.done()
      return { value: this.#parts.book.passkeys.of(userOf(from).user).map(passkeyView) }
    },
    'me.passkeys.options': (params, from) => this.#create(params, from),
    'me.passkeys.add': (params, from) => this.#add(params, from),
    'me.passkeys.remove': async (params, from) => this.#remove(params, from),
    'me.fresh.options': async (params, from) => {
      params.done()
      const { user, session } = userOf(from)
      const party = this.#party(from)
      const request = this.#request(party, `fresh/${session}`, user)
      if (request.allowCredentials?.length === 0)
        throw refused(`You have no passkey for ${party.id}.`, 'Show a one-time code or a recovery code.', 'no-passkey')
      return { value: request }
    },
    'me.fresh': (params, from) => this.#fresh(params, from),
  }

  constructor(parts: PasskeyParts) {
    this.#parts = parts
  }

  #now(): EpochMs {
    return this.#parts.clock.now()
  }

  #party({ facts }: From): RelyingParty {
    requirePrivate(facts)
    const party = isOwnOrigin(facts) ? relyingParty(facts, this.#parts.names) : undefined
    if (party !== undefined) return party
    const mend =
      'Open the panel by host.name, a name of panel.hosts, or localhost; over HTTPS at port 443 or that of panel.tls_listen, or at localhost at that of panel.listen.'
    throw refused('Passkeys are for pages at a name of this server, and the header Origin names none.', mend, 'passkeys-elsewhere')
  }

  /** Whose share of what is remembered it is. */
  #holder(user: string, address: string): ChallengeHolder {
    return { who: `${user} from ${networkKey(address)}`, account: this.#parts.book.user(user)?.account ?? null }
  }

  #ofTicket(facts: TicketFacts | undefined): UserProof {
    const proof = facts && this.#parts.book.proof(facts.user)
    if (facts === undefined || proof === undefined || proof.hash !== facts.hash) throw ticketOver()
    return proof
  }

  /** `user` left out: of whomever the device knows. */
  #request({ id }: RelyingParty, purpose: string, user?: string): PasskeyRequest {
    const challenge = this.#challenges.draw(purpose, this.#now())
    const request = { challenge, rpId: id, timeout: CHALLENGE_VALID, userVerification: 'required' } as const
    return user === undefined ? request : { ...request, allowCredentials: this.#references(user, id) }
  }

  #references(user: string, host: string): PasskeyReference[] {
    const own = this.#parts.book.passkeys.of(user).filter((one) => one.host === host)
    return own.map(({ id, transports }) => ({ type: 'public-key', id, transports }))
  }

  async #login(params: Params, from: From): Promise<Answer<'login'>> {
    const ticket = params.optional('ticket', () => params.text('ticket', 100))
    const shown = shownFrom(params)
    params.done()
    const party = this.#party(from)
    const { tickets } = this.#parts
    const first = ticket === undefined ? null : this.#ofTicket(tickets.try(ticket, this.#now()))
    const passkey = await this.#shown(shown, { party, purpose: purposeOf(ticket), user: first?.name ?? null, from })
    if (passkey === undefined)
      throw new Fault('login-failed', 'The passkey is none of this server, or what it was asked for is over.', {
        blame: 'caller',
        mend: 'Begin anew, or log in with the password.',
      })
    // It took its time: the password may have been changed meanwhile.
    if (ticket !== undefined) this.#ofTicket(tickets.look(ticket, this.#now()))
    if (ticket !== undefined) tickets.spend(ticket)
    return this.#parts.begin(passkey.user, from)
  }

  /** The passkey that signed; `user` null: whoever's it is, whom the device must name. */
  async #shown(
    shown: PasskeyShown,
    { party, purpose, user, from }: { party: RelyingParty; purpose: string; user: string | null; from: From },
  ): Promise<KeptPasskey | undefined> {
    const { book, guarded, failed } = this.#parts
    const { address } = from.facts
    const found = book.passkeys.find(shown.id)
    const isOf = found !== undefined && found.host === party.id && (user === null || user === found.user)
    const kept = isOf && isNamed(shown, book.passkeys.handle(found.user), user === null) ? found : undefined
    const holder = kept && this.#holder(kept.user, address)
    const challenge = (text: string): boolean => holder !== undefined && this.#challenges.take(text, purpose, holder, this.#now())
    let counter: number | undefined
    const isRight = await guarded.check(user ?? kept?.user ?? '', address, async () => {
      counter = kept && (await checkShown(shown, kept, { party, challenge }))
      return counter !== undefined
    })
    if (!isRight || kept === undefined || counter === undefined) {
      failed('a passkey was not right', kept?.user ?? user, address)
      return undefined
    }
    if (book.passkeys.used(kept.id, counter, this.#now())) return kept
    if (book.passkeys.find(kept.id) !== undefined) this.#copied(kept, from)
    return undefined
  }

  /** The device counted this far before: there are two of it. */
  #copied({ user, name, counter }: KeptPasskey, { facts: { address } }: From): never {
    this.#parts.note({ by: user, address }, 'passkey refused, its counter went back', name)
    this.#parts.failed(`the counter of a passkey is not above ${counter}`, user, address)
    throw new Fault('passkey-copied', `The passkey ${JSON.stringify(name)} counts less than it did before: there may be a copy of it.`, {
      blame: 'caller',
      mend: 'Log in by other means and remove it.',
    })
  }

  async #create(params: Params, from: From): Promise<Answer<'me.passkeys.options'>> {
    const password = params.optional('password', () => passwordFrom(params, 'password'))
    params.done()
    const { user, session } = userOf(from)
    const party = this.#party(from)
    await this.#requireToAdd(user, password, from)
    const { book } = this.#parts
    const own = book.passkeys.of(user)
    if (own.length >= MOST_PASSKEYS) throw refused(`You have ${MOST_PASSKEYS} passkeys.`, 'Remove one first.', 'too-many-passkeys')
    const value: PasskeyCreation = {
      challenge: this.#challenges.draw(`add/${session}`, this.#now()),
      rp: { id: party.id, name: RP_NAME },
      user: { id: book.passkeys.handle(user), name: user, displayName: user },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: CHALLENGE_VALID,
      attestation: 'none',
      excludeCredentials: this.#references(user, party.id),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    }
    return { value }
  }

  /** A second factor where there is one, or else the password; of whom has neither, who logged in elsewhere, that it was just now. */
  async #requireToAdd(user: string, password: string | undefined, from: From): Promise<void> {
    const { book } = this.#parts
    const view = book.user(user)
    if (view === undefined || hasFactor(view)) return requireFresh(from, this.#now())
    if (!view.hasPassword) {
      const { session } = userOf(from)
      const isNew = book.sessions({ user }, this.#now()).some(({ id, madeAt }) => id === session && madeAt > this.#now() - FRESH_FOR)
      if (!isNew) throw notFresh('Log in again.')
    } else if (password === undefined) throw refused('password is missing.', 'The first passkey is added with the password.')
    else await this.#parts.requirePassword(user, password, from)
  }

  async #add(params: Params, from: From): Promise<Answer<'me.passkeys.add'>> {
    const name = passkeyName(params)
    const made = madeFrom(params)
    params.done()
    const { user, session } = userOf(from)
    const party = this.#party(from)
    const { book } = this.#parts
    const holder = this.#holder(user, from.facts.address)
    const challenge = (text: string): boolean => this.#challenges.take(text, `add/${session}`, holder, this.#now())
    const key = await checkMade(made, { party, challenge })
    const view = book.user(user)
    if (key === undefined || view === undefined)
      throw new Fault('wrong-passkey', 'That is no passkey that was asked for, or it was asked for too long ago.', {
        blame: 'caller',
        mend: 'Begin anew. The device must check who uses it (a finger, a PIN).',
      })
    if (view.passkeys >= MOST_PASSKEYS) throw refused(`You have ${MOST_PASSKEYS} passkeys.`, 'Remove one first.', 'too-many-passkeys')
    // It may be there only since this one was asked for, in another session.
    if (hasFactor(view)) requireFresh(from, this.#now(), FRESH_FOR + CHALLENGE_VALID)
    const recoveryCodes = hasFactor(view) ? null : drawRecoveryCodes()
    const now = this.#now()
    const transports = made.response.transports ?? []
    const isAdded = book.passkeys.add(
      { ...key, user, name, host: party.id, transports, madeAt: now },
      recoveryCodes && recoveryCodes.map(hashOfRecoveryCode),
    )
    if (!isAdded) throw refused('There is such a passkey already.', 'Make another one.', 'passkey-taken')
    book.setFresh(session, now)
    this.#parts.note({ by: user, address: from.facts.address }, 'passkey added', name)
    const passkey: PasskeyView = { id: key.id, name, host: party.id, synced: key.synced, madeAt: now, lastUse: null }
    return { value: { passkey, recoveryCodes } }
  }

  #remove(params: Params, from: From): Answer<'me.passkeys.remove'> {
    const id = params.text('id', 1400)
    params.done()
    const { user } = userOf(from)
    const { book, note } = this.#parts
    const passkey = book.passkeys.find(id)
    if (passkey === undefined || passkey.user !== user)
      throw refused('You have no such passkey.', 'GET /me/passkeys lists them.', 'no-passkey')
    requireFresh(from, this.#now())
    const view = book.user(user)
    const leavesNone = view !== undefined && !view.hasPassword && view.passkeys === 1 && areLastOwners(book, [user])
    if (leavesNone || book.passkeys.isLastWay(user, id))
      throw refused('You would have no way to log in any more.', 'Set a password or add another passkey first.', 'last-way-in')
    const removed = book.passkeys.remove(user, id)
    note({ by: user, address: from.facts.address }, 'passkey removed', passkey.name)
    return { value: { removed } }
  }

  async #fresh(params: Params, from: From): Promise<Answer<'me.fresh'>> {
    const code = params.optional('code', () => params.text('code', 100))
    const shown = params.optional('passkey', () => shownFrom(params))
    const password = params.optional('password', () => passwordFrom(params, 'password'))
    params.done()
    const { user, session } = userOf(from)
    if ([code, shown, password].filter((one) => one !== undefined).length !== 1)
      throw refused('One of passkey, code and password is wanted.')
    if (password !== undefined) return { value: await this.#showPassword(password, from) }
    if (shown !== undefined) {
      const asked = { party: this.#party(from), purpose: `fresh/${session}`, user, from }
      if ((await this.#shown(shown, asked)) === undefined)
        throw new Fault('wrong-passkey', 'The passkey is none of yours, or what it was asked for is over.', {
          blame: 'caller',
          mend: 'Begin anew.',
        })
    } else await this.#showCode(user, code ?? '', from)
    const { book } = this.#parts
    const now = this.#now()
    book.setFresh(session, now)
    if (from.principal === null) throw notFresh('Log in again.')
    return { value: meOf(book, { ...from.principal, fresh: now }) }
  }

  /** Of who has nothing better to show. */
  async #showPassword(password: string, from: From): Promise<Me> {
    const { book, proofs, requirePassword } = this.#parts
    const { user, session } = userOf(from)
    requirePrivate(from.facts)
    const refuse = (): never => {
      throw refused('You have a second factor: the password alone does not do.', 'Show a passkey, a one-time code or a recovery code.')
    }
    if (hasFactor(book.user(user))) refuse()
    await requirePassword(user, password, from)
    // That took its time.
    if (hasFactor(book.user(user))) refuse()
    proofs.note(session, this.#now())
    if (from.principal === null) throw notFresh('Log in again.')
    return meOf(book, from.principal)
  }

  async #showCode(user: string, code: string, { facts: { address } }: From): Promise<void> {
    const { book, codes, guarded, failed } = this.#parts
    const proof = book.proof(user)
    const isRight = await guarded.check(user, address, async () => proof !== undefined && codes.take(book, proof, code, this.#now()))
    if (isRight) return
    failed('a second factor was not right', user, address)
    throw refused('The code is not right, or was used already.', undefined, 'wrong-code')
  }
}

/** What a challenge of a login is for. */
function purposeOf(ticket: string | undefined): string {
  return ticket === undefined ? 'login' : `second/${hashOfSecret(ticket)}`
}

/** Whether the device names the user by the handle. One that is asked for certain passkeys need not. */
function isNamed({ response: { userHandle } }: PasskeyShown, handle: string, isWanted: boolean): boolean {
  return userHandle === undefined || userHandle === null ? !isWanted : userHandle === handle
}
