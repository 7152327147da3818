// How many lines of a plug-in the log takes: many at once, and so many each second from then on. A plug-in that never stops talking would fill
// the disk of the log, and keep the server busy with writing it. What is left out is counted, and said with the next line that is taken.
import type { Ms } from '../base/brand.ts'

const AT_ONCE = 2000
const EACH_SECOND = 100

export class LineAllowance {
  #left = AT_ONCE
  #at: Ms
  #dropped = 0

  constructor(now: Ms) {
    this.#at = now
  }

  /** Null: not this one. Else how many were left out before it. */
  take(now: Ms): number | null {
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#at) / 1000) * EACH_SECOND)
    this.#at = now
    if (this.#left < 1) {
      this.#dropped++
      return null
    }
    this.#left--
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }
}
