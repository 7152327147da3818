// A clock that a test holds in its hand: time stands still until `pass` is called, and what is due then runs in order.
import type { EpochMs, Ms } from '../src/base/brand.ts'
import type { Clock } from '../src/base/clock.ts'

export class FakeClock implements Clock {
  #now: EpochMs
  #mono: Ms = 0
  readonly #timers = new Set<{ at: Ms; fn: () => void }>()

  constructor(now: EpochMs = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): EpochMs {
    return this.#now
  }
  mono(): Ms {
    return this.#mono
  }
  after(delay: Ms, fn: () => void): Disposable {
    const timer = { at: this.#mono + Math.max(0, delay), fn }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => this.#timers.delete(timer) }
  }
  /** Timers that have not run and were not cancelled. */
  get timers(): number {
    return this.#timers.size
  }

  /** Somebody puts the clock on: what waits does not notice. */
  jump(span: Ms): void {
    this.#now += span
  }

  /** Work that holds the event loop takes so long: what is due meanwhile runs later. */
  busy(span: Ms): void {
    this.#advance(this.#mono + span)
  }

  /** Lets `span` go by and runs what becomes due, earliest first. What waits for promises runs after the caller awaits. */
  pass(span: Ms): void {
    const end = this.#mono + span
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#advance(Math.max(next.at, this.#mono))
      next.fn()
    }
    this.#advance(end)
  }

  #advance(to: Ms): void {
    this.#now += to - this.#mono
    this.#mono = to
  }
}
