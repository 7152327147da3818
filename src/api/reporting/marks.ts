// How many records the parts of a list have, as they were just counted, oldest part first: a program that asks page after page has each counted
// once. They are of time that is over, hold for some minutes, and are made anew by whoever begins at the first record.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** From behind the mark before it. */
export interface Mark {
  readonly until: EpochMs
  readonly records: number
}

interface Kept {
  readonly marks: Mark[]
  readonly at: EpochMs
}

const KEPT: Ms = 5 * 60_000
const MOST_LISTS = 200

export class Marks {
  readonly #lists = new Map<string, Kept>()

  /** To read, and to add to. `isNew`: what was counted before does not count. */
  of(list: string, now: EpochMs, isNew: boolean): Mark[] {
    const known = this.#lists.get(list)
    if (!isNew && known !== undefined && Math.abs(now - known.at) < KEPT) return known.marks
    const marks: Mark[] = []
    this.#lists.delete(list)
    this.#lists.set(list, { marks, at: now })
    const [oldest] = this.#lists.keys()
    if (this.#lists.size > MOST_LISTS && oldest !== undefined) this.#lists.delete(oldest)
    return marks
  }
}
