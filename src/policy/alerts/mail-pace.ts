// When alerts go by mail: what happens together is gathered, and between two mails some time passes, so that a storm is one mail.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** The first of a storm waits for the others. */
const GATHERED: Ms = 30_000

export class MailPace {
  readonly #every: Ms
  readonly #gathered: Ms
  #waitingSince: EpochMs | null = null
  #lastAt: EpochMs = -Infinity

  /** `every`: least time between two mails. `gathered`: how long the first waits for the others. */
  constructor(every: Ms, gathered: Ms = GATHERED) {
    this.#every = every
    this.#gathered = gathered
  }

  /** Something waits: whether a mail goes now. */
  isDue(now: EpochMs): boolean {
    this.#waitingSince ??= now
    return now >= this.#waitingSince + Math.min(this.#gathered, this.#every) && now >= this.#lastAt + this.#every
  }

  sent(now: EpochMs): void {
    this.#lastAt = now
    this.#waitingSince = null
  }
}
