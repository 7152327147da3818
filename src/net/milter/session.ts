// One milter in one session: tells it what happens, and what it says back as an answer of a filter. It is met where the mail that it is to see
// is known, and told then what went before. Between two messages the connection to it may be given to who needs one more.
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Milter } from '../../contract/milters.ts'
import type { FilteredMessage, MessageAnswer, SessionFilter, StageAnswer } from '../../engine/ports/filters.ts'
import type { MailStep, Step, Verdict } from '../../smtp/milter/conversation.ts'
import type { Macros } from '../../smtp/milter/macros.ts'
import type { StepName } from '../../smtp/milter/protocol.ts'
import type { Client, MailRequest } from '../../smtp/server/handler.ts'
import {
  connectMacros,
  connectStep,
  heloMacros,
  isInjection,
  mailMacros,
  mailStep,
  recipientMacros,
  recipientStep,
  type ServerFacts,
  wayOf,
} from './facts.ts'
import type { MilterFailure, MilterLink } from './link.ts'
import { told } from './message.ts'
import type { Idler, MilterPool } from './pool.ts'
import { failureReply, refusalOf } from './replies.ts'
import { OWN_NAMES, stepLimit } from './steps.ts'

export interface SessionParts {
  readonly server: ServerFacts
  readonly clock: Clock
  /** Whether mail of this account leaves with a return path of each recipient. */
  readonly isPerRecipient: (account: AccountId) => boolean
  /** What there is of this name now. */
  readonly poolOf: (name: string) => MilterPool | undefined
}

/** Recipients that a milter is told of a message that is made for each of very many. */
const MOST_RECIPIENTS = 1000

/**
 * - `asking`: the milter sees the message.
 * - `passed`: it wants to know no more of it, or failed and is done without.
 * - `discarded`: it will be taken and dropped.
 */
interface Transaction {
  state: 'asking' | 'passed' | 'discarded'
  readonly asItCame: boolean
  readonly hasSender: boolean
}

type Said = Verdict | MilterFailure | null

export class MilterSession implements SessionFilter, Idler {
  #pool: MilterPool
  readonly #parts: SessionParts
  #client: Client
  #link: MilterLink | null = null
  #transaction: Transaction | null = null
  /** It accepted the whole session. */
  #isPassed = false
  #isClosed = false

  constructor(pool: MilterPool, client: Client, parts: SessionParts) {
    this.#pool = pool
    this.#client = client
    this.#parts = parts
  }

  get #milter(): Milter {
    return this.#pool.milter
  }

  /** What does not come by SMTP has no steps before. */
  wantsMessage(): boolean {
    if (isInjection(this.#client)) return true
    return this.#transaction !== null && this.#transaction.state !== 'passed'
  }

  /** Only where all mail of the session is for it: otherwise it is met when it is known whose mail it is. */
  async connected(client: Client): Promise<StageAnswer> {
    this.#client = client
    if (!this.#isForAll(client) || !this.#pool.mindsSessions) return null
    return this.#heed(await this.#meet(false), true)
  }

  async hello(client: Client): Promise<StageAnswer> {
    this.#client = client
    if (this.#isPassed || this.#link === null) return null
    return this.#heed(await this.#ofSession({ step: 'helo', name: client.helo }, heloMacros(client)), true)
  }

  mail(request: MailRequest, client: Client, account: AccountId | null): Promise<StageAnswer> {
    return this.#begin(mailStep(request), client, account)
  }

  async #begin(step: MailStep, client: Client, account: AccountId | null): Promise<StageAnswer> {
    this.#transaction = null
    this.#client = client
    if (this.#pool.isClosed && !this.#isFollowed()) return null
    if (this.#isPassed || !this.#isFor(client, account)) return null
    this.#transaction = { state: 'asking', asItCame: account === null, hasSender: step.address !== '' }
    const met = await this.#meet(true)
    const said = met !== null && !goesOn(met) ? met : this.#isPassed ? null : await this.#ask(step, mailMacros(step.address, client))
    if (this.#isPassed) this.#transaction = null
    const answer = this.#heed(said, false)
    // What it said of the client is asked again with the next mail.
    if (met !== null && !goesOn(met)) this.giveUp()
    else if (answer !== null) this.#drop()
    return answer
  }

  async recipient({ recipient: { address } }: { readonly recipient: { readonly address: string } }): Promise<StageAnswer> {
    if (this.#transaction?.state !== 'asking') return null
    return this.#heed(await this.#ask(recipientStep(address), recipientMacros(address)), false)
  }

  async data(_client: Client, id: MessageId): Promise<StageAnswer> {
    if (this.#transaction?.state !== 'asking') return null
    return this.#heed(await this.#ask({ step: 'data' }, { i: id }), false)
  }

  async received(message: FilteredMessage, client: Client): Promise<MessageAnswer> {
    if (isInjection(client)) {
      const handed = await this.#hand(message, client)
      if (handed?.kind === 'refuse') return this.#ended(handed, handed.reply.code < 500 ? 'deferred' : 'rejected')
    }
    const transaction = this.#transaction
    if (transaction === null || transaction.state === 'passed') return null
    if (transaction.state === 'discarded') return this.#ended({ kind: 'ignore' }, 'discarded')
    const { asItCame, hasSender } = transaction
    const isPerRecipient = !asItCame && hasSender && this.#parts.isPerRecipient(message.account)
    const stored = { id: message.id, host: this.#parts.server.host, at: this.#parts.clock.now(), asItCame, isPerRecipient }
    const { said, changes } = await told(message, stored, {
      name: this.#milter.name,
      ask: (step, macros) => this.#ask(step, macros),
      wants: (step) => this.#wants(step),
    })
    if (said === null || 'failed' in said) {
      const refused = this.#failed(said)
      return this.#ended(refused === null ? null : { kind: 'refuse', reply: refused }, 'deferred')
    }
    return this.#judge(said, changes)
  }

  /** Tells it the envelope of a message that came by no session; whom it refuses, for him the message is refused. */
  async #hand({ account, sender, recipients, size, id }: FilteredMessage, client: Client): Promise<StageAnswer> {
    const request: MailRequest = { sender: null, size, body: '8BITMIME', utf8: false, returnContent: null, envelopeId: null }
    const asked = await this.#begin({ ...mailStep(request), address: sender }, client, account)
    if (asked !== null || this.#transaction === null) return asked
    for (const address of recipients.slice(0, MOST_RECIPIENTS)) {
      const refused = await this.recipient({ recipient: { address } })
      if (refused !== null) return refused
    }
    return this.data(client, id)
  }

  reset(): void {
    this.#drop()
  }

  closed(): void {
    this.#isClosed = true
    this.giveUp()
  }

  giveUp(): void {
    const link = this.#link
    this.#link = null
    this.#transaction = null
    this.#pool.works(this)
    if (link !== null) this.#pool.giveBack(link)
  }

  #judge(said: Verdict, changes: () => Exclude<MessageAnswer, null>): MessageAnswer {
    switch (said.verdict) {
      case 'continue':
      case 'accept': {
        const answer = changes()
        if (answer.kind === 'hold') return this.#ended(answer, 'quarantined')
        if (said.changes.header.length + said.changes.recipients.length > 0 || said.changes.body || said.changes.sender)
          this.#pool.count('changed')
        return this.#ended(answer, 'accepted')
      }
      case 'discard':
        return this.#ended({ kind: 'ignore' }, 'discarded')
      default: {
        const reply = refusalOf(said)
        if (reply === null) return this.#ended(null, 'accepted')
        return this.#ended({ kind: 'refuse', reply }, reply.code < 500 ? 'deferred' : 'rejected')
      }
    }
  }

  /** The milter's part in this message is over. */
  #ended<A extends MessageAnswer>(answer: A, what: 'accepted' | 'rejected' | 'deferred' | 'discarded' | 'quarantined'): A {
    this.#pool.count('messages')
    this.#pool.count(what)
    this.#transaction = null
    this.#rest()
    return answer
  }

  #drop(): void {
    const isUnderWay = this.#transaction !== null
    this.#transaction = null
    if (isUnderWay) this.#link?.abort()
    this.#rest()
  }

  /** Others may have the connection until the next message. */
  #rest(): void {
    if (this.#link === null) return
    if (this.#pool.isClosed) this.giveUp()
    else this.#pool.idles(this)
  }

  /** The owner changed it: the next mail is for what it is now, if it is there at all. */
  #isFollowed(): boolean {
    this.giveUp()
    const now = this.#parts.poolOf(this.#milter.name)
    if (now !== undefined) this.#pool = now
    return now !== undefined
  }

  #isForAll(client: Client): boolean {
    const { ways, accounts } = this.#milter
    return accounts.length === 0 && !isInjection(client) && ways.includes('submission') && ways.includes('inbound')
  }

  #isFor(client: Client, account: AccountId | null): boolean {
    const { ways, accounts } = this.#milter
    if (!ways.includes(wayOf(client, account !== null))) return false
    return accounts.length === 0 || (account !== null && accounts.includes(account))
  }

  #wants(step: StepName): boolean {
    const name = OWN_NAMES[step]
    return this.#link !== null && this.#link.wants(step) && (name === undefined || !this.#milter.skip.includes(name))
  }

  /** Connects where that was not done, and tells who the client is; with `helo`, also what it called itself. */
  async #meet(helo: boolean): Promise<Said> {
    this.#pool.works(this)
    if (this.#link?.isUsable === true) return null
    this.#link = null
    const lease = await this.#pool.take()
    if ('failed' in lease) return lease
    if (this.#gone(lease.link)) return null
    const said = await this.#introduce(lease.link, helo)
    // What was kept may have been left by the milter meanwhile: that says nothing of how it is now.
    if (!lease.isKept || said === null || !('failed' in said) || said.failed !== 'gone' || this.#isClosed) return said
    const fresh = await this.#pool.open()
    if ('failed' in fresh) return fresh
    return this.#gone(fresh.link) ? null : this.#introduce(fresh.link, helo)
  }

  /** The client left while a connection was made. */
  #gone(link: MilterLink): boolean {
    if (this.#isClosed) this.#pool.giveBack(link)
    else this.#link = link
    return this.#isClosed
  }

  async #introduce(link: MilterLink, helo: boolean): Promise<Said> {
    const client = this.#client
    const said = await this.#ofSession(connectStep(client), connectMacros(client, this.#parts.server))
    if ((said !== null && !goesOn(said)) || !helo || this.#isPassed || this.#link !== link) return said
    return this.#ofSession({ step: 'helo', name: isInjection(client) ? 'localhost' : client.helo }, heloMacros(client))
  }

  /** A session cannot be dropped and taken at once: to discard is said of messages alone. */
  async #ofSession(step: Step, macros: Macros): Promise<Said> {
    const said = await this.#ask(step, macros)
    if (said === null || 'failed' in said) return said
    if (said.verdict === 'accept') this.#isPassed = true
    return said.verdict === 'discard' ? null : said
  }

  async #ask(step: Step, macros: Macros): Promise<Said> {
    const link = this.#link
    if (link === null) return { failed: 'gone', why: 'closed the connection' }
    const name = OWN_NAMES[step.step]
    if (name !== undefined && this.#milter.skip.includes(name)) return null
    const began = this.#parts.clock.mono()
    const said = await link.ask(step, macros, stepLimit(this.#milter.timeouts, step.step))
    this.#pool.count('waited', this.#parts.clock.mono() - began)
    if (said !== null && !('failed' in said)) this.#pool.answered()
    return said
  }

  /** What it said at a step, as an answer to the session. */
  #heed(said: Said, isOfSession: boolean): StageAnswer {
    if (said === null) return null
    if ('failed' in said) {
      // A session goes on: whether the milter is needed is known when there is mail.
      const refused = this.#failed(said)
      return refused === null || isOfSession ? null : { kind: 'refuse', reply: refused }
    }
    if (this.#transaction !== null && said.verdict === 'accept') this.#transaction.state = 'passed'
    if (this.#transaction !== null && said.verdict === 'discard') this.#transaction.state = 'discarded'
    const reply = refusalOf(said)
    return reply === null ? null : { kind: 'refuse', reply }
  }

  /** What the owner wants then; null: mail goes on without it. */
  #failed(failure: MilterFailure | null) {
    this.#link = null
    this.#pool.works(this)
    if (this.#isClosed) return null
    if (failure !== null) this.#pool.failed(failure)
    if (this.#transaction !== null) this.#transaction.state = 'passed'
    return failureReply(this.#milter.onFailure)
  }
}

function goesOn(said: Verdict | MilterFailure): said is Extract<Verdict, { readonly verdict: 'continue' | 'accept' }> {
  return !('failed' in said) && (said.verdict === 'continue' || said.verdict === 'accept')
}
