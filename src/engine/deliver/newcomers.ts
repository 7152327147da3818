// Domains without a site: their mail stays on disk until it is known where it goes, and while many others wait for a connection. Read
// before, it would only lie in memory: with very many domains at once all of it would be theirs. They come in by turns.
import type { Domain, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Routing } from './routing.ts'
import type { Sites } from './sites.ts'

/** Domains looked up at once ahead of their mail, and sites that may wait for a connection. */
const MOST_ASKED = 500
const MOST_AWAITING = 500
/** How many of them come in together, and how soon the next do. */
const AT_ONCE = 50
const EVERY: Ms = 20

export interface NewcomersParts {
  readonly clock: Clock
  readonly routing: Pick<Routing, 'last' | 'plan' | 'asking'>
  readonly sites: Pick<Sites, 'isThere'>
  readonly places: { readonly awaited: number }
  readonly wake: (domain: Domain) => void
}

export class Newcomers {
  readonly #parts: NewcomersParts
  readonly #waiting = new Set<Domain>()
  #timer: Disposable | null = null

  constructor(parts: NewcomersParts) {
    this.#parts = parts
  }

  /** Whether nothing of the domain is worth reading yet; it is woken when that is over. */
  staysOut(domain: Domain): boolean {
    const { routing, sites, wake } = this.#parts
    const plan = routing.last(domain)
    if (plan !== undefined) {
      if (plan.kind !== 'site' || this.#roomAtPlaces > 0 || sites.isThere(plan.name)) return false
      return this.#waits(domain)
    }
    if (routing.asking >= MOST_ASKED) return this.#waits(domain)
    const asked = routing.plan(domain)
    if (!(asked instanceof Promise)) return false
    void asked.then(() => wake(domain))
    return true
  }

  stop(): void {
    this.#waiting.clear()
    this.#timer?.[Symbol.dispose]()
  }

  get #roomAtPlaces(): number {
    return MOST_AWAITING - this.#parts.places.awaited
  }

  #waits(domain: Domain): true {
    this.#waiting.add(domain)
    this.#timer ??= this.#parts.clock.after(EVERY, () => this.#next())
    return true
  }

  #next(): void {
    this.#timer = null
    let room = Math.min(AT_ONCE, MOST_ASKED - this.#parts.routing.asking, this.#roomAtPlaces)
    for (const domain of this.#waiting) {
      if (room-- <= 0) break
      this.#waiting.delete(domain)
      this.#parts.wake(domain)
    }
    if (this.#waiting.size > 0) this.#timer ??= this.#parts.clock.after(EVERY, () => this.#next())
  }
}
