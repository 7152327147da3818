// How often something happened of late: counts over a time that slides, in a few octets.
import type { Ms } from '../../base/brand.ts'

/** A count over the last `slots` × `span`, the slot of now included. Most sites are small: V8 keeps so few octets in its own heap. */
export class RecentCount {
  #counts: Uint8Array | Uint32Array
  readonly #span: Ms
  #slot = -1

  constructor(slots: number, span: Ms) {
    this.#counts = new Uint8Array(slots)
    this.#span = span
  }

  add(now: Ms, n: number): void {
    const slot = this.#pass(now)
    const count = (this.#counts[slot] ?? 0) + n
    if (count > 255 && this.#counts instanceof Uint8Array) this.#counts = Uint32Array.from(this.#counts)
    this.#counts[slot] = count
  }

  sum(now: Ms): number {
    this.#pass(now)
    let sum = 0
    for (const count of this.#counts) sum += count
    return sum
  }

  /** Slots that time has passed since are empty; returns the one of now. */
  #pass(now: Ms): number {
    const slot = Math.floor(now / this.#span)
    const slots = this.#counts.length
    if (slot - this.#slot >= slots) this.#counts.fill(0)
    else for (let past = this.#slot + 1; past <= slot; past++) this.#counts[past % slots] = 0
    this.#slot = Math.max(slot, this.#slot)
    return this.#slot % slots
  }
}
