// What one account has waiting under the same limits: its mailings take turns, so that a small one is not behind a large one.
import type { Job } from './in-hand.ts'

/** A first-in-first-out queue over an array, without moving what is behind. */
class Fifo<T> {
  #items: (T | null)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  first(): T | null {
    return this.#items[this.#head] ?? null
  }

  shift(): T | null {
    const item = this.#items[this.#head] ?? null
    if (item === null) return null
    this.#items[this.#head++] = null
    if (this.#head > 512 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}

type Mailing = string | null

export class MailingTurns {
  /** In the order of their turns; nearly always there is one. A sender may name another in each message. */
  readonly #turns = new Fifo<readonly [Mailing, Fifo<Job>]>()
  /** Null while there is one at most. */
  #byMailing: Map<Mailing, Fifo<Job>> | null = null
  /** Second tries, before all others. */
  #again: Job[] | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  push(job: Job): void {
    this.#of(job.message.head.mailing).push(job)
    this.#length++
  }

  pushFront(job: Job): void {
    this.#again ??= []
    this.#again.push(job)
    this.#length++
  }

  first(): Job | null {
    return this.#again?.at(-1) ?? this.#turns.first()?.[1].first() ?? null
  }

  shift(): Job | null {
    const again = this.#again?.pop()
    const job = again ?? this.#nextInTurn()
    if (job !== null) this.#length--
    return job
  }

  #nextInTurn(): Job | null {
    const turn = this.#turns.first()
    if (turn === null) return null
    const [mailing, jobs] = turn
    const job = jobs.shift()
    if (this.#turns.length === 1 && jobs.length > 0) return job
    this.#turns.shift()
    if (jobs.length > 0) this.#turns.push(turn)
    else this.#byMailing?.delete(mailing)
    return job
  }

  #of(mailing: Mailing): Fifo<Job> {
    const only = this.#turns.first()
    if (only?.[0] === mailing && this.#turns.length === 1) return only[1]
    if (only !== null) this.#byMailing ??= new Map([only])
    let jobs = this.#byMailing?.get(mailing)
    if (jobs !== undefined) return jobs
    jobs = new Fifo<Job>()
    this.#turns.push([mailing, jobs])
    this.#byMailing?.set(mailing, jobs)
    return jobs
  }
}
