// Brings what is due from disk into memory and hands it to the courier. A new message goes straight there while its domain has
// nothing older outside memory; otherwise it stays on disk and is found by a refill. One timer, no timer per message: an
// idle server costs nothing.
//
// A row of the state `waiting` is, for the scheduler, in one of these places; one function moves it:
//   on disk, counted in its line; the line wakes at its due time      → in hand (`#take`), settled
//   in hand: a job of it is in memory until the commit of its outcome → on disk (`changed`, `putBack`), settled
import type { AccountId, Domain, EpochMs, ShardId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { placeOf } from '../../base/message-id.ts'
import { HIGHEST, type Rank, rankOf } from '../../contract/priority.ts'
import type {
  DomainBacklog,
  HeldRows,
  MessageHead,
  NewMessage,
  NewRecipient,
  QueuedMessage,
  QueuedRecipient,
  RecipientChange,
  Spool,
} from '../ports/spool.ts'
import { spreadDue } from '../../policy/time/spread.ts'
import type { Surroundings } from '../surroundings.ts'
import { HeldCounts } from '../why/held-counts.ts'
import { FarMail } from './far-mail.ts'
import type { HeldMessage, InHand, Job } from './in-hand.ts'
import { firstDue, type Line, Lines } from './lines.ts'
import { type Read, Reads } from './reads.ts'
import { type RefillHost, Refills } from './refills.ts'
import { WakeHeap } from './wake-heap.ts'

/** Takes jobs to their sites. */
export interface Courier {
  offer(job: Job): void
  /** Nothing for the domain is worth taking into memory before; in the past: now. */
  notBefore(domain: Domain): EpochMs
  /** So much of a priority and above waits at the domain's site that the rest stays on disk; it wakes the domain when it has room. */
  isFull(domain: Domain, rank: Rank): boolean
  /** How many jobs of the account wait at the domain's site, of a priority and above. */
  waitingOf(domain: Domain, account: AccountId, rank: Rank): number
  /** Sources of the domain's pool that have little to send there and could send more; null: none. */
  starving(domain: Domain): ReadonlySet<string> | null
  /** The name of what a message leaves from; null: nobody knows. */
  sourceOf(domain: Domain, head: MessageHead): string | null
}

/** A new message may overtake what is on disk while fewer jobs of its account wait: a single mail is not buried under a mailing. */
const OVERTAKING = 16
const TROUBLE_PAUSE = 1000
/** One line has so many octets of `spool.memory` behind it: from as many lines on, what is due much later has none. */
const MEMORY_PER_LINE = 512

/** Rows of one message that go to the courier in the moment of its commit, about; the rest is read from disk, a few at a time. */
const MOST_STRAIGHT = 1000

export class Scheduler implements RefillHost {
  readonly around: Surroundings
  readonly lines = new Lines()
  readonly inHand: InHand
  readonly held: HeldCounts
  readonly #courier: Courier
  readonly #reads = new Reads()
  readonly #heap: WakeHeap
  readonly #refills: Refills
  readonly #mostPerJob: number
  readonly #mostLines: number
  readonly #far: FarMail
  #isStopping = false

  constructor(around: Surroundings, inHand: InHand, courier: Courier) {
    this.around = around
    this.held = new HeldCounts(() => heldIn(around.spool))
    this.inHand = inHand
    this.#courier = courier
    this.#mostPerJob = around.config['delivery.recipients_per_message']
    this.#mostLines = Math.floor(around.config['spool.memory'] / MEMORY_PER_LINE)
    this.#far = new FarMail({ clock: around.clock, read: (shard) => void this.adopt(shard) })
    this.#heap = new WakeHeap(around.clock, (lines) => this.#wake(lines))
    this.#refills = new Refills(this)
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Begins no refill any more. */
  stop(): void {
    this.#isStopping = true
    this.#heap[Symbol.dispose]()
    this.#far[Symbol.dispose]()
  }

  beginRead(): Read {
    return this.#reads.begin()
  }

  /**
   * Fills the map with a shard's backlog, slice by slice; delivery begins with the first. Of a shard that was just taken `old` alone: what
   * comes meanwhile is counted by its commit. Again later: mends counts.
   */
  async adopt(shard: ShardId, which: 'all' | 'old' = 'all'): Promise<void> {
    try {
      this.#far.begin(shard)
      for await (const slice of this.around.spool.backlog(shard, which)) {
        if (this.#isStopping) return
        for (const found of slice) {
          const { domain, waiting, nextDue } = found
          if (!this.#staysFar(shard, domain, waiting, nextDue)) this.#found(this.lines.of(shard, domain), found)
        }
      }
      this.#far.end(shard)
    } catch (error) {
      this.around.log.error('The backlog of a shard could not be read; it is tried again in a minute.', { shard, error: messageOf(error) })
      this.around.clock.after(60_000, () => void this.adopt(shard, which))
    }
  }

  /** It is due much later, and there are too many lines to make one for it. */
  #staysFar(shard: ShardId, domain: Domain, waiting: number, due: EpochMs): boolean {
    if (this.lines.size < this.#mostLines || !this.#far.isFar(due) || this.lines.find(shard, domain) !== undefined) return false
    this.#far.add(shard, waiting, due)
    return true
  }

  /** Recipients waiting. */
  get waiting(): number {
    return this.lines.waiting + this.#far.waiting
  }

  /** Domains with mail that waits, but for those whose mail is all in hand. */
  async *domains(): AsyncGenerator<Domain> {
    for (const { domain } of this.lines.all()) yield domain
    for (const shard of this.#far.shards())
      for await (const slice of this.around.spool.backlog(shard)) for (const { domain } of slice) yield domain
  }

  #found(line: Line, { waiting, nextDue, urgentDue }: DomainBacklog): void {
    if (waiting > line.waiting) this.lines.count(line, waiting - line.waiting)
    if (line.waiting <= line.inHand) return
    if (urgentDue !== null) this.dueFrom(line, urgentDue, true)
    this.dueFrom(line, nextDue, false)
  }

  /** A message was committed: to the courier at once, or counted for a refill. */
  committed({ head, body, recipients, priority, due: first, spread = 0 }: NewMessage): void {
    const { length } = recipients
    const rows = recipients.map((recipient, n): QueuedRecipient => newRow(recipient, n, priority, spreadDue(first, spread, n, length)))
    // A read may have found the message before this was told: what it took is not taken again.
    const found = this.inHand.find(head.id)
    const { shard } = placeOf(head.id)
    let straight = 0
    for (const [domain, all] of byDomain(rows)) {
      if (found === undefined && this.#staysFar(shard, domain, all.length, all[0]?.due ?? first)) continue
      const line = this.lines.of(shard, domain)
      this.lines.count(line, all.length)
      const ofDomain = found === undefined ? all : all.filter(({ n }) => !found.rows.has(n))
      // Those were counted when they were read.
      if (ofDomain.length < all.length) line.unknown = true
      if (ofDomain.length === 0) continue
      // In their order, the first is due first; where the others are later, all are found on disk when it is time.
      const due = spread === 0 ? first : (ofDomain[0]?.due ?? first)
      if (spread === 0 && straight < MOST_STRAIGHT && this.#mayGoStraight(line, head, due)) {
        straight += ofDomain.length
        this.#take(line, head, body, ofDomain)
      } else this.dueFrom(line, due, priority < 0)
    }
  }

  /** A message was committed that waits for a person. */
  heldAtOnce({ head, recipients }: NewMessage, reason: string): void {
    for (const { domain } of recipients) this.held.change(domain, reason, 1, head.size)
  }

  #mayGoStraight(line: Line, head: MessageHead, due: EpochMs): boolean {
    const now = this.around.clock.now()
    const rank = rankOf(head)
    if (this.#isStopping || due > now || this.inHand.isFullFor(rank) || this.#courier.notBefore(line.domain) > now) return false
    const isRead = rank === HIGHEST ? line.urgentDue <= now || line.isUrgent : line.nextDue <= now || line.hungry
    const hasOlder = isRead || this.#courier.isFull(line.domain, rank)
    return !hasOlder || this.#courier.waitingOf(line.domain, head.account, rank) < OVERTAKING
  }

  /** Rows of one domain go in hand and to the courier. */
  #take(line: Line, head: MessageHead, body: Uint8Array | null, rows: QueuedRecipient[]): void {
    for (const row of rows) this.lines.hand(row, line, 1)
    const most = head.perRecipient === true ? 1 : this.#mostPerJob
    for (let at = 0; at < rows.length; at += most) {
      const part = rows.length <= most ? rows : rows.slice(at, at + most)
      this.#courier.offer(this.inHand.take(head, body, part, 'routing'))
    }
  }

  /** Rows read from disk that are due: those that are neither in hand nor settled meanwhile. Returns how many were taken. */
  takeRead(message: QueuedMessage, read: Read): number {
    let taken = 0
    const { head } = message
    for (const [domain, rows] of byDomain(message.recipients)) {
      const isFresh = ({ n, state }: QueuedRecipient): boolean =>
        state === 'waiting' && !this.inHand.has(head.id, n) && !read.isStale(head.id, n)
      // What a filter makes has room for more than it holds, and would keep it as long as the job.
      const fresh = rows.every(isFresh) ? rows : rows.filter(isFresh)
      if (fresh.length === 0) continue
      const line = this.lines.of(placeOf(head.id).shard, domain)
      this.#countAtLeast(line, line.inHand + fresh.length)
      this.#take(line, head, null, fresh)
      taken += fresh.length
    }
    return taken
  }

  /**
   * Takes rows in hand for something else than delivery (expiry, a steward's act, a suspect): those on disk and those that only
   * wait in memory. Rows that are being sent or settled are left alone. Null where nothing is left to claim.
   */
  claim(message: QueuedMessage, read: Read): Job | null {
    const { head } = message
    const rows: QueuedRecipient[] = []
    for (const row of message.recipients) {
      if (read.isStale(head.id, row.n)) continue
      const held = this.inHand.find(head.id)
      const job = held?.rows.has(row.n) === true ? held.jobOf(row.n) : undefined
      if (job === undefined && held?.rows.has(row.n) === true) continue
      if (job !== undefined) {
        const own = job.rows.find(({ n }) => n === row.n)
        if (own === undefined || (job.stage !== 'ready' && job.stage !== 'routing')) continue
        this.inHand.forget(this.inHand.split(job, [own], 'settling'))
        this.inHand.drop(job.message, row.n)
      } else if (row.state === 'waiting') this.#countIn(head, row)
      rows.push(row)
    }
    return rows.length === 0 ? null : this.inHand.take(head, null, rows, 'settling')
  }

  #countIn(head: MessageHead, row: QueuedRecipient): void {
    const line = this.lines.of(placeOf(head.id).shard, row.domain)
    this.lines.hand(row, line, 1)
    this.#countAtLeast(line, line.inHand)
  }

  /** More of it waits than was known: some without a line, where there are such. */
  #countAtLeast(line: Line, waiting: number): void {
    const more = waiting - line.waiting
    if (more <= 0) return
    this.lines.count(line, more)
    this.#far.less(line.shard, more)
  }

  /** Hands what was claimed to the courier, a job a domain. */
  deliver(claimed: Job): void {
    for (const rows of byDomain(claimed.rows).values()) this.#courier.offer(this.inHand.split(claimed, rows, 'routing'))
  }

  /** The outcome of a row in hand is committed. */
  changed(message: HeldMessage, row: QueuedRecipient, change: RecipientChange): void {
    const { id, size } = message.head
    this.#reads.settled(id, row.n)
    this.inHand.drop(message, row.n)
    const line = this.lines.of(message.shard, row.domain)
    if (row.state === 'waiting') this.lines.hand(row, line, -1)
    if (row.state === 'held') this.held.change(row.domain, row.lastReply, -1, size)
    if (change.kind === 'hold') this.held.change(row.domain, change.reason, 1, size)
    const stays = change.kind === 'defer' || change.kind === 'release'
    this.lines.count(line, Number(stays) - Number(row.state === 'waiting'))
    if (change.kind === 'defer' && change.attempts === row.attempts) this.#refills.putOff(line, change.due)
    if (stays) this.dueFrom(line, change.due, row.priority < 0)
    this.#relieved(line)
    if (stays && this.lines.size > this.#mostLines) this.#dropFar(line)
  }

  #dropFar(line: Line): void {
    const due = firstDue(line)
    if (this.#far.isFar(due) && this.lines.drop(line)) this.#far.add(line.shard, line.waiting, due)
  }

  /** Rows in hand go back to disk as they are, to be taken again at `until`: their site takes nothing at the moment. */
  putBack(job: Job, until: EpochMs): void {
    const { message, rows } = job
    this.inHand.forget(job)
    for (const row of rows) {
      this.inHand.drop(message, row.n)
      const line = this.lines.of(message.shard, row.domain)
      this.lines.hand(row, line, -1)
      line.nextDue = Math.min(line.nextDue, row.due)
      if (row.priority < 0) line.urgentDue = Math.min(line.urgentDue, row.due)
      this.#heap.at(line, Math.max(until, row.due))
      this.#relieved(line)
    }
  }

  /** One row of the line left memory: perhaps it, or all that waited for room, may have more. */
  #relieved(line: Line): void {
    this.#refills.relieved(line)
    this.lines.tidy(line)
  }

  /** Something outside memory is due at this time, of the highest priority or not: a refill now, or a time to wake. */
  dueFrom(line: Line, due: EpochMs, isUrgent: boolean): void {
    if (due < line.nextDue) line.nextDue = due
    if (isUrgent && due < line.urgentDue) line.urgentDue = due
    this.#look(line)
  }

  #look(line: Line): void {
    const now = this.around.clock.now()
    if (line.urgentDue <= now) this.#refills.wantUrgent(line)
    if (line.nextDue <= now) this.#refills.want(line)
    const next = Math.min(line.nextDue <= now ? Infinity : line.nextDue, line.urgentDue <= now ? Infinity : line.urgentDue)
    if (next < Infinity) this.#heap.at(line, next)
  }

  wakeAt(line: Line, at: EpochMs): void {
    this.#heap.at(line, at)
  }

  notBefore(line: Line): EpochMs {
    return this.#courier.notBefore(line.domain)
  }

  isFull(line: Line, rank: Rank): boolean {
    return this.#courier.isFull(line.domain, rank)
  }

  starving(line: Line): ReadonlySet<string> | null {
    return this.#courier.starving(line.domain)
  }

  sourceOf(line: Line, head: MessageHead): string | null {
    return this.#courier.sourceOf(line.domain, head)
  }

  /** A read failed: the lines are looked at again after a pause. */
  troubled(lines: readonly Line[], error: unknown): void {
    this.around.log.error('The queue could not be read from disk; it is tried again.', { error: messageOf(error) })
    for (const line of lines) this.#heap.at(line, this.around.clock.now() + TROUBLE_PAUSE)
  }

  #wake(lines: readonly Line[]): void {
    for (const line of lines) {
      if (line.unknown) this.#refills.relieved(line)
      if (firstDue(line) === Infinity) this.lines.tidy(line)
      else this.#look(line)
    }
  }

  /** Recipients of a domain that wait, about. */
  waitingFor(domain: Domain): number {
    let waiting = 0
    for (const line of this.lines.ofDomain(domain)) waiting += line.waiting
    return waiting
  }

  /** The domain's site takes mail again, or someone asked for it: what is due is looked for now. Returns how much that may bring. */
  wakeDomain(domain: Domain): number {
    let asked = 0
    for (const line of this.lines.ofDomain(domain)) {
      if (line.waiting <= line.inHand) continue
      this.#look(line)
      if (line.hungry) asked += line.waiting - line.inHand
    }
    return asked
  }
}

function newRow(recipient: NewRecipient, n: number, priority: number, due: EpochMs): QueuedRecipient {
  const { address, domain, notify, originalRecipient, merge } = recipient
  const row = { address, domain, notify, originalRecipient, n, state: 'waiting', priority, due, attempts: 0, lastReply: null } as const
  return merge === undefined ? row : { ...row, merge }
}

/** Rows by domain; nearly always there is one. */
function byDomain(rows: readonly QueuedRecipient[]): ReadonlyMap<Domain, QueuedRecipient[]> {
  const groups = new Map<Domain, QueuedRecipient[]>()
  for (const row of rows) {
    const group = groups.get(row.domain)
    if (group === undefined) groups.set(row.domain, [row])
    else group.push(row)
  }
  return groups
}

async function* heldIn(spool: Spool): AsyncGenerator<readonly HeldRows[]> {
  for (const shard of spool.shards()) yield* spool.held(shard)
}
