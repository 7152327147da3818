// Takes messages in: one handler a connection, and what all of them share (logins, limits, memory, counters).
import type { AccountId, Ms } from '../../base/brand.ts'
import type { Rewritten } from '../../message/tracking/rewrite.ts'
import type { OwnDomain } from '../../contract/settings.ts'
import { selectKeys } from '../../message/dkim/select.ts'
import type { HeaderFacts } from '../../message/prepare.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { ServerHandler } from '../../smtp/server/handler.ts'
import { mayName } from '../../policy/sources/pools.ts'
import type { AccountBrakes } from '../accounts/account-brakes.ts'
import type { QueueUse } from '../accounts/queue-use.ts'
import { QuotaGate } from '../accounts/quota-gate.ts'
import type { SessionFilters } from '../ports/filters.ts'
import type { Limits } from '../ports/limits.ts'
import type { NewMessage, NewRecipient } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import { BlockPool } from './blocks.ts'
import { Doorkeeper } from './doorkeeper.ts'
import { FilteredSession } from './filtered-session.ts'
import { Inbound, type InboundHost } from './inbound.ts'
import { type Injector, MailInjector } from './injector.ts'
import type { Envelope } from './envelope.ts'
import { Logins } from './logins.ts'
import type { OnceParts } from './once.ts'
import { refusePostType, ruledBy } from './posted.ts'
import { isUnnamed, refuseAuthors } from './rights.ts'
import { LargeHtml } from './tracking.ts'

/** rfc:7372#3.2 */
const UNSIGNED = reply(550, '5.7.20', 'There is no DKIM key for the domain in From, and this account may not send without.')

/** Rather than from another one: who names a pool means it. */
const NOT_THE_POOL = reply(550, '5.7.1', 'X-xsPool: The account may not use the pool that the message names.')

export interface AcceptorOptions extends Surroundings {
  readonly secret: Uint8Array
  readonly brakes: Pick<AccountBrakes, 'accepted'>
  readonly limits: Limits
  readonly queueUse: Pick<QueueUse, 'refuse'>
  /** The owner's own, in his order. */
  readonly filters?: readonly SessionFilters[]
  /** Whether a stranger may write to people at a domain of ours now. */
  readonly mayTake: (own: OwnDomain) => boolean
  /** Without it no key of a call is kept. */
  readonly once?: OnceParts
  /** Told after the commit, in the same turn. */
  readonly committed: (message: NewMessage) => void
}

export class Acceptor implements InboundHost {
  readonly around: Surroundings
  readonly door: Doorkeeper
  readonly blocks: BlockPool
  readonly logins: Logins
  readonly quotas: QuotaGate
  readonly mayTake: (own: OwnDomain) => boolean
  readonly filters: readonly SessionFilters[]
  readonly #brakes: Pick<AccountBrakes, 'accepted'>
  readonly #committed: (message: NewMessage) => void
  readonly #once: OnceParts | null
  readonly #counts = { connections: 0, messages: 0, tracked: 0 }
  readonly #largeHtml = new LargeHtml()
  #isStopping = false
  #alone: Promise<unknown> = Promise.resolve()

  constructor(options: AcceptorOptions) {
    const { config, clock, settings, secret, workers } = options
    this.around = options
    this.door = new Doorkeeper(config, workers, clock)
    this.blocks = new BlockPool((octets) => this.door.hold(octets))
    this.logins = new Logins({ settings, config, clock, secret, log: options.log })
    this.quotas = new QuotaGate(options)
    this.mayTake = options.mayTake
    this.filters = options.filters ?? []
    this.#brakes = options.brakes
    this.#committed = options.committed
    this.#once = options.once ?? null
  }

  get counts(): { readonly connections: number; readonly messages: number; readonly tracked: number } {
    return this.#counts
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  handler(): ServerHandler {
    return this.filters.some(({ isActive }) => isActive) ? new FilteredSession(this, this.filters) : new Inbound(this)
  }

  injector(): Injector {
    return new MailInjector(this, this.#once)
  }

  expiryFor(account: AccountId, recipients: readonly NewRecipient[]): Ms {
    return this.around.rules().longestExpiry(account, ruledBy(recipients))
  }

  /** From now on new sessions and new messages are answered with 421. */
  stop(): void {
    this.#isStopping = true
  }

  admitted(): void {
    this.#counts.connections++
  }

  refuse({ account, recipients }: Envelope, { authorDomain, fromDomains, pool, postType }: HeaderFacts): Reply | null {
    const settings = this.around.settings()
    if (pool !== undefined && !mayName(settings.rules.document, account.id, pool)) return NOT_THE_POOL
    const refusal = refuseAuthors(settings, account, fromDomains) ?? refusePostType(postType, recipients)
    if (refusal !== null) return refusal
    if (account.unsigned === 'allow') return null
    const { author, provider } = selectKeys(settings, { account: account.id, authorDomain })
    return author.length > 0 || (account.unsigned === 'provider' && provider.length > 0) ? null : UNSIGNED
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#alone.then(work, work)
    this.#alone = mine
    return mine
  }

  rewritten({ hasMarks, html }: Rewritten, { account }: Envelope): void {
    if (hasMarks) this.#counts.tracked++
    if (!this.#largeHtml.isNews(account.id, html, this.around.clock.now())) return
    this.around.log.warn('HTML above 512 KiB costs its readers and this server.', { account: account.id, octets: html })
  }

  accepted(message: NewMessage, { client, isStranger }: Envelope): void {
    this.#counts.messages++
    if (isStranger || isUnnamed(client)) this.door.countMessage(client.address)
    if (!isStranger) this.#brakes.accepted(message.head)
    this.#committed(message)
  }
}
