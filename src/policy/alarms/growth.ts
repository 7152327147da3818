// How fast a disk fills: what was free over the last day, a sample now and then, and how many days are left at that pace.
import type { EpochMs, Ms } from '../../base/brand.ts'

const DAY: Ms = 86_400_000
const EVERY: Ms = 600_000
/** Less time says nothing of a day. */
const LEAST: Ms = 3_600_000

export class DiskGrowth {
  #samples: readonly { readonly at: EpochMs; readonly free: number }[] = []

  /** Keeps one in ten minutes, of a day. */
  add(at: EpochMs, free: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && at - last.at < EVERY && at >= last.at) return
    this.#samples = [...this.#samples.filter((one) => one.at > at - DAY && one.at <= at), { at, free }]
  }

  /** Until only `least` is free; Infinity: it does not fill. Null: that is not known yet. */
  daysLeft(now: EpochMs, free: number, least: number): number | null {
    const first = this.#samples[0]
    if (first === undefined || now - first.at < LEAST) return null
    const aDay = ((first.free - free) * DAY) / (now - first.at)
    return aDay <= 0 ? Infinity : Math.max(0, free - least) / aDay
  }
}
