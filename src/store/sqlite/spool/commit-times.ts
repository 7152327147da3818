// How long commits took in the last minute or two, by classes that are a quarter apart: what 99 of 100 stayed below.
import type { Ms } from '../../../base/brand.ts'

const WINDOW: Ms = 60_000
const STEP = Math.log(1.25)
const CLASSES = 64

export class CommitTimes {
  #before = new Uint32Array(CLASSES)
  #now = new Uint32Array(CLASSES)
  #since: Ms = 0

  add(took: Ms, at: Ms): void {
    this.#turn(at)
    const which = Math.min(CLASSES - 1, Math.max(0, Math.ceil(Math.log(Math.max(took, 1)) / STEP)))
    this.#now[which] = (this.#now[which] ?? 0) + 1
  }

  /** Null: there were none. */
  p99(at: Ms): Ms | null {
    this.#turn(at)
    const count = (which: number): number => (this.#before[which] ?? 0) + (this.#now[which] ?? 0)
    let all = 0
    for (let which = 0; which < CLASSES; which++) all += count(which)
    let slower = 0
    for (let which = CLASSES - 1; which >= 0; which--) {
      slower += count(which)
      if (slower > all / 100) return Math.round(Math.exp(which * STEP))
    }
    return null
  }

  #turn(at: Ms): void {
    if (at - this.#since < WINDOW) return
    this.#before = at - this.#since < 2 * WINDOW ? this.#now : new Uint32Array(CLASSES)
    this.#now = new Uint32Array(CLASSES)
    this.#since = at
  }
}
