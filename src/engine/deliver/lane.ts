// One connection to a site and the loop that feeds it: take a job, send it, settle what came of it, and take the next while that
// is being committed: its final dot waits for the commit before it, so that a crash repeats at most one transaction.
import { needsUtf8For } from '../accept/head-facts.ts'
import { crashPoint } from '../../base/crash-point.ts'
import type { Domain, Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { AttemptTarget } from '../../contract/events.ts'
import { isExpired } from '../../policy/retry.ts'
import type { Grant } from '../../policy/limits/limit-book.ts'
import type { ConnectionChange } from '../ports/delivery-filters.ts'
import type { OutboundConnection, RecipientResult } from '../ports/outbound.ts'
import type { Body, MessageHead, QueuedRecipient } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Attempt, type Cause, type Decision, defer, expire, expiryOf, fail } from '../settle/decisions.ts'
import { waitsForWindow } from './closed-windows.ts'
import type { CourierRoom } from './courier-room.ts'
import { keepDialog } from './kept-dialogs.ts'
import { type Circumstances, judgeResults } from './outcome.ts'
import { isOfTemplate, isUnmergeable, Rests } from './merged.ts'
import { mendOf, mergedOf, type Outgoing, outgoingOf, unfitFor } from './outgoing.ts'
import type { Place } from './places.ts'
import { postingOf, unfitPost } from './posting.ts'
import { hasOtherAddress } from './routing.ts'
import type { Site } from './site.ts'
import { sourceOf } from './sources.ts'
import { dropSuppressed, listToAsk, unreadable } from './still-suppressed.ts'
import { holdsSuspended } from './suspended.ts'

/** Lost connections of one job before it waits for its schedule. */
const MOST_LOSSES = 2
/** A connection that others want goes on for so long since it was opened, so that it was worth opening. */
const TURN: Ms = 2000
/** What was granted so long ago is given back, as other messages left meanwhile. */
const LATE: Ms = 250
const LISTED = 'deliverystatuscodes.list asks for this alert.'

export interface LaneParts {
  readonly room: CourierRoom
  readonly site: Site
  readonly connection: OutboundConnection
  /** What the limits granted to the connection, until its end. */
  readonly grant: Grant | null
  /** Only mail of higher priority uses it. */
  readonly isKept: boolean
  /** What it has under the limit of all connections. */
  readonly place: Place
  /** What holds for it in the place of what rules say; null: nothing else. */
  readonly change?: ConnectionChange | null
}

export class Lane {
  readonly #room: CourierRoom
  readonly #site: Site
  readonly #connection: OutboundConnection
  readonly #target: AttemptTarget
  readonly grant: Grant | null
  readonly isKept: boolean
  readonly place: Place
  readonly #openedAt: Ms
  readonly #change: ConnectionChange | null
  /** Commit of the outcome before. */
  #previous: Promise<void> | null = null
  #sent = 0
  /** Recipients that the peer was told on it. */
  #named = 0
  #idle: (() => void) | null = null
  /** Domains whose mail it carried, where sessions are counted. */
  #carried: Set<Domain> | null = null
  #isEnded = false
  #isCut = false
  /** The transaction under way was begun: it counts. */
  #hasBegun = false
  idleSince: Ms = 0
  /** What its transaction is about; null: none is under way. */
  current: Job | null = null
  /** Others want what it holds. */
  givesWay = false

  constructor({ room, site, connection, grant, isKept, place, change = null }: LaneParts) {
    this.#room = room
    this.#change = change
    this.grant = grant
    this.isKept = isKept
    this.place = place
    this.#openedAt = room.around.clock.mono()
    this.#site = site
    this.#connection = connection
    const { peer, target } = connection
    const { localAddress, tls } = peer
    const { host: remoteHost, address: remoteAddress } = target
    this.#target = { site: site.plan.name, remoteHost, remoteAddress, localAddress, ...sourceOf(site.source), tls }
    connection.onEnd(() => this.end())
  }

  /** There is work: looks at the queue. */
  wake(): void {
    this.#idle?.()
  }

  /** Ends it as soon as nothing is being sent. */
  end(): void {
    this.#isEnded = true
    this.wake()
  }

  get isEnding(): boolean {
    return this.#isEnded
  }

  get isSending(): boolean {
    return this.current !== null
  }

  /** The name of its site. */
  get siteName(): string {
    return this.#site.plan.name
  }

  /** Where it leads, as it is shown. */
  get peer(): string {
    const { host, address } = this.#connection.target
    return `${host} [${address}]`
  }

  /** Keys of the limits that count it. */
  get held(): readonly string[] {
    return this.grant === null ? [] : this.grant.asks.flatMap(({ key, span }) => (span === null ? [key] : []))
  }

  holds(key: string): boolean {
    return this.grant?.asks.some((ask) => ask.span === null && ask.key === key) === true
  }

  get isIdle(): boolean {
    return this.#idle !== null
  }

  /** Ends it for others: at once where it has no work, otherwise between two messages when it had its turn. */
  giveWay(): void {
    this.givesWay = true
    this.wake()
  }

  abort(): void {
    this.#isCut = true
    this.end()
    void this.#connection.close('abort')
  }

  async run(): Promise<void> {
    try {
      for (let job = await this.#next(); job !== null; job = await this.#next()) await this.#deliver(job)
    } catch (error) {
      this.#room.around.log.error('A connection ended by a defect.', { site: this.#site.plan.name, error: messageOf(error) })
    }
    this.#site.lanes.noLongerIdle(this)
    // The outcome of the last message keeps the connection's place until it is committed.
    await this.#previous?.catch(() => undefined)
    this.#site.ended(this)
    await this.#connection.close(this.#connection.usable ? 'quit' : 'abort')
    // Not before the peer sees it closed: it may count as well.
    this.#site.limits.closed(this.grant)
  }

  get #mayGoOn(): boolean {
    if (this.#isEnded || this.#room.isStopping || this.#site.isBackingOff || !this.#connection.usable) return false
    if (this.givesWay && this.#room.around.clock.mono() - this.#openedAt >= TURN) return false
    const most = this.#change?.messages_per_connection ?? this.#site.effective.settings.messages_per_connection
    return this.#sent < most && this.#recipientsLeft > 0
  }

  /** Recipients that it may have yet. */
  get #recipientsLeft(): number {
    const most = this.#change?.recipients_per_connection ?? this.#site.effective.settings.recipients_per_connection
    return (most ?? Infinity) - this.#named
  }

  async #next(): Promise<Job | null> {
    while (this.#mayGoOn) {
      const stalled = this.#room.settler.stalled
      if (stalled !== null) {
        await stalled
        continue
      }
      const job = this.#site.take(this.#sent === 0, this.isKept, this.#recipientsLeft)
      if (job !== null) return job
      if (this.givesWay) return null
      await this.#sleep()
    }
    return null
  }

  #sleep(): Promise<void> {
    this.idleSince = this.#room.around.clock.mono()
    return new Promise((resolve) => {
      this.#idle = () => {
        this.#idle = null
        this.#site.lanes.noLongerIdle(this)
        resolve()
      }
      this.#site.idle(this)
    })
  }

  async #deliver(job: Job): Promise<void> {
    const { notes, around } = this.#room
    const { grant } = job
    job.grant = null
    this.current = job
    this.#hasBegun = false
    await notes.begin(job.message)
    try {
      await this.#attempt(job, grant)
    } catch (error) {
      around.log.error('A delivery ended by a defect; it is tried again.', { id: job.message.head.id, error: messageOf(error) })
      // By the schedule: at once it would meet the same defect, again and again.
      if (job.stage === 'sending') this.#deferAll(job, `A defect of this server: ${messageOf(error)}`)
      this.#isEnded = true
    } finally {
      this.current = null
      this.#site.limits.left(grant, this.#hasBegun)
      if (this.#previous === null) notes.end(job.message)
      else
        void this.#previous.then(
          () => notes.end(job.message),
          () => notes.end(job.message),
        )
    }
  }

  async #attempt(job: Job, grant: Grant | null): Promise<void> {
    if (holdsSuspended(this.#room, job, this.siteName, this.#site.source.name) || waitsForWindow(this.#room, job, this.#windowFor(job)))
      return
    const { head } = job.message
    const attempt = this.#now(job)
    if (isExpired(expiryOf(head, attempt.schedule), attempt.now))
      return this.#settleAll(job, (row) => expire(head, row, { ...attempt, cause: null }))
    const utf8 = needsUtf8For(head, job.rows[0]?.address ?? '')
    const unfit = unfitFor(head, this.#connection.peer, utf8) ?? unfitPost(this.#room, job)
    if (unfit !== null) return this.#settleAll(job, (row) => fail(head, row, attempt, unfit))
    const list = listToAsk(this.#room, job)
    if (list !== null && (await this.#dropsSuppressed(job, list))) return
    const memory = this.#memoryFor(head)
    using _memory = memory === null ? null : await memory
    const ready = await this.#prepare(job)
    if (ready === null) return
    if (!this.#connection.usable) return this.#site.pushAgain(job)
    // Windows have room for that much between what is counted and what the peer sees. Read once, the message is ready soon the next time.
    if (grant !== null && !job.wasLate && this.#room.around.clock.now() - grant.at > LATE) {
      job.wasLate = true
      return this.#site.pushAgain(job)
    }
    const { envelopeId, returnContent, eightBit, binary, wireReady, size } = head
    const requireTls = head.tls === 'required'
    const envelope = { recipients: job.rows, envelopeId, returnContent, size, utf8, eightBit, binary, wireReady, requireTls }
    this.#room.tlsSessions?.used(job, this.#connection, (this.#carried ??= new Set()))
    crashPoint('delivery-begun')
    this.#hasBegun = true
    const results = await this.#connection.send({ ...envelope, ...ready, mayFinish: this.#previous })
    crashPoint('delivery-answered')
    this.#sent++
    this.#named += job.rows.length
    this.#settle(job, results)
  }

  /** Of what is in memory as a whole while it is sent. */
  #memoryFor(head: MessageHead): Promise<Disposable | null> | null {
    if (this.#site.plan.reachedBy === 'post') return this.#room.largePosts.take(head.account, head.size)
    return head.merge === true ? this.#room.merged.room(head) : null
  }

  #windowFor(job: Job): string | null {
    return this.#room.around.rules().windows.size === 0 ? null : this.#site.effectiveFor(job).settings.window
  }

  /** Whether nothing of it is left to be sent now. */
  async #dropsSuppressed(job: Job, list: string): Promise<boolean> {
    try {
      const { commit, isAll } = await dropSuppressed(this.#room, job, list)
      if (commit !== null) this.#follow(commit)
      this.#room.alerts.clear('suppression')
      return isAll
    } catch (error) {
      const reason = unreadable(error)
      this.#room.alerts.raise(
        'suppression',
        reason,
        'Mail of accounts that check it waits. Mend the disk, or restore the file from a backup.',
      )
      this.#deferAll(job, reason)
      return true
    }
  }

  #now(job: Job): Attempt {
    const { around } = this.#room
    return {
      target: this.#site.limits.targetOf(job, this.#target),
      now: around.clock.now(),
      schedule: this.#site.effectiveFor(job).retry,
      random: around.random,
    }
  }

  /** The return path, the body and what stands in front of it; null where they cannot be had now, and the job was dealt with. */
  async #prepare(job: Job): Promise<Outgoing | null> {
    const { message } = job
    try {
      if (this.#site.plan.reachedBy === 'post') return await postingOf(this.#room, job)
      if (message.head.merge === true) return await mergedOf(this.#room, job)
      const body: Body =
        message.body === null ? await this.#room.around.spool.body(message.head.id) : { kind: 'bytes', bytes: message.body }
      if (message.head.perRecipient === true) return await outgoingOf(this.#room, job, body)
      message.prefix ??= this.#room.signer.sign(message.head, body)
      return { sender: message.head.sender, body, prefix: await message.prefix }
    } catch (error) {
      message.prefix = null
      if (isUnmergeable(error)) return this.#failMerge(job, messageOf(error))
      if (error instanceof Rests) {
        this.#room.postpone(job, error.until, error.message)
        return null
      }
      const reason = messageOf(error)
      // What a customer's template does is nothing that the owner can mend.
      if (!isOfTemplate(error))
        this.#room.alerts.raise(`message ${message.head.id}`, `Message ${message.head.id} cannot be sent: ${reason}`, mendOf(error))
      this.#deferAll(job, reason)
      return null
    }
  }

  /** It would be the same at the next attempt. */
  #failMerge(job: Job, reason: string): null {
    const attempt = this.#now(job)
    this.#settleAll(job, (row) => fail(job.message.head, row, attempt, { code: 2999, reason, reply: null, status: '5.6.0' }))
    return null
  }

  /** For a reason of our own. */
  #deferAll(job: Job, reason: string): void {
    const attempt = this.#now(job)
    const cause: Cause = { code: 9999, reason, reply: null, status: '4.3.0' }
    this.#settleAll(job, (row) => defer(job.message.head, row, attempt, cause))
  }

  #settleAll(job: Job, decide: (row: QueuedRecipient) => Decision): void {
    this.#follow(this.#room.settle(job, job.rows.map(decide), false))
  }

  #settle(job: Job, results: readonly RecipientResult[]): void {
    const { message } = job
    this.#room.notes.answered(
      message,
      job.rows.filter((_row, i) => results[i]?.kind === 'accepted'),
    )
    if (this.#isCut)
      this.#room.cutAfterFinalDot(
        message.head.id,
        job.rows.filter((_row, i) => results[i]?.kind === 'perhaps'),
      )
    const isReused = this.#sent > 1
    const mayRetry = job.losses < MOST_LOSSES && (isReused || hasOtherAddress(this.#site.plan, this.#connection.target.address))
    const lists = this.#room.around.lists?.current ?? null
    const { plan } = this.#site
    // The simulator stands for many servers: what one of its addresses says of us is not true of the others.
    const isOne = plan.reachedBy !== 'simulator'
    const known: Circumstances['known'] = (domain, reply) => (isOne ? this.#room.blocks.find(plan, domain, reply) : [])
    const around = { ...this.#now(job), mayRetry, isReused, lists, known }
    const judged = judgeResults(message.head, job.rows, results, around)
    keepDialog(this.#room, job, { connection: this.#connection, judged, at: around.now })
    for (const alert of judged.alerts) this.#room.alerts.raise(`list ${this.#site.plan.name} ${alert}`, alert, LISTED, true)
    if (judged.isWelcome) this.#site.isWelcome()
    if (judged.again.length > 0) this.#again(job, judged.again, isReused)
    const isAboutUs = isOne && (judged.source !== null || judged.known.length > 0)
    if (isAboutUs) for (const { domain } of job.rows) this.#site.asleep.add(domain)
    this.#site.ease.act(judged.known, message.head)
    // What rules know of is theirs.
    if (isOne) this.#site.ease.answered(judged.known.length === 0 ? results : [], around.now)
    if (judged.source !== null && isOne) this.#site.backOff(judged.source)
    if (judged.decisions.length === 0) return
    this.#follow(this.#room.settle(job, judged.decisions, this.#connection.peer.extensions.dsn))
  }

  #again(job: Job, rows: readonly Job['rows'][number][], isReused: boolean): void {
    if (!isReused) this.#site.distrust(this.#connection.target.address)
    const part = this.#room.scheduler.inHand.split(job, [...rows], 'ready')
    part.losses++
    this.#site.pushAgain(part)
  }

  /** The next final dot waits for this commit and for those before it. */
  #follow(commit: Promise<void>): void {
    const before = this.#previous
    this.#previous = before === null ? commit : Promise.all([before, commit]).then(() => undefined)
    // Where nothing follows, nobody else looks at it; the settler has told the log.
    this.#previous.catch(() => undefined)
  }
}
