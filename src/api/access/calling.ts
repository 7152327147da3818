// What calls about the own access have in common: who calls from where, what they are made of, and the refusals that all of them give.
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { CallFacts, PersonalAnswer, PersonalCalls, OwnName, Principal } from '../../contract/access.ts'
import type { AccessBook } from '../../engine/ports/access.ts'
import type { PasswordHashes } from '../../policy/access/password-hash.ts'
import { preparePassword } from '../../smtp/scram.ts'
import type { PanelNames } from '../../policy/access/relying-party.ts'
import type { Params } from '../operations/params.ts'
import { isOwnOrigin, isPrivate } from './cookies.ts'
import type { Guarded } from './guarded.ts'
import type { ProviderLogouts } from './oidc/provider-logouts.ts'
import type { Proofs } from './proofs.ts'

export const LONGEST_PASSWORD = 1024

/** What happened, for the audit; nothing of it is secret. */
export type AccessNote = (facts: { readonly by: string; readonly address: string }, action: string, subject: string) => void

export interface OwnAccessParts {
  readonly book: AccessBook
  readonly hashes: PasswordHashes
  readonly guarded: Guarded
  readonly clock: Clock
  readonly proofs: Proofs
  /** At providers. */
  readonly logouts: ProviderLogouts
  /** Of this server, for who has codes of several. */
  readonly host: string
  readonly note: AccessNote
  /** By which pages of ours are opened that take passkeys. */
  readonly names: PanelNames
  /** For the log: anybody may fail as often as he is let. `user` null: nobody's name, which is not told, as people type passwords there. */
  readonly failed: (what: string, user: string | null, address: string) => void
}

/** Whose password was right, and which one. */
export interface TicketFacts {
  readonly user: string
  readonly hash: string | null
}

export interface From {
  readonly facts: CallFacts
  readonly principal: Principal | null
}

export type Answer<N extends OwnName> = PersonalAnswer<PersonalCalls[N]['result']>
export type Calls = { readonly [N in OwnName]: (params: Params, from: From) => Promise<Answer<N>> }

/** Of a session: a key has no password, no second factor and no session. */
export function userOf({ principal }: From): { readonly user: string; readonly session: string } {
  if (principal === null) throw notLoggedIn()
  if (principal.kind === 'user' && principal.session !== null) return { user: principal.name, session: principal.session }
  throw new Fault('not-for-keys', 'That is for people who are logged in.', { blame: 'caller' })
}

export function notLoggedIn(): Fault {
  return new Fault('not-authenticated', 'Nobody is logged in.', { blame: 'caller' })
}

export function loginFailed(): Fault {
  const mend = "Nobody is told which of both. 'hms user password NAME' makes a link for another password."
  return new Fault('login-failed', 'The user name or the password is not right.', { blame: 'caller', mend })
}

export function ticketOver(): Fault {
  return new Fault('login-failed', 'The login took too long, or too many codes were wrong.', { blame: 'caller', mend: 'Begin anew.' })
}

export function requirePrivate(facts: CallFacts): void {
  if (!isPrivate(facts))
    throw new Fault('tls-needed', 'A password only crosses TLS, or stays on the machine.', {
      blame: 'caller',
      mend: 'Use the address of panel.tls_listen, a proxy that panel.proxy_from names, or http://localhost on the machine.',
    })
  if (facts.origin !== undefined && !isOwnOrigin(facts))
    throw new Fault('wrong-origin', 'The call is from a page of another server.', { blame: 'caller' })
}

export function passwordFrom(params: Params, name: string): string {
  // One that cannot be a password is a wrong one.
  return preparePassword(params.text(name, LONGEST_PASSWORD)) ?? '\0'
}
