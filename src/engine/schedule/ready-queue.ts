// What waits for a site, fair between accounts: each account takes its turn, so that a mailing of one does not bury the single message of
// another. What is under the same limits is one stream of its account; a stream whose limits have no room is parked, and the others go on.
import type { AccountId } from '../../base/brand.ts'
import type { Job } from './in-hand.ts'

/** A first-in-first-out queue over an array, without moving what is behind. */
class Fifo {
  #jobs: (Job | null)[] = []
  #head = 0
  /** Second tries, before all others. */
  #front: Job[] = []

  get length(): number {
    return this.#jobs.length - this.#head + this.#front.length
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  pushFront(job: Job): void {
    this.#front.push(job)
  }

  first(): Job | null {
    return this.#front.at(-1) ?? this.#jobs[this.#head] ?? null
  }

  shift(): Job | null {
    if (this.#front.length > 0) return this.#front.pop() ?? null
    const job = this.#jobs[this.#head] ?? null
    if (job === null) return null
    this.#jobs[this.#head++] = null
    if (this.#head > 512 && this.#head * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head)
      this.#head = 0
    }
    return job
  }
}

/** Jobs of one account that fall under the same limits; `Limited` says which, null is none. */
export interface Stream<Limited> {
  readonly account: AccountId
  readonly limited: Limited | null
  readonly length: number
  /** Its limits had no room when it was looked at last. */
  readonly isParked: boolean
}

class AccountStream<Limited> implements Stream<Limited> {
  readonly account: AccountId
  readonly limited: Limited | null
  readonly jobs = new Fifo()
  isParked = false

  constructor(account: AccountId, limited: Limited | null) {
    this.account = account
    this.limited = limited
  }

  get length(): number {
    return this.jobs.length
  }
}

/** Streams of one account with something waiting. */
class AccountLine<Limited> {
  readonly streams = new Map<Limited | null, AccountStream<Limited>>()
  /** Those that may go, in the order of their turns. */
  readonly turns: AccountStream<Limited>[] = []
  length = 0
}

/** Whether the job may go now; otherwise its stream is parked until `unpark`. */
export type Gate<Limited> = (job: Job, stream: Stream<Limited>) => boolean

export class ReadyQueue<Limited = never> {
  readonly #accounts = new Map<AccountId, AccountLine<Limited>>()
  /** Accounts with a stream that may go, in the order of their turns. */
  #turns: AccountId[] = []
  #length = 0
  #parked = 0
  #rows = 0
  /** Second tries: their accounts do not wait for their turns. */
  readonly #front: { readonly job: Job; readonly limited: Limited | null }[] = []

  /** Jobs waiting; those that were claimed for something else meanwhile may still be counted. */
  get length(): number {
    return this.#length
  }

  /** Those of them that are not parked. */
  get ready(): number {
    return Math.max(0, this.#length - this.#parked)
  }

  /** Recipients of these jobs. */
  get rows(): number {
    return this.#rows
  }

  lengthOf(account: AccountId): number {
    return this.#accounts.get(account)?.length ?? 0
  }

  /** The streams of an account, or all. */
  *streams(account?: AccountId): Iterable<Stream<Limited>> {
    const lines = account === undefined ? this.#accounts.values() : [this.#accounts.get(account)]
    for (const line of lines) if (line !== undefined) yield* line.streams.values()
  }

  /** What the job that is next in turn falls under; undefined: there is none. */
  next(): Limited | null | undefined {
    const front = this.#front.at(-1)
    if (front !== undefined) return front.limited
    const [account] = this.#turns
    return account === undefined ? undefined : this.#accounts.get(account)?.turns[0]?.limited
  }

  push(job: Job, limited: Limited | null = null): void {
    this.#put(job, limited, false)
    this.#count(job)
  }

  /** In front of all others: a second try after a lost connection. */
  pushFront(job: Job, limited: Limited | null = null): void {
    this.#front.push({ job, limited })
    this.#count(job)
  }

  #put(job: Job, limited: Limited | null, isFirst: boolean): AccountStream<Limited> {
    const { account } = job.message.head
    let line = this.#accounts.get(account)
    if (line === undefined) this.#accounts.set(account, (line = new AccountLine()))
    let stream = line.streams.get(limited)
    if (stream === undefined) {
      line.streams.set(limited, (stream = new AccountStream(account, limited)))
      this.#mayGo(line, stream)
    }
    if (isFirst) stream.jobs.pushFront(job)
    else stream.jobs.push(job)
    line.length++
    if (stream.isParked) this.#parked++
    return stream
  }

  #mayGo(line: AccountLine<Limited>, stream: AccountStream<Limited>): void {
    if (line.turns.length === 0) this.#turns.push(stream.account)
    line.turns.push(stream)
  }

  #count(job: Job): void {
    job.queued = job.rows.length
    this.#rows += job.queued
    this.#length++
  }

  /** The job waits no longer: it was taken, or goes with another. */
  leaves(job: Job): void {
    if (job.queued === 0) return
    this.#rows -= job.queued
    this.#length--
    job.queued = 0
  }

  /** The next job that is still ready and may go; null where there is none. */
  take(gate: Gate<Limited> | null = null): Job | null {
    for (;;) {
      const job = this.#nextInFront(gate) ?? this.#nextInTurn(gate)
      if (job === null) return null
      this.leaves(job)
      if (isReady(job)) return job
    }
  }

  #nextInFront(gate: Gate<Limited> | null): Job | null {
    for (let one = this.#front.pop(); one !== undefined; one = this.#front.pop()) {
      if (gate === null || !isReady(one.job)) return one.job
      const { job, limited } = one
      const stream = this.#put(job, limited, true)
      if (!stream.isParked && gate(job, stream)) {
        this.#shift(stream)
        return job
      }
      this.#park(stream)
    }
    return null
  }

  #nextInTurn(gate: Gate<Limited> | null): Job | null {
    for (let account = this.#turns.shift(); account !== undefined; account = this.#turns.shift()) {
      const line = this.#accounts.get(account)
      const stream = line?.turns.shift()
      if (line === undefined || stream === undefined) continue
      const job = stream.jobs.first()
      if (gate !== null && job !== null && isReady(job) && !gate(job, stream)) {
        this.#park(stream)
        if (line.turns.length > 0) this.#turns.push(account)
        continue
      }
      line.turns.push(stream)
      this.#turns.push(account)
      this.#shift(stream)
      return job
    }
    return null
  }

  /** Takes the first job out of a stream; what is empty then goes. */
  #shift(stream: AccountStream<Limited>): void {
    const line = this.#accounts.get(stream.account)
    if (line === undefined || stream.jobs.shift() === null) return
    line.length--
    if (stream.isParked) this.#parked--
    if (stream.length > 0) return
    line.streams.delete(stream.limited)
    this.#takeTurns(line, stream)
    if (line.streams.size === 0) this.#accounts.delete(stream.account)
  }

  /** The stream has no turn any more. */
  #takeTurns(line: AccountLine<Limited>, stream: AccountStream<Limited>): void {
    const at = line.turns.lastIndexOf(stream)
    if (at < 0) return
    line.turns.splice(at, 1)
    if (line.turns.length === 0) this.#turns.splice(this.#turns.lastIndexOf(stream.account), 1)
  }

  #park(stream: AccountStream<Limited>): void {
    if (stream.isParked) return
    const line = this.#accounts.get(stream.account)
    if (line !== undefined) this.#takeTurns(line, stream)
    stream.isParked = true
    this.#parked += stream.length
  }

  /** There may be room under its limits. */
  unpark(stream: Stream<Limited>): void {
    const line = this.#accounts.get(stream.account)
    const own = line?.streams.get(stream.limited)
    if (line === undefined || own !== stream || !own.isParked) return
    own.isParked = false
    this.#parked -= own.length
    this.#mayGo(line, own)
  }

  /** Takes everything out. */
  drain(): readonly Job[] {
    const jobs: Job[] = []
    for (const stream of this.streams()) this.unpark(stream)
    for (let job = this.take(); job !== null; job = this.take()) jobs.push(job)
    return jobs
  }
}

function isReady(job: Job): boolean {
  return job.stage === 'ready' && job.rows.length > 0
}
