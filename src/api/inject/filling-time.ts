// How long the templates of one call may take to fill in, all together: one costs a second at most, and a call has ten thousand.
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { Problem } from '../../contract/injection.ts'

/** Ten thousand usual ones take two seconds on a machine that has nothing else to do. */
const LONGEST: Ms = 30_000

export const TOO_SLOW: { readonly problem: Problem } = {
  problem: { code: 'merge-failed', message: 'The templates of the call before this one took too long to fill in.' },
}

export class FillingTime {
  #left: Ms

  constructor(most: Ms = LONGEST) {
    this.#left = most
  }

  /** Undefined: nothing is left. */
  spend<T>(work: () => T): T | undefined {
    if (this.#left <= 0) return undefined
    const began = machineClock.mono()
    const made = work()
    this.#left -= machineClock.mono() - began
    return made
  }
}
