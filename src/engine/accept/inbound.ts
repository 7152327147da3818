// One inbound connection as its session sees the engine: who the client is, what it may, and where its messages go.
import { type AccountId, ANONYMOUS_ACCOUNT } from '../../base/brand.ts'
import type { Account, OwnDomain } from '../../contract/settings.ts'
import { closing, type Reply, reply } from '../../smtp/reply.ts'
import { isPosted } from '../../smtp/post-address.ts'
import { chain } from '../../smtp/server/chain.ts'
import type {
  AuthDecision,
  Client,
  FutureRelease,
  Mailbox,
  MailRequest,
  RecipientRequest,
  Refusal,
  ScramVerifier,
  ServerHandler,
} from '../../smtp/server/handler.ts'
import type { SessionFilters } from '../ports/filters.ts'
import type { MessageHead, NewRecipient, SpoolHealth } from '../ports/spool.ts'
import type { Allowance, QuotaGate } from '../accounts/quota-gate.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import type { Asked, Envelope, IntakeHost } from './envelope.ts'
import { Intake, storageReply } from './intake.ts'
import type { Logins } from './logins.ts'
import { NO_NOTICE, ownRecipient, refuseStranger } from './own-recipients.ts'
import { refusePost } from './posted.ts'
import { releaseOf } from './sending.ts'
import { refuseSuppressed } from './suppressed.ts'
import { isUnnamed, type Login, refuseSender, senderOf } from './rights.ts'
import { NO_RELAY } from './words.ts'

const STOPPING = closing(reply(421, '4.3.2', 'The server is stopping. Try again in a moment.'))
export const NO_ROOM = reply(452, '4.3.1', 'Too much is being received at once. Try again later.')
const FULL = reply(452, '4.3.1', 'Insufficient system storage. Try again later.')
const MAILBOX_FULL = reply(452, '4.2.2', 'The mailbox is full. Try again later.')
const FAILING = reply(451, '4.3.0', 'The message store does not answer. Try again later.')
const NO_HOLD = reply(555, '5.5.4', 'Mail cannot be scheduled here.')
/** rfc:4865#4 */
const HELD_TOO_LONG = reply(501, '5.5.4', 'The message is to be held for longer than EHLO says.')
/** rfc:5321#4.5.3.1.10: the client sends the others in another transaction. */
const tooManyRecipients = (most: number): Reply =>
  reply(452, '4.5.3', `This account may not send a message to more than ${most} recipients. Send another one to the rest.`)
const BAD_DOMAIN = reply(553, '5.1.3', 'The domain of the recipient is too long.')

export interface InboundHost extends IntakeHost {
  readonly around: Surroundings
  readonly door: Doorkeeper
  readonly logins: Logins
  readonly quotas: QuotaGate
  readonly isStopping: boolean
  readonly filters: readonly SessionFilters[]
  mayTake(own: OwnDomain): boolean
  admitted(): void
}

/** A message that may begin. */
export interface Taken {
  readonly envelope: Envelope
  readonly id: MessageHead['id']
}

function healthReply(health: SpoolHealth): Reply | null {
  if (health.state === 'ok') return null
  return health.state === 'full' ? FULL : FAILING
}

export class Inbound implements ServerHandler {
  readonly #host: InboundHost
  #isOpen = false
  /** The password that this session logged in with, and the one that a SCRAM exchange is about. */
  #login: Login | null = null
  #offered: string | null = null
  #account: Account | null = null
  /** Nobody that may submit: his mail may be for domains of ours. */
  #isStranger = false
  #request: MailRequest | null = null
  /** Null: no quota holds for it. */
  #allowance: Allowance | null = null
  #recipients: NewRecipient[] = []

  constructor(host: InboundHost) {
    this.#host = host
  }

  /** Again after XCLIENT: it is still one session. */
  connected(): Refusal {
    if (this.#host.isStopping) return STOPPING
    if (this.#isOpen) return null
    this.#isOpen = true
    this.#host.door.enter()
    this.#host.admitted()
    return null
  }

  checkPassword(user: string, password: string, client: Client): AuthDecision | Promise<AuthDecision> {
    return this.#loggedIn(user, this.#host.logins.checkPassword(user, password, client))
  }

  scramVerifier(user: string, client: Client): ScramVerifier | Reply | Promise<ScramVerifier | Reply> {
    this.#offered = this.#storedKey(user)
    return this.#host.logins.scramVerifier(user, client)
  }

  scramFinished(user: string, proved: boolean, client: Client): AuthDecision | Promise<AuthDecision> {
    // What was proved is the password of when the exchange began.
    const isCurrent = this.#offered === this.#storedKey(user)
    return this.#loggedIn(user, this.#host.logins.scramFinished(user, proved && isCurrent, client))
  }

  #storedKey(user: string): string | null {
    return this.#host.around.settings().credentials.get(user)?.storedKey ?? null
  }

  #loggedIn(user: string, decision: AuthDecision | Promise<AuthDecision>): AuthDecision | Promise<AuthDecision> {
    return chain(decision, (decided) => {
      const storedKey = this.#storedKey(user)
      if (decided.ok && storedKey !== null) this.#login = { user, storedKey }
      return decided
    })
  }

  /** To whom may submit mail here. */
  futureRelease(client: Client): FutureRelease | null {
    const { config, clock, settings } = this.#host.around
    const longest = config['smtp.hold_longest']
    if (longest === 0 || senderOf(settings(), client, { login: this.#login, now: clock.now() }).kind !== 'account') return null
    return { longest, latest: clock.now() + longest }
  }

  #refuseHold({ hold }: MailRequest, client: Client): Refusal {
    const release = hold === undefined ? null : this.futureRelease(client)
    if (hold === undefined || release === null) return hold === undefined ? null : NO_HOLD
    return releaseOf(hold, release.latest - release.longest) > release.latest ? HELD_TOO_LONG : null
  }

  mail(request: MailRequest, client: Client): Refusal {
    const { around, door, isStopping } = this.#host
    if (isStopping) return STOPPING
    const settings = around.settings()
    const sender = senderOf(settings, client, { login: this.#login, now: around.clock.now() })
    if (sender.kind === 'refused') return sender.reply
    this.#account = null
    this.#request = request
    this.#recipients = []
    this.#isStranger = sender.kind === 'nobody'
    if (sender.kind === 'nobody')
      return settings.ownDomains.size === 0 ? null : (door.refuseAddress(client.address) ?? healthReply(around.spool.health()))
    const { account } = sender
    const refusal =
      (request.sender === null ? null : refuseSender(settings, account, request.sender.domain)) ??
      this.#refuseHold(request, client) ??
      (isUnnamed(client) ? door.refuseAddress(client.address) : null) ??
      this.#refuseQuota(account, client, request) ??
      healthReply(around.spool.health())
    if (refusal === null) this.#account = account
    return refusal
  }

  recipient(request: RecipientRequest): Refusal | Promise<Refusal> {
    const { recipient } = request
    const { ownDomains } = this.#host.around.settings()
    const own = ownDomains.size === 0 ? undefined : ownDomains.get(recipient.domain)
    if (own !== undefined) return this.#ownRecipient(own, recipient)
    if (this.#account === null || this.#isStranger) return NO_RELAY
    if (recipient.domain.length > MOST_DOMAIN) return BAD_DOMAIN
    const unposted = isPosted(recipient.domain) ? refusePost(this.#account, recipient.address) : null
    if (unposted !== null) return unposted
    const most = this.#allowance?.mostRecipients ?? Infinity
    if (this.#recipients.length >= most) return tooManyRecipients(most)
    const refusal = refuseSuppressed(this.#host.around, this.#account, recipient.address)
    return refusal === null ? this.#take(request) : refusal.then((refused) => refused ?? this.#take(request))
  }

  #take({ recipient, notify, originalRecipient }: RecipientRequest): null {
    this.#recipients.push({ address: recipient.address, domain: recipient.domain, notify, originalRecipient })
    return null
  }

  #refuseQuota(account: Account, { user }: Client, { size }: MailRequest): Reply | null {
    const { quotas } = this.#host
    this.#allowance = quotas.allowanceOf(account, user)
    return this.#allowance === null ? null : quotas.refuse(account, this.#allowance, size ?? 0)
  }

  /** For a domain of ours: of a stranger it belongs to the account of the first of them, of a user to his. */
  #ownRecipient(own: OwnDomain, { address, ...mailbox }: Mailbox): Refusal {
    const { settings, config, spool } = this.#host.around
    const strange = this.#isStranger && this.#request !== null ? refuseStranger(this.#request, config['inbound.message_size']) : null
    if (strange !== null) return strange
    const found = ownRecipient(own, { address, ...mailbox }, settings().tokenKeys)
    if (!('account' in found)) return found
    // What has a token is read and gone; what people write may be kept, and a flood of it must not be what customers are refused for.
    if (this.#isStranger && !found.isToken) {
      if (spool.isTight()) return FULL
      if (!this.#host.mayTake(own)) return MAILBOX_FULL
    }
    if (this.#isStranger) this.#account ??= settings().accounts.get(found.account) ?? settings().accounts.get(ANONYMOUS_ACCOUNT) ?? null
    if (this.#account === null) return NO_RELAY
    this.#recipients.push({ address, domain: own.domain, notify: NO_NOTICE, originalRecipient: null })
    return null
  }

  /** Whose mail it is; null: the client may not submit. */
  get account(): AccountId | null {
    return this.#isStranger ? null : (this.#account?.id ?? null)
  }

  /** How many were taken so far. */
  get recipients(): number {
    return this.#recipients.length
  }

  /** Those after the first so many are taken back. */
  keepRecipients(most: number): void {
    this.#recipients.length = Math.min(most, this.#recipients.length)
  }

  /** `given`: reserved before. */
  begin(client: Client, given?: MessageHead['id'], asked?: Asked): Intake | Reply {
    const taken = this.take(client, given, asked)
    return 'code' in taken ? taken : new Intake(this.#host, taken.envelope, taken.id)
  }

  /** What the message that is about to come is, and what it will be called. */
  take(client: Client, given?: MessageHead['id'], asked?: Asked): Taken | Reply {
    const { around, door } = this.#host
    const account = this.#account
    const request = this.#request
    if (account === null || request === null) return NO_RELAY
    if (!door.hasRoom) return NO_ROOM
    let id: MessageHead['id']
    try {
      id = given ?? around.spool.reserve()
    } catch (error) {
      return storageReply(error)
    }
    const recipients = withoutRepeats(this.#recipients)
    const [isStranger, allowance] = [this.#isStranger, this.#isStranger ? null : this.#allowance]
    this.reset()
    return { envelope: { client, account, request, recipients, isStranger, allowance, ...(asked && { asked }) }, id }
  }

  reset(): void {
    this.#allowance = null
    this.#request = null
    this.#account = null
    this.#recipients = []
  }

  closed(): void {
    this.reset()
    if (this.#isOpen) this.#host.door.leave()
    this.#isOpen = false
  }
}

/** rfc:1035#2.3.4, and an address literal fits too. */
const MOST_DOMAIN = 255

/** Each mailbox once: the first RCPT counts. Domains compare in canonical form, local parts as given (rfc:5321#2.4). */
function withoutRepeats(recipients: readonly NewRecipient[]): readonly NewRecipient[] {
  if (recipients.length < 2) return recipients
  const seen = new Set<string>()
  return recipients.filter(({ address }) => !seen.has(address) && seen.add(address) !== undefined)
}
