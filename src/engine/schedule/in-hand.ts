// Messages in memory: those that wait in a ready queue, are being sent, or whose outcome is being committed. A recipient is in
// hand from the moment it is taken until the commit of what became of it, so that nothing read from disk meanwhile is sent
// twice. Bodies are kept while there is room and read again where there was none.
import type { Domain, EpochMs, MessageId, ShardId } from '../../base/brand.ts'
import { placeOf } from '../../base/message-id.ts'
import { HIGHEST, type Rank, rankOf } from '../../contract/priority.ts'
import type { Grant } from '../../policy/limits/limit-book.ts'
import type { Slot } from '../../message/slots.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'

/**
 * `routing`: its site is being looked up. `ready`: in a site's queue. `sending`: in a transaction. `settling`: its outcome is
 * decided and being committed, or it was claimed for that. `gone`: no longer here (committed, or put back to disk).
 */
export type JobStage = 'routing' | 'ready' | 'sending' | 'settling' | 'gone'

/** Jobs that wait under the same limits. */
export interface WaitingCount {
  length: number
  readonly isParked: boolean
}

/** Recipients of one message that are handled together. */
export interface Job {
  readonly message: HeldMessage
  rows: QueuedRecipient[]
  stage: JobStage
  /** How often its connection was lost before the peer can have taken it. */
  losses: number
  /** Key of the site whose queue it is in. */
  site: string
  /** What the limits granted for its transaction; null: nothing limits it, or it was not asked yet. */
  grant: Grant | null
  /** When it was last looked whether its recipients are suppressed; absent: when the message was accepted. */
  lookedAt?: EpochMs | undefined
  /** What was granted once was too old before it could leave. */
  wasLate: boolean
  /** Its priority, where it waits; it does not change while it is in a queue. */
  rank: Rank
  /** The pool that somebody bound it to; null or absent: that of the rules. */
  pool?: string | null
  /** For how many recipients it counts in that queue; 0 once it was taken. */
  queued: number
  /** Where it counts there; null: in front of all others, or not any more. */
  stream: WaitingCount | null
}

export function domainOf({ rows: [row] }: Job): Domain {
  if (row === undefined) throw new Error('a job has a recipient')
  return row.domain
}

/** Measured: what a message and a recipient keep in memory with all that hangs on them, in octets. */
const MESSAGE_COST = 1500
const ROW_COST = 700
const FOR_HIGHEST = 1.125

/** Names and values that it is called by may be larger than all else of it. */
function costOf({ labels }: MessageHead): number {
  return labels === undefined ? MESSAGE_COST : MESSAGE_COST + 2 * JSON.stringify(labels).length
}

export class HeldMessage {
  readonly head: MessageHead
  readonly shard: ShardId
  readonly sequence: number
  body: Uint8Array | null
  /** Signature fields, asked for once. */
  prefix: Promise<Uint8Array> | null = null
  /** Looked for once. */
  slots: readonly Slot[] | null = null
  /** Octets of what the template is filled with for recipients in hand, by their number; null: it is none. */
  data: Map<number, number> | null = null
  /** Told once, when nothing of it is in hand any more. */
  onGone: (() => void) | null = null
  readonly jobs = new Set<Job>()
  /** Recipients in hand, each with its job. */
  readonly rows = new Map<number, Job>()
  /** Jobs by the site whose queue they went to; some may have left it. Null while there is one job only, as nearly always. */
  #atSite: Map<string, Set<Job>> | null = null

  constructor(head: MessageHead, body: Uint8Array | null) {
    this.head = head
    this.body = body
    const { shard, sequence } = placeOf(head.id)
    this.shard = shard
    this.sequence = sequence
  }

  jobOf(n: number): Job | undefined {
    const job = this.rows.get(n)
    return job?.stage === 'gone' ? undefined : job
  }

  /** The job waits for a site: it may travel with others of the message there. */
  waitsAt(site: string, job: Job): void {
    job.stage = 'ready'
    job.site = site
    if (this.jobs.size === 1) return
    this.#atSite ??= new Map()
    const jobs = this.#atSite.get(site)
    if (jobs === undefined) this.#atSite.set(site, new Set([job]))
    else jobs.add(job)
  }

  /** The job that waits longest for the site and fits, where it has at most so many recipients; null where there is none. */
  companion(site: string, most: number, fits: (job: Job) => boolean): Job | null {
    for (const job of this.#atSite?.get(site) ?? []) {
      const isReady = job.stage === 'ready' && job.site === site && job.rows.length > 0
      if (isReady && !fits(job)) continue
      if (isReady && job.rows.length > most) return null
      this.#leaves(site, job)
      if (isReady) return job
    }
    return null
  }

  /** The job is over: nothing of it may stay in memory as long as the message does. */
  forget(job: Job): void {
    job.stage = 'gone'
    this.jobs.delete(job)
    this.#leaves(job.site, job)
  }

  #leaves(site: string, job: Job): void {
    const jobs = this.#atSite?.get(site)
    if (jobs?.delete(job) === true && jobs.size === 0) this.#atSite?.delete(site)
  }
}

export class InHand {
  readonly #messages = new Map<MessageId, HeldMessage>()
  readonly #most: number
  #octets = 0

  constructor(most: number) {
    this.#most = most
  }

  get octets(): number {
    return this.#octets
  }

  get isFull(): boolean {
    return this.#octets >= this.#most
  }

  /** Mail of the highest priority has a little more, so that it need not wait for what others have in memory. */
  isFullFor(rank: Rank): boolean {
    return this.#octets >= (rank === HIGHEST ? this.#most * FOR_HIGHEST : this.#most)
  }

  /** Whether a refill is worth while again. */
  get hasRoom(): boolean {
    return this.#octets < this.#most * 0.75
  }

  /** About how many more recipients fit, without bodies. */
  get room(): number {
    return Math.max(0, Math.floor((this.#most - this.#octets) / (MESSAGE_COST + ROW_COST)))
  }

  find(id: MessageId): HeldMessage | undefined {
    return this.#messages.get(id)
  }

  has(id: MessageId, n: number): boolean {
    return this.#messages.get(id)?.rows.has(n) === true
  }

  /** Takes recipients into memory as one job. The body is kept where less than half of the memory is used. */
  take(head: MessageHead, body: Uint8Array | null, rows: QueuedRecipient[], stage: JobStage): Job {
    let message = this.#messages.get(head.id)
    if (message === undefined) {
      const kept = body !== null && this.#octets + body.length < this.#most / 2 ? body : null
      message = new HeldMessage(head, kept)
      this.#messages.set(head.id, message)
      this.#octets += costOf(head) + (kept?.length ?? 0)
    }
    const job: Job = {
      message,
      rows,
      stage,
      losses: 0,
      site: '',
      grant: null,
      wasLate: false,
      rank: rankOf(head),
      pool: null,
      queued: 0,
      stream: null,
    }
    message.jobs.add(job)
    for (const { n } of rows) message.rows.set(n, job)
    this.#octets += rows.length * ROW_COST
    if (head.merge === true) this.#countData(message, rows)
    return job
  }

  /** A body that was read is kept for the other recipients of its message, where less than half of the memory is used. */
  keep(message: HeldMessage, body: Uint8Array): void {
    if (message.body !== null || message.rows.size < 2 || this.#octets + body.length >= this.#most / 2) return
    message.body = body
    this.#octets += body.length
  }

  /** One recipient leaves memory. */
  drop(message: HeldMessage, n: number): void {
    if (!message.rows.delete(n)) return
    this.#octets -= ROW_COST
    if (message.data !== null) this.#dropData(message.data, n)
    if (message.rows.size > 0) return
    this.#messages.delete(message.head.id)
    this.#octets -= costOf(message.head) + (message.body?.length ?? 0)
    message.body = null
    message.prefix = null
    for (const job of message.jobs) job.stage = 'gone'
    message.jobs.clear()
    message.onGone?.()
  }

  #countData(message: HeldMessage, rows: readonly QueuedRecipient[]): void {
    message.data ??= new Map()
    for (const { n, merge = '' } of rows) {
      message.data.set(n, merge.length)
      this.#octets += merge.length
    }
  }

  #dropData(data: Map<number, number>, n: number): void {
    this.#octets -= data.get(n) ?? 0
    data.delete(n)
  }

  /** Moves some recipients of a job to a new one of another stage. */
  split(job: Job, rows: QueuedRecipient[], stage: JobStage): Job {
    if (rows.length === job.rows.length) {
      job.stage = stage
      return job
    }
    const moved = new Set(rows)
    job.rows = job.rows.filter((row) => !moved.has(row))
    const part: Job = {
      message: job.message,
      rows,
      stage,
      losses: job.losses,
      site: job.site,
      grant: null,
      wasLate: job.wasLate,
      rank: job.rank,
      pool: job.pool ?? null,
      queued: 0,
      stream: null,
    }
    job.message.jobs.add(part)
    for (const { n } of rows) job.message.rows.set(n, part)
    return part
  }

  /** The recipients of one job go with another's. */
  join(job: Job, other: Job): void {
    for (const { n } of other.rows) job.message.rows.set(n, job)
    if (other.lookedAt === undefined) job.lookedAt = undefined
    job.rows = [...job.rows, ...other.rows]
    other.rows = []
    this.forget(other)
  }

  /** A job whose recipients are all settled leaves the list of its message. */
  forget(job: Job): void {
    job.message.forget(job)
  }

  *all(): Iterable<HeldMessage> {
    yield* this.#messages.values()
  }
}
