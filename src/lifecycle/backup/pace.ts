// How fast a backup goes while mail flows: after each slice of work it rests five times as long as the slice took, so that it takes at most a
// sixth of what the disk and one core can do, and far less when they are busy, as its slices take longer then. What the disk takes of a backup
// keeps the commits of mail waiting: with shorter rests the slowest hundredth of them took more than twice as long.
import { setTimeout as wait } from 'node:timers/promises'

const SLICE_MS = 4
const REST = 5
const LONGEST_REST_MS = 200

export class Pace {
  readonly #rests: boolean
  #since = performance.now()

  /** `rests`: mail flows beside it. */
  constructor(rests: boolean) {
    this.#rests = rests
  }

  /** Called often. */
  async step(): Promise<void> {
    const rest = this.#due()
    if (rest === 0) return
    await wait(rest)
    this.#since = performance.now()
  }

  /** The same for work that calls back and cannot wait: the process is ours alone. */
  stepNow(): void {
    const rest = this.#due()
    if (rest === 0) return
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest)
    this.#since = performance.now()
  }

  #due(): number {
    const worked = performance.now() - this.#since
    return this.#rests && worked >= SLICE_MS ? Math.min(REST * worked, LONGEST_REST_MS) : 0
  }
}
