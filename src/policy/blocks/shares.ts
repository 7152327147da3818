// The share of what went badly in a window that slides: of answers those that put mail off, of attempts at connections those that failed.
// Nothing is counted, nor kept in memory, before something goes badly.
import type { EpochMs, Ms } from '../../base/brand.ts'

const SLOTS = 10

interface Slot {
  readonly at: EpochMs
  all: number
  bad: number
}

export interface Share {
  readonly all: number
  readonly bad: number
}

export interface ShareTerms {
  readonly within: Ms
  /** Fewer say nothing. */
  readonly least: number
  /** From so many percent on it is too much; 0: it never is. */
  readonly percent: number
}

export class SlidingShare {
  #slots: Slot[] = []

  /** Counts one; answers with the share where it is too much, and begins anew then. */
  count(isBad: boolean, now: EpochMs, { within, least, percent }: ShareTerms): Share | null {
    if (percent === 0 || (!isBad && this.#slots.length === 0)) return null
    const old = now - within
    while (this.#slots[0] !== undefined && this.#slots[0].at <= old) this.#slots.shift()
    this.#count(isBad, now, within / SLOTS)
    if (!isBad) return null
    const share = this.#sum()
    if (share.all < least || share.bad * 100 < percent * share.all) return null
    this.#slots = []
    return share
  }

  #count(isBad: boolean, now: EpochMs, width: Ms): void {
    let slot = this.#slots.at(-1)
    if (slot === undefined || now - slot.at >= width) this.#slots.push((slot = { at: now, all: 0, bad: 0 }))
    slot.all++
    if (isBad) slot.bad++
  }

  #sum(): Share {
    let [all, bad] = [0, 0]
    for (const slot of this.#slots) {
      all += slot.all
      bad += slot.bad
    }
    return { all, bad }
  }
}
