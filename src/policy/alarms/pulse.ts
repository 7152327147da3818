// Whether anything is delivered: how long nothing was while mail came in and is due. A quiet night is no alarm, nor is mail for tomorrow.
import type { EpochMs, Ms } from '../../base/brand.ts'

export interface Counted {
  readonly accepted: number
  readonly delivered: number
}

/** A few to a host that is down say nothing. */
const LEAST_ACCEPTED = 10

export class DeliveryPulse {
  #last: Counted
  /** Since when mail comes in and nothing leaves. */
  #since: EpochMs | null = null
  /** Something was delivered since this began to look: before, only a long time says something. */
  #isSure = false

  constructor(first: Counted) {
    this.#last = first
  }

  /** Null: that is not known yet. */
  look(now: Counted, isDue: boolean, at: EpochMs): { readonly still: Ms; readonly accepted: number } | null {
    if (now.delivered !== this.#last.delivered || now.accepted < this.#last.accepted) {
      this.#last = now
      this.#since = null
      this.#isSure = true
    }
    const accepted = now.accepted - this.#last.accepted
    if (!isDue) this.#since = null
    else if (accepted > 0) this.#since ??= at
    const still = this.#since === null || accepted < LEAST_ACCEPTED ? 0 : at - this.#since
    return still === 0 && !this.#isSure ? null : { still, accepted }
  }
}
