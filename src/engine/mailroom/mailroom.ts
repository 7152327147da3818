// Mail for the installation's own domains: read, told of, and gone, or sent on to people. It has a queue and a bound of its own, so that no
// message that is slow to read holds other mail. What it says and the end of its recipients are one commit, so that a crash repeats nothing.
//
// A job is here:
//   waiting   in the queue, in stage `routing`: whoever claims it takes it out  → reading
//   reading   in stage `sending`: the reader, the index of what was sent        → settled, put off, held
import { ANONYMOUS_ACCOUNT, type Domain, type Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { type AttemptTarget, type FeedbackEvent, OWN_SITE, type PeerReply } from '../../contract/events.ts'
import type { ReportKind } from '../../contract/feedback.ts'
import type { OwnDomain } from '../../contract/settings.ts'
import { ourDomains, sumsOf } from '../../message/report-sums.ts'
import type { ReportedRecipient } from '../../message/report/types.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { needsUtf8For } from '../accept/head-facts.ts'
import type { CourierRoom } from '../deliver/courier-room.ts'
import { isUnmergeable, Rests } from '../deliver/merged.ts'
import type { Inbox, LastSent, Proof, Reading } from '../ports/feedback.ts'
import type { Body, MessageHead, NewMessage } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Decision, deliver, keptLetter, NOWHERE, steward } from '../settle/decisions.ts'
import { consequencesOf, type Traced } from './consequences.ts'
import { Forwarder } from './forward.ts'
import { tokenIn } from './trace-token.ts'

const HERE: AttemptTarget = { ...NOWHERE, site: OWN_SITE }
const MOST_AT_ONCE = 256
/** Of all that is read at once; one that is larger is read alone. */
const MOST_OCTETS = 32 * 1024 * 1024
/** Beyond so many the rest waits on disk. */
const MOST_WAITING = 1000
const AGAIN_AFTER: Ms = 5000
const SOON: Ms = 1000
/** So long the desk may take to come to what was sent a moment ago: it was away, or has much to tell. */
const CATCHES_UP: Ms = 10 * 60_000
const NOT_YET = 'What it is about is not in the index of what was sent (yet).'
/** How often over `inbound.held_size` nothing is held any more. */
const OVERFULL = 2
/** Searches for whose a bounce is, and how far they go back. */
const MOST_SEARCHES = 30
const MINUTE: Ms = 60_000
const SEARCHED: Ms = 5 * 86_400_000
/** What people ask for. */
const WISHES: ReadonlySet<ReportKind> = new Set(['unsubscribe', 'subscribe', 'addressChange'])
const NOT_FOR_PEOPLE = ''
const NO_ROOM = 'More is held for the domain than inbound.held_size says.'
/** All of a header, for whoever it is sent on to. */
const BEGINNING = 1024 * 1024

export interface MailroomParts extends Inbox {
  readonly room: CourierRoom
}

/** What becomes of a message. */
type Outcome =
  | { readonly kind: 'taken'; readonly said: string; readonly told: readonly FeedbackEvent[]; readonly append: readonly NewMessage[] }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string; readonly after?: Ms }

export class Mailroom {
  readonly #parts: MailroomParts
  readonly #forwarder: Forwarder
  #queue: Job[] = []
  #next = 0
  #reading = 0
  #octets = 0
  readonly #asleep = new Set<Domain>()
  readonly #searches = new SlidingCounts(MINUTE, 1)

  constructor(parts: MailroomParts) {
    this.#parts = parts
    this.#forwarder = new Forwarder(parts.room.around, parts.reader)
  }

  /** Messages that are being read. */
  get reading(): number {
    return this.#reading
  }

  /** Messages in memory before they are read. */
  get waiting(): number {
    return this.#queue.length - this.#next
  }

  owns(domain: Domain): boolean {
    const { ownDomains } = this.#parts.room.around.settings()
    return ownDomains.size > 0 && ownDomains.has(domain)
  }

  /** Whether a stranger may write to people there: it is sent on, or there is room to hold it. */
  mayTake(own: OwnDomain): boolean {
    return this.#fill(own.domain) < 1 || this.#forwarder.hasTurns(own)
  }

  /** What becomes of letters that were sent on. */
  kept(head: MessageHead, decisions: readonly Decision[]): readonly Decision[] {
    return decisions.map((one) => keptLetter(head, one, this.#fill(one.row.domain) < 1 ? null : NO_ROOM))
  }

  /** How much of what may be held for the domain is. */
  #fill(domain: Domain): number {
    const { config, workers } = this.#parts.room.around
    return (this.#parts.room.scheduler.held.octetsOf(domain) * workers) / config['inbound.held_size']
  }

  /** The domain is looked at again when there is room. */
  isFull(domain: Domain): boolean {
    if (this.waiting < MOST_WAITING) return false
    this.#asleep.add(domain)
    return true
  }

  offer(job: Job): void {
    this.#queue.push(job)
    this.#begin()
  }

  #begin(): void {
    while (this.#reading < MOST_AT_ONCE && !this.#parts.room.isStopping) {
      const job = this.#take()
      if (job === undefined) return
      const { size } = job.message.head
      this.#reading++
      this.#octets += size
      job.stage = 'sending'
      void this.#handle(job).finally(() => {
        this.#reading--
        this.#octets -= size
        this.#begin()
      })
    }
  }

  /** The next that nobody claimed meanwhile, and that there is room for. */
  #take(): Job | undefined {
    for (;;) {
      const size = this.#queue[this.#next]?.message.head.size ?? 0
      if (this.#reading > 0 && this.#octets + size > MOST_OCTETS) return undefined
      const job = this.#queue[this.#next++]
      if (this.#next > MOST_WAITING || job === undefined) {
        this.#queue = this.#queue.slice(this.#next)
        this.#next = 0
      }
      if (job === undefined) return undefined
      if (this.#asleep.size > 0 && this.waiting < MOST_WAITING / 2) this.#wake()
      if (job.stage === 'routing' && job.rows.length > 0) return job
    }
  }

  #wake(): void {
    const domains = [...this.#asleep]
    this.#asleep.clear()
    for (const domain of domains) this.#parts.room.scheduler.wakeDomain(domain)
  }

  async #handle(job: Job): Promise<void> {
    const { room } = this.#parts
    const { around } = room
    try {
      const outcome = await this.#outcomeOf(job)
      if (outcome.kind === 'later') return room.postpone(job, around.clock.now() + (outcome.after ?? AGAIN_AFTER), outcome.reason)
      await room.settle(job, this.#decisions(job, outcome), false, outcome.kind === 'taken' ? outcome : undefined)
    } catch (error) {
      // Nothing of it is committed: it is in hand until a restart, as with every settlement that fails.
      around.log.error('What came for an own domain could not be settled.', { id: job.message.head.id, error: messageOf(error) })
    }
  }

  #decisions(job: Job, outcome: Exclude<Outcome, { kind: 'later' }>): readonly Decision[] {
    const { clock, random } = this.#parts.room.around
    const { head } = job.message
    const now = clock.now()
    if (outcome.kind === 'held') {
      // What was taken before the bound was reached is held still; what addresses with tokens are written without end is not.
      const isFull = this.#fill(job.rows[0]?.domain ?? ('' as Domain)) >= OVERFULL
      const act = isFull ? ({ kind: 'deleted', reason: `${NO_ROOM} ${outcome.reason}` } as const) : outcome
      return job.rows.map((row) => steward(head, row, { ...act, by: 'hms', now }))
    }
    const reply: PeerReply = { code: 250, enhanced: '2.0.0', text: outcome.said }
    const attempt = { target: HERE, now, schedule: this.#parts.room.schedule, random }
    return job.rows.map((row) => deliver(head, row, attempt, reply))
  }

  async #outcomeOf(job: Job): Promise<Outcome> {
    const { room, reader } = this.#parts
    const { head } = job.message
    const own = room.around.settings().ownDomains.get(job.rows[0]?.domain ?? ('' as Domain))
    // Taken away since: the next attempt goes where its MX leads.
    if (own === undefined) return { kind: 'later', reason: 'The domain is none of ours any more.' }
    let body: Body
    try {
      const { spool } = room.around
      const [row] = job.rows
      if (head.merge === true && row !== undefined) body = { kind: 'bytes', bytes: (await room.merged.make(head, row)).octets }
      else body = job.message.body === null ? await spool.body(head.id) : { kind: 'bytes', bytes: job.message.body }
    } catch (error) {
      if (isUnmergeable(error)) return { kind: 'held', reason: messageOf(error) }
      if (error instanceof Rests) return { kind: 'later', reason: error.message, after: error.until - room.around.clock.now() }
      return { kind: 'later', reason: `It cannot be read from disk: ${messageOf(error)}` }
    }
    let reading: Reading
    try {
      reading = await reader.read({ body, sender: head.sender })
    } catch (error) {
      // A reader that is taken away says nothing of the message.
      if (room.isStopping) return { kind: 'later', reason: 'The server stopped while it was read.' }
      return { kind: 'held', reason: `Unreadable: ${messageOf(error)}` }
    }
    try {
      return await this.#consider(job, own, { body, reading })
    } catch (error) {
      return { kind: 'later', reason: `It could not be sent on: ${messageOf(error)}` }
    }
  }

  async #consider(job: Job, own: OwnDomain, { body, reading }: { readonly body: Body; readonly reading: Reading }): Promise<Outcome> {
    const { settings, clock } = this.#parts.room.around
    const { head } = job.message
    const { kind } = reading.report
    if (kind === 'unknown') return this.#toPeople(job, own, { body, reading })
    if (kind === 'report') return this.#sum(reading)
    const traced = await this.#trace(job, reading)
    if (traced === 'unanswered') return { kind: 'later', reason: 'The index of what was sent does not answer.' }
    if (traced === 'ahead') return { kind: 'later', reason: 'The index of what was sent has not come so far.', after: 2 * SOON }
    // The desk may not have come so far: once is enough.
    if (traced?.sent === null && job.rows[0]?.lastReply !== NOT_YET) return { kind: 'later', reason: NOT_YET, after: SOON }
    const arrival = { id: head.id, account: head.account, at: clock.now() }
    const probably = traced === null && kind === 'bounce' ? await this.#probably(own, reading) : null
    const told = consequencesOf(reading, arrival, { traced, reporters: settings().reporters, probably })
    // Nobody but a person can follow a wish that nothing proves.
    const onward = WISHES.has(kind) && (traced?.sent ?? null) === null ? await this.#sentOn(job, own, { body, reading }) : NOT_FOR_PEOPLE
    return { kind: 'taken', said: `Read: ${kind}`, told, append: typeof onward === 'string' ? [] : [onward] }
  }

  async #sum({ report: { aggregate }, proof }: Reading): Promise<Outcome> {
    const { sums } = this.#parts
    const found = aggregate === null ? [] : sumsOf(aggregate, this.#whose(proof))
    try {
      if (found.length > 0) await sums.take(found)
    } catch {
      return { kind: 'later', reason: 'Who keeps the sums of reports does not answer.' }
    }
    return { kind: 'taken', said: `Read: report, ${found.length} summed`, told: [], append: [] }
  }

  #whose(proof: Proof): Parameters<typeof sumsOf>[1] {
    const { settings, clock } = this.#parts.room.around
    return { reporter: provedDomain(proof), isOurs: ourDomains(settings()), now: clock.now() }
  }

  async #trace(job: Job, { report }: Reading): Promise<Traced | null | 'unanswered' | 'ahead'> {
    const { room, sent } = this.#parts
    const token = tokenIn(job.rows, report.tokens, room.around.settings().tokenKeys)
    if (token === null) return null
    try {
      const found = await sent.find(token.message, token.n)
      const isYoung = room.around.clock.now() - job.message.head.acceptedAt < CATCHES_UP
      return found === 'ahead' ? (isYoung ? 'ahead' : { token, sent: null }) : { token, sent: found }
    } catch {
      return 'unanswered'
    }
  }

  /** Whose a bounce without a token probably is: what was last sent to the first address that it names. Seldom, as it costs the desk a search. */
  async #probably(own: OwnDomain, { report }: Reading): Promise<{ of: ReportedRecipient; sent: LastSent } | null> {
    const { clock } = this.#parts.room.around
    const now = clock.now()
    const of = report.recipients.find(({ address }) => address !== null)
    if (of?.address == null || this.#searches.count('', now) >= MOST_SEARCHES) return null
    this.#searches.add('', now)
    const found = await this.#parts.sent.search(of.address, now - SEARCHED).catch(() => [])
    const [last] = found
    // Of an account it learns nothing about others.
    const isTheirs = last !== undefined && (own.account ?? ANONYMOUS_ACCOUNT) !== ANONYMOUS_ACCOUNT && own.account !== last.account
    if (last === undefined || isTheirs || found.some(({ account }) => account !== last.account)) return null
    return { of, sent: { account: last.account, message: last.message, at: last.at } }
  }

  async #toPeople(job: Job, own: OwnDomain, read: { readonly body: Body; readonly reading: Reading }): Promise<Outcome> {
    const made = await this.#sentOn(job, own, read)
    if (typeof made === 'string') return { kind: 'held', reason: made }
    return { kind: 'taken', said: `Sent on to ${own.forwardTo} as ${made.head.id}`, told: [], append: [made] }
  }

  /** The message for the owner, or why it stays here. */
  async #sentOn(
    job: Job,
    own: OwnDomain,
    { body, reading }: { readonly body: Body; readonly reading: Reading },
  ): Promise<NewMessage | string> {
    const { spool } = this.#parts.room.around
    const { head, shard } = job.message
    const [{ address } = { address: '' }] = job.rows
    const octets = body.kind === 'bytes' ? body.bytes : await spool.beginning(head.id, BEGINNING)
    const beginning = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
    const reason = this.#forwarder.refuse(own, { head, beginning, client: reading.client })
    if (reason !== null || own.forwardTo === null) return reason ?? ''
    return await this.#forwarder.make(
      own,
      { head: { ...head, utf8: needsUtf8For(head, address) }, body, beginning, proof: reading.proof },
      { shard, to: own.forwardTo },
    )
  }
}

/** Whose the message is: of the author, or of who signed or sent it. */
function provedDomain({ dmarc, dkim, spf }: Proof): string | null {
  if (dmarc.result === 'pass') return dmarc.domain
  const signed = dkim.find(({ result }) => result === 'pass')
  if (signed !== undefined) return signed.domain
  return spf.result === 'pass' ? spf.sender.slice(spf.sender.lastIndexOf('@') + 1) : null
}
