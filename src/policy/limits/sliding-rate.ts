// How often something may happen within a span that slides: in no window of that length, wherever it starts, more than the limit, and
// under load about 98.8 % of it. What was taken is kept as times with counts: each one by itself where the limit is small, otherwise in
// slots of a 256th of the span that count in full until their last has left the window. Besides, what is taken is spread: at a pace a
// little below the limit, with so much patience that a late timer costs nothing. The times are the caller's, and never go back.
import type { EpochMs, Ms } from '../../base/brand.ts'

export interface RateTerms {
  readonly limit: number
  readonly span: Ms
  /** So many may be taken at once after a rest; 1: they are spread evenly. */
  readonly burst: number
}

/** What outlives the process: when what was taken, and from when the pace has the next. */
export interface RateState {
  readonly taken: readonly (readonly [at: EpochMs, count: number])[]
  readonly next: EpochMs
}

const SLOTS = 256
/** What is taken and what the peer sees are not at the same distance for all: the window is longer by this part of the span. */
const GUARD = 1 / 125
/** The pace makes room for the guard and for a slot that counts longer than all but its last deserves. */
const STRETCH = 1 + GUARD + 1 / SLOTS
/** How much of the span may be made up for when nobody asked in time. */
const PATIENCE = 1 / 240

export class SlidingRate {
  #at: EpochMs[] = []
  #count: number[] = []
  /** Entries before this one have left the window. */
  #first = 0
  #total = 0
  /** When the newest slot began. */
  #slotAt: EpochMs = -Infinity
  /** When the next is due by the pace, were nothing to be made up for. */
  #next: EpochMs = -Infinity
  /** The limit that `#next` was reckoned with. */
  #pacedBy = 0

  /** How much was taken in the window that ends now. */
  count(now: EpochMs, span: Ms): number {
    this.#forget(now, span)
    return this.#total
  }

  /** Whether nothing of it has to be remembered. */
  isIdle(now: EpochMs, span: Ms): boolean {
    return this.count(now, span) === 0 && this.#next <= now
  }

  /** 0: `n` may be taken now. Otherwise from when, where nothing else is taken meanwhile; Infinity: never. `n` is at most the limit. */
  until(now: EpochMs, n: number, { limit, span, burst }: RateTerms): EpochMs {
    if (limit < n) return Infinity
    this.#forget(now, span)
    const step = (span * STRETCH) / limit
    if (this.#pacedBy !== limit) this.#repace(now, limit, step, span)
    const paced = this.#next - Math.max(span * PATIENCE, (burst - 1) * step)
    const room = this.#roomAt(n, limit, span)
    const at = Math.max(paced, room)
    return at > now ? Math.ceil(at) : 0
  }

  /** Nobody has taken all that its pace allows, and what is not taken soon is lost. */
  isBehind(now: EpochMs, span: Ms): boolean {
    return this.#next < now + (span * PATIENCE) / 8
  }

  /** As `until`, but for the pace: when the window has room. */
  windowUntil(now: EpochMs, n: number, limit: number, span: Ms): EpochMs {
    if (limit < n) return Infinity
    this.#forget(now, span)
    const at = this.#roomAt(n, limit, span)
    return at > now ? Math.ceil(at) : 0
  }

  /** Takes `n`, where `until` said so. */
  take(now: EpochMs, n: number, { limit, span }: RateTerms): void {
    this.#next = Math.max(this.#next, now) + (n * span * STRETCH) / limit
    this.#pacedBy = limit
    this.#total += n
    const last = this.#at.length - 1
    const width = limit > SLOTS ? span / SLOTS : 0
    if (last >= this.#first && (now < this.#slotAt + width || now === this.#at[last])) {
      this.#at[last] = now
      this.#count[last] = (this.#count[last] ?? 0) + n
      return
    }
    this.#slotAt = now
    this.#at.push(now)
    this.#count.push(n)
  }

  /** `n` of what was taken at a time did not happen. */
  giveBack(at: EpochMs, n: number, { limit, span }: RateTerms): void {
    for (let i = this.#indexOf(at); i < this.#at.length; i++) {
      const count = this.#count[i] ?? 0
      if (count < n) continue
      this.#count[i] = count - n
      this.#total -= n
      this.#next -= (n * span * STRETCH) / limit
      return
    }
  }

  state(now: EpochMs, span: Ms): RateState {
    this.#forget(now, span)
    const taken = this.#at.slice(this.#first).map((at, i): [EpochMs, number] => [at, this.#count[this.#first + i] ?? 0])
    return { taken, next: this.#next }
  }

  /** Goes on from a state. Times that are still to come (the machine's clock was set back) count as now. */
  restore({ taken, next }: RateState, now: EpochMs, { limit, span }: RateTerms): void {
    this.#at = taken.map(([at]) => Math.min(at, now))
    this.#count = taken.map(([, count]) => count)
    this.#first = 0
    this.#total = this.#count.reduce((sum, count) => sum + count, 0)
    this.#slotAt = -Infinity
    this.#next = Math.min(next, now + span * STRETCH)
    this.#pacedBy = limit
  }

  /**
   * For one that began at `since` without knowing what was taken before (a crash): evenly spread, two steps are enough for every window
   * to hold; where bursts are allowed the window counts as used up.
   */
  beginBlind(since: EpochMs, { limit, span, burst }: RateTerms): void {
    const step = (span * STRETCH) / limit
    this.#next = since + Math.min(2 * step, span * (1 + GUARD)) + span * PATIENCE
    this.#pacedBy = limit
    if (burst > 1) this.restore({ taken: [[since, limit]], next: this.#next }, since, { limit, span, burst })
  }

  #forget(now: EpochMs, span: Ms): void {
    const old = now - span * (1 + GUARD)
    while (this.#first < this.#at.length && (this.#at[this.#first] ?? now) <= old) this.#total -= this.#count[this.#first++] ?? 0
    if (this.#first === 0 || (this.#first < SLOTS && this.#first < this.#at.length)) return
    this.#at = this.#at.slice(this.#first)
    this.#count = this.#count.slice(this.#first)
    this.#first = 0
  }

  /** Another limit has a pace of its own: what the last one deferred is not waited for. */
  #repace(now: EpochMs, limit: number, step: Ms, span: Ms): void {
    this.#next = Math.min(this.#next, now + step + span * PATIENCE)
    this.#pacedBy = limit
  }

  /** When the window has room for `n` more. */
  #roomAt(n: number, limit: number, span: Ms): EpochMs {
    let over = this.#total + n - limit
    for (let i = this.#first; over > 0 && i < this.#at.length; i++) {
      over -= this.#count[i] ?? 0
      if (over <= 0) return (this.#at[i] ?? 0) + span * (1 + GUARD)
    }
    return -Infinity
  }

  /** The first entry whose last was taken at this time or later. */
  #indexOf(at: EpochMs): number {
    let low = this.#first
    let high = this.#at.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#at[middle] ?? Infinity) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}
