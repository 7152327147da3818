// What waits for a site, fair between accounts: each account has its own queue, and they take turns, so that a mailing of one
// does not bury the single message of another.
import type { AccountId } from '../../base/brand.ts'
import type { Job } from './in-hand.ts'

/** A first-in-first-out queue over an array, without moving what is behind. */
class Fifo {
  #jobs: (Job | null)[] = []
  #head = 0

  get length(): number {
    return this.#jobs.length - this.#head
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  shift(): Job | null {
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

export class ReadyQueue {
  readonly #accounts = new Map<AccountId, Fifo>()
  /** Accounts with something waiting, in the order of their turns. */
  #turns: AccountId[] = []
  #front: Job[] = []
  #length = 0
  #rows = 0

  /** Jobs waiting; those that were claimed for something else meanwhile may still be counted. */
  get length(): number {
    return this.#length
  }

  /** Recipients of these jobs. */
  get rows(): number {
    return this.#rows
  }

  lengthOf(account: AccountId): number {
    return this.#accounts.get(account)?.length ?? 0
  }

  push(job: Job): void {
    const { account } = job.message.head
    let fifo = this.#accounts.get(account)
    if (fifo === undefined) {
      this.#accounts.set(account, (fifo = new Fifo()))
      this.#turns.push(account)
    }
    fifo.push(job)
    this.#count(job)
  }

  /** In front of all others: a second try after a lost connection. */
  pushFront(job: Job): void {
    this.#front.push(job)
    this.#count(job)
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

  /** The next job that is still ready; null where there is none. */
  take(): Job | null {
    for (;;) {
      const job = this.#front.pop() ?? this.#nextInTurn()
      if (job === null) return null
      this.leaves(job)
      if (job.stage === 'ready' && job.rows.length > 0) return job
    }
  }

  #nextInTurn(): Job | null {
    const account = this.#turns.shift()
    if (account === undefined) return null
    const fifo = this.#accounts.get(account)
    const job = fifo?.shift() ?? null
    if (fifo === undefined || fifo.length === 0) this.#accounts.delete(account)
    else this.#turns.push(account)
    return job
  }

  /** Takes everything out. */
  drain(): readonly Job[] {
    const jobs: Job[] = []
    for (let job = this.take(); job !== null; job = this.take()) jobs.push(job)
    return jobs
  }
}
