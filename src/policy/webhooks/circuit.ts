// When an endpoint is posted to, and how much at once: one that fails is left alone for ever longer and tried with one post, one that takes it again
// is trusted step by step, and one that takes nothing for three days is dead.
//
//   open    posts go, `allowed` at once, doubled by each that is taken   → resting (too many failed), dead, gone
//   resting nothing goes before `until`                                  → trying, dead, gone
//   trying  one post goes                                                → open (it was taken), resting, dead, gone
//   dead    it took nothing for `DEAD_AFTER` though it was tried         → open (somebody said so)
//   gone    it answered 410                                              → open (somebody said so)
import type { EpochMs, Ms } from '../../base/brand.ts'

export const DEAD_AFTER: Ms = 3 * 86_400_000
/** Of that, at least so long in one run of the server: while the server stood still the endpoint could take nothing. */
const SEEN_FOR: Ms = 3_600_000
/** In a row, after which it rests; fewer where fewer are allowed. */
const FAILURES = 5
const FIRST_REST: Ms = 1000
const LONGEST_REST: Ms = 15 * 60_000
/** A rest is at most this share of the time that it took nothing, though this is always allowed: one that is away for a minute at a time is found soon. */
const SHARE_OF_OUTAGE = 1 / 8
const ALWAYS_ALLOWED: Ms = 30_000
/** What a receiver may ask for with `Retry-After`. */
const LONGEST_ASKED: Ms = 3_600_000
/** Posts taken in a row, by which a rest to come is halved. */
const TRUST = 20
const GONE = 410

export type CircuitState =
  | { readonly is: 'open' }
  | { readonly is: 'resting' | 'trying'; readonly until: EpochMs }
  | { readonly is: 'dead' | 'gone' }

export interface CircuitOptions {
  /** Posts at once at most. */
  readonly most: number
  /** Since when it took nothing, as it was kept. */
  readonly failing: EpochMs | null
  /** From 0 up to 1. */
  readonly random?: () => number
}

/** What a failure means for whoever posts. */
export interface Failure {
  readonly status: number | null
  /** What the receiver asked for. */
  readonly retryAfter: Ms | null
}

export class Circuit {
  #state: CircuitState = { is: 'open' }
  #most: number
  #allowed = 1
  #failures = 0
  #taken = 0
  #level = 0
  #failing: EpochMs | null
  /** Since when, as far as it was seen here; null: it was not seen to fail. */
  #seenFailing: EpochMs | null = null
  readonly #random: () => number

  constructor({ most, failing, random = Math.random }: CircuitOptions) {
    this.#most = most
    this.#failing = failing
    this.#random = random
  }

  get state(): CircuitState {
    return this.#state
  }

  /** Since when it took nothing; null: it took the last, or nothing failed. */
  get failing(): EpochMs | null {
    return this.#failing
  }

  /** Of settings that changed. */
  set most(most: number) {
    this.#most = most
  }

  /** Posts that may be under way now. */
  allowed(now: EpochMs): number {
    if (this.#state.is === 'resting' && now >= this.#state.until) this.#to({ is: 'trying', until: now })
    if (this.#state.is === 'open') return Math.min(this.#allowed, this.#most)
    return this.#state.is === 'trying' ? 1 : 0
  }

  took(): void {
    this.#failing = null
    this.#seenFailing = null
    this.#failures = 0
    if (++this.#taken % TRUST === 0) this.#level = Math.max(0, this.#level - 1)
    if (this.#state.is === 'open') this.#allowed = Math.min(this.#allowed * 2, this.#most)
    else if (this.#state.is !== 'gone') {
      this.#to({ is: 'open' })
      // One that fails next may be to blame itself.
      this.#allowed = Math.min(2, this.#most)
    }
  }

  failed(now: EpochMs, { status, retryAfter }: Failure): void {
    this.#failing ??= now
    this.#seenFailing ??= now
    this.#taken = 0
    this.#failures++
    if (status === GONE) return this.#to({ is: 'gone' })
    if (this.#state.is === 'dead' || this.#state.is === 'gone') return
    if (now - this.#failing >= DEAD_AFTER && now - this.#seenFailing >= SEEN_FOR) return this.#to({ is: 'dead' })
    const asked = Math.min(retryAfter ?? 0, LONGEST_ASKED)
    // Posts that were under way when the rest began tell nothing new.
    if (this.#state.is === 'resting') return this.#to({ is: 'resting', until: Math.max(this.#state.until, now + asked) })
    if (this.#state.is === 'trying' || asked > 0 || this.#failures >= Math.min(FAILURES, this.#allowed)) this.#rest(now, asked)
  }

  /** Somebody said that it is well again. */
  reset(): void {
    this.#failing = null
    this.#seenFailing = null
    this.#level = 0
    this.#failures = 0
    this.#to({ is: 'open' })
  }

  /** As it was kept. */
  end(as: 'dead' | 'gone'): void {
    this.#to({ is: as })
  }

  #rest(now: EpochMs, asked: Ms): void {
    const away = Math.max((now - (this.#failing ?? now)) * SHARE_OF_OUTAGE, ALWAYS_ALLOWED)
    const wait = Math.min(FIRST_REST * 2 ** this.#level, away, LONGEST_REST) * (0.8 + 0.4 * this.#random())
    this.#level = Math.min(this.#level + 1, 30)
    this.#to({ is: 'resting', until: Math.round(now + Math.max(wait, asked)) })
  }

  #to(state: CircuitState): void {
    if (state.is !== 'open' || this.#state.is !== 'open') this.#allowed = 1
    this.#state = state
  }
}

/** Of a post that failed while others are taken: when it is tried again. */
const RETRIES: readonly Ms[] = [1000, 5000, 20_000, 60_000, 300_000, 900_000]
const LONGEST: Ms = 3_600_000

export function postAgain(tries: number, now: EpochMs, random: () => number = Math.random): EpochMs {
  return Math.round(now + (RETRIES[tries - 1] ?? LONGEST) * (0.9 + 0.2 * random()))
}

/** After so many tries, others being taken meanwhile, it is set aside. */
export const TRIES_IN_LINE = 3
