// When a milter that failed is asked again (a circuit breaker): one that is away is left alone at once, so that no message waits for it; one
// that fails on messages, after three in a row, as it may have been the message. The rest doubles, and one message tries it when it is over.
//
//   well     it answers                                     → resting (it is away, or failed three times in a row)
//   resting  nobody asks it before `until`                   → trying (the first who asks after that)
//   trying   one asks it, the others do not                  → well (it answers), resting (it does not; longer)
import type { EpochMs, Ms } from '../../base/brand.ts'

const FIRST: Ms = 1000
const LONGEST: Ms = 60_000
const IN_A_ROW = 3

export class MilterRest {
  #state: 'well' | 'resting' | 'trying' = 'well'
  #until: EpochMs = 0
  #rest: Ms = 0
  #row = 0
  #since: EpochMs | null = null
  #why = ''
  #wasAway = false

  /** Since when it fails; null: it does not. */
  get failingSince(): EpochMs | null {
    return this.#since
  }

  get why(): string {
    return this.#why
  }

  /** Null where it is not left alone. */
  get until(): EpochMs | null {
    return this.#state === 'well' ? null : this.#until
  }

  /** Whether it may be asked now. Who is told yes while it rests is the one that tries. */
  mayAsk(now: EpochMs): boolean {
    if (this.#state === 'well') return true
    if (now < this.#until) return false
    // Who tries and never says what came of it keeps nobody away for longer than another rest.
    this.#state = 'trying'
    this.#until = now + this.#rest
    return true
  }

  answered(): void {
    this.#state = 'well'
    this.#rest = 0
    this.#row = 0
    this.#since = null
    this.#why = ''
  }

  /** It can be connected to again. Where that was not what was wrong, the next failure is believed at once. */
  reached(): void {
    if (this.#wasAway) return this.answered()
    this.#state = 'well'
    this.#row = IN_A_ROW - 1
  }

  /** `isAway`: it cannot be reached at all. */
  failed(now: EpochMs, why: string, isAway: boolean): void {
    this.#since ??= now
    this.#why = why
    this.#wasAway = isAway
    this.#row++
    if (this.#state === 'resting') return
    if (this.#state === 'well' && !isAway && this.#row < IN_A_ROW) return
    this.#rest = Math.min(LONGEST, this.#rest === 0 ? FIRST : this.#rest * 2)
    this.#until = now + this.#rest
    this.#state = 'resting'
  }
}
