// Which priorities something was asked for with lately, and from which of them on a share of it is kept: against bulk always, against normal
// mail where there was mail of high priority. Where all mail is alike nothing is kept.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Config } from '../../contract/options.ts'
import type { Rank } from '../../contract/priority.ts'

/** What came so long ago counts no longer. */
const REMEMBERED: Ms = 3_600_000

export class PriorityUse {
  readonly #remembered: Ms
  #highAt: EpochMs = -Infinity
  #bulkAt: EpochMs = -Infinity

  constructor(span: Ms = 0) {
    this.#remembered = Math.max(REMEMBERED, span)
  }

  note(rank: Rank, now: EpochMs): void {
    if (rank === 2) this.#highAt = now
    else if (rank === 0) this.#bulkAt = now
  }

  /** The lowest that the share is kept for; null: nothing is kept. */
  keptFor(now: EpochMs): Rank | null {
    if (this.#highAt > now - this.#remembered) return 2
    return this.#bulkAt > now - this.#remembered ? 1 : null
  }
}

/** Part of each limit that is kept for higher priorities. */
export function shareKept(config: Pick<Config, 'delivery.priority_share'>): number {
  return config['delivery.priority_share'] / 100
}

/** What is kept of a limit; nothing of one that is too small for the share. */
export function keptOf(limit: number, share: number): number {
  return Number.isFinite(limit) ? Math.floor(limit * share) : 0
}
