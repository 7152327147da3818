// Who may send what: pure decisions over one snapshot of the settings, whose networks are compiled once per snapshot.
import { ANONYMOUS_ACCOUNT, type Domain, type EpochMs } from '../../base/brand.ts'
import {
  type Account,
  credentialOf,
  type InjectionKey,
  type SenderDomain,
  type Settings,
  type SmtpCredential,
} from '../../contract/settings.ts'
import { stateNow } from '../../policy/accounts/standing.ts'
import { compileNetworks, type NetworkSet } from '../../policy/networks.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { Client } from '../../smtp/server/handler.ts'

const relaySets = new WeakMap<Settings, NetworkSet>()
const credentialSets = new WeakMap<object, NetworkSet>()

function relaysOf(settings: Settings): NetworkSet {
  let set = relaySets.get(settings)
  if (set === undefined) {
    set = compileNetworks(settings.relays.map(({ cidr }) => cidr))
    relaySets.set(settings, set)
  }
  return set
}

/** Whether its time is over. */
export function isOver({ expiresAt }: Pick<SmtpCredential, 'expiresAt'>, now: EpochMs): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

/** Whether a credential may be used from this address. */
export function mayUseFrom(credential: Pick<SmtpCredential, 'networks'>, address: string): boolean {
  if (credential.networks.length === 0) return true
  let set = credentialSets.get(credential)
  if (set === undefined) {
    set = compileNetworks(credential.networks)
    credentialSets.set(credential, set)
  }
  return set.has(address)
}

export type Sender =
  /** May relay, for this account. */
  | { readonly kind: 'account'; readonly account: Account }
  /** No login and no right by address: every recipient is refused. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly reply: Reply }

/** What a session logged in with. */
export interface Login {
  readonly user: string
  readonly storedKey: string
}

/**
 * Whose mail a session hands in: of its login, or of account 1000 where its address may relay. `login`: null where a trusted peer named
 * the user. The server itself says whose mail it is. A login that was removed, made anew, bound to other networks, or has expired since ends at the next message, not with the session.
 */
export function senderOf(
  settings: Settings,
  { user, address, account: own }: Pick<Client, 'user' | 'address' | 'account'>,
  { login, now }: { readonly login: Login | null; readonly now: EpochMs },
): Sender {
  if (own !== undefined) {
    const account = settings.accounts.get(own)
    return account === undefined ? NO_LONGER : admit(account, now)
  }
  if (user === null) {
    const account = settings.accounts.get(ANONYMOUS_ACCOUNT)
    return account !== undefined && relaysOf(settings).has(address) ? admit(account, now) : { kind: 'nobody' }
  }
  const credential = credentialOf(settings, user)
  const account = credential === undefined ? undefined : settings.accounts.get(credential.account)
  if (credential === undefined || account === undefined || isOver(credential, now)) return NO_LONGER
  if (login?.user === user && isAnother(credential, login, address)) return NO_LONGER
  return admit(account, now)
}

/** Nobody that is known by a name: what comes from its address is counted. */
export function isUnnamed({ user, account }: Pick<Client, 'user' | 'account'>): boolean {
  return user === null && account === undefined
}

function isAnother(credential: SmtpCredential | InjectionKey, { storedKey }: Login, address: string): boolean {
  return !('storedKey' in credential) || credential.storedKey !== storedKey || !mayUseFrom(credential, address)
}

const NO_LONGER: Sender = { kind: 'refused', reply: reply(530, '5.7.0', 'This login is no longer valid. Log in again.') }

function admit(account: Account, now: EpochMs): Sender {
  if (stateNow(account, now) === 'suspended') return { kind: 'refused', reply: SUSPENDED }
  return { kind: 'account', account }
}

/** Not why: that may be no matter of whoever has the password. */
const SUSPENDED = reply(550, '5.7.1', 'This account is suspended: it may not send. Ask the postmaster of this server.')

/** The binding of a sender domain: its own, or that of the nearest parent that has one. */
export function bindingOf(settings: Settings, domain: Domain): SenderDomain | undefined {
  if (settings.senderDomains.size === 0) return undefined
  for (let rest: string = domain; rest !== '';) {
    const found = settings.senderDomains.get(rest as Domain)
    if (found !== undefined && found.verifiedAt !== null) return found
    const dot = rest.indexOf('.')
    rest = dot < 0 ? '' : rest.slice(dot + 1)
  }
  return undefined
}

/** Whether the account may use this sender domain, in the envelope or in From; null: it may. */
export function refuseSender(settings: Settings, account: Account, domain: Domain): Reply | null {
  const binding = bindingOf(settings, domain)
  if (binding !== undefined && binding.account !== account.id)
    return reply(550, '5.7.1', `The sender domain ${domain} belongs to another account.`)
  if (binding === undefined && account.verifiedSendersOnly)
    return reply(550, '5.7.1', `The sender domain ${domain} is not verified for this account.`)
  return null
}

/**
 * Whether the account may send what says that it is from these domains: of all From fields, as each reader picks another of two
 * (null: one cannot be read, and nobody knows whom a reader will see in it).
 */
export function refuseAuthors(settings: Settings, account: Account, domains: readonly Domain[] | null): Reply | null {
  if (domains === null)
    return account.verifiedSendersOnly
      ? reply(550, '5.7.1', 'The From field cannot be read, and this account may use its own domains only.')
      : null
  for (const domain of domains) {
    const refusal = refuseSender(settings, account, domain)
    if (refusal !== null) return refusal
  }
  return null
}

/** Whether bounces may be mailed to a sender: only where its domain was proved to be the account's (no backscatter). */
export function mayBounceTo(settings: Settings, account: Account, domain: Domain): boolean {
  return bindingOf(settings, domain)?.account === account.id
}
