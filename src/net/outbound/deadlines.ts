// Timeouts of many connections for the price of one timer: each connection carries the time at which it is too late, and
// a sweep looks at all of them now and then. Arming costs an addition; a timeout fires up to two sweeps late.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'

export interface Deadlined {
  /** Monotonic time after which `expired` is called; Infinity: never. */
  deadline: Ms
  expired(): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #every: Ms
  readonly #watched = new Set<Deadlined>()
  #timer: Disposable | null = null
  /** The time of the last sweep: exact enough for timeouts, and no call per command. */
  #now = 0

  constructor(clock: Clock, every: Ms) {
    this.#clock = clock
    this.#every = every
  }

  watch(entry: Deadlined): void {
    this.#watched.add(entry)
    if (this.#timer === null) this.#sweep()
  }

  forget(entry: Deadlined): void {
    this.#watched.delete(entry)
  }

  /** Infinity: no timeout. */
  arm(entry: Deadlined, after: Ms): void {
    entry.deadline = this.#now + after + this.#every
  }

  #sweep(): void {
    this.#now = this.#clock.mono()
    for (const entry of this.#watched) {
      if (entry.deadline >= this.#now) continue
      entry.deadline = Infinity
      entry.expired()
    }
    this.#timer = this.#watched.size === 0 ? null : this.#clock.after(this.#every, () => this.#sweep())
  }
}
