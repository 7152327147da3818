// What waits for a site: the highest priority first, and at each priority fair between accounts and their mailings, so that a mailing of one
// does not bury the single message of another.
import type { AccountId } from '../../base/brand.ts'
import { type Rank, RANKS } from '../../contract/priority.ts'
import type { Job } from './in-hand.ts'
import { type Gate, isReady, ReadyLevel, type Stream } from './ready-level.ts'

const EQUAL = (): number => 1

export class ReadyQueue<Limited = never> {
  readonly #weightOf: (account: AccountId) => number
  /** By rank; null: nothing of that priority was ever here. */
  readonly #levels: (ReadyLevel<Limited> | null)[] = [null, null, null]
  readonly #lengths = [0, 0, 0]
  readonly #rows = [0, 0, 0]

  constructor(weightOf: (account: AccountId) => number = EQUAL) {
    this.#weightOf = weightOf
  }

  /** Jobs waiting; those that were claimed for something else meanwhile may still be counted. */
  get length(): number {
    return sumFrom(this.#lengths, 0)
  }

  /** Those of them that are not parked, of this priority and above. */
  ready(least: Rank = 0): number {
    let parked = 0
    for (let rank: number = least; rank <= 2; rank++) parked += this.#levels[rank]?.parked ?? 0
    return Math.max(0, sumFrom(this.#lengths, least) - parked)
  }

  /** Recipients of these jobs. */
  rows(least: Rank = 0): number {
    return sumFrom(this.#rows, least)
  }

  lengthOf(account: AccountId, least: Rank = 0): number {
    let length = 0
    for (let rank: number = least; rank <= 2; rank++) length += this.#levels[rank]?.lengthOf(account) ?? 0
    return length
  }

  /** The streams in which an account has something, or all. */
  *streams(account?: AccountId): Iterable<Stream<Limited>> {
    for (const rank of RANKS) yield* this.#levels[rank]?.streams(account) ?? []
  }

  /** What the job that is next in turn falls under, and its priority; null: there is none. */
  next(least: Rank = 0): { readonly rank: Rank; readonly limited: Limited | null } | null {
    for (const rank of RANKS) {
      const limited = rank < least ? undefined : this.#levels[rank]?.next()
      if (limited !== undefined) return { rank, limited }
    }
    return null
  }

  /** The job that is next in turn, of this priority or above; null: there is none. */
  first(least: Rank = 0): Job | null {
    for (const rank of RANKS) {
      const job = rank < least ? null : (this.#levels[rank]?.first() ?? null)
      if (job !== null) return job
    }
    return null
  }

  push(job: Job, limited: Limited | null = null): void {
    this.#levelOf(job).push(job, limited)
    this.#count(job)
  }

  /** In front of all others of its priority: a second try after a lost connection. */
  pushFront(job: Job, limited: Limited | null = null): void {
    this.#levelOf(job).pushFront(job, limited)
    this.#count(job)
  }

  #levelOf({ rank }: Job): ReadyLevel<Limited> {
    return (this.#levels[rank] ??= new ReadyLevel(rank, this.#weightOf))
  }

  #count(job: Job): void {
    job.queued = job.rows.length
    this.#change(job, 1, job.queued)
  }

  #change({ rank }: Job, jobs: number, rows: number): void {
    this.#lengths[rank] = (this.#lengths[rank] ?? 0) + jobs
    this.#rows[rank] = (this.#rows[rank] ?? 0) + rows
  }

  /** The job waits no longer: it was taken, or goes with another. */
  leaves(job: Job): void {
    if (job.queued === 0) return
    this.#levels[job.rank]?.left(job)
    this.#change(job, -1, -job.queued)
    job.queued = 0
  }

  /** The next job that is still ready and may go, of this priority or above; null where there is none. */
  take(gate: Gate<Limited> | null = null, least: Rank = 0): Job | null {
    for (const rank of RANKS) {
      const level = rank < least ? null : this.#levels[rank]
      for (let job = level?.take(gate) ?? null; job !== null; job = level?.take(gate) ?? null) {
        this.leaves(job)
        if (isReady(job)) return job
      }
    }
    return null
  }

  /** There may be room under its limits. */
  unpark(stream: Stream<Limited>): void {
    this.#levels[stream.rank]?.unpark(stream)
  }

  /** Takes everything out. */
  drain(): readonly Job[] {
    const jobs: Job[] = []
    for (const stream of this.streams()) this.unpark(stream)
    for (let job = this.take(); job !== null; job = this.take()) jobs.push(job)
    return jobs
  }
}

function sumFrom(counts: readonly number[], least: number): number {
  let sum = 0
  for (let rank = least; rank < counts.length; rank++) sum += counts[rank] ?? 0
  return sum
}
