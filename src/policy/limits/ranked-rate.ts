// A rate of which a share is kept for mail of higher priority, as long as there is mail of more than one. The rest and the share are two
// rates that together are never more than the limit: lower priorities have the rest, higher ones the share first and then the rest. What is
// kept may go at once for the highest; otherwise each is spread evenly. With mail of one priority only it is one rate.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import { keptOf, PriorityUse } from './priority-use.ts'
import { type RateState, type RateTerms, SlidingRate } from './sliding-rate.ts'

export class RankedRate {
  readonly #share: number
  readonly #use: PriorityUse
  readonly #rest = new SlidingRate()
  /** Null: nothing was kept in the last window. */
  #kept: SlidingRate | null = null

  constructor(share: number, span: Ms) {
    this.#share = share
    this.#use = new PriorityUse(span)
  }

  /** 0: `n` may be taken now. Otherwise from when, as far as is known; Infinity: never. `n` is at most the limit. */
  until(now: EpochMs, n: number, terms: RateTerms, rank: Rank): EpochMs {
    this.#use.note(rank, now)
    const keptFor = this.#keptFor(now, terms)
    if (keptFor === undefined) return this.#rest.until(now, n, terms)
    const [own, rest] = [this.#ownUntil(now, n, terms, rank), this.#restUntil(now, n, terms, rank)]
    return Math.max(this.#windowUntil(now, n, terms), keptFor === null || rank >= keptFor ? Math.min(own, rest) : rest)
  }

  /** Takes `n`, where `until` said so; returns how much of it is out of what is kept. */
  take(now: EpochMs, n: number, terms: RateTerms, rank: Rank): number {
    const keptFor = this.#keptFor(now, terms)
    if (keptFor === undefined) {
      this.#rest.take(now, n, terms)
      return 0
    }
    const isOwn =
      (keptFor === null || rank >= keptFor) && this.#ownUntil(now, n, terms, rank) === 0 && !this.#isRestLost(now, n, terms, rank)
    const kept = isOwn ? n : n - Math.min(n, this.#termsOfRest(terms).limit)
    if (kept > 0) this.#kept?.take(now, kept, this.#termsOfKept(terms, rank))
    if (n > kept) this.#rest.take(now, n - kept, this.#termsOfRest(terms))
    return kept
  }

  /** `n` of what was taken at a time did not happen, `kept` of it out of what is kept. */
  giveBack(at: EpochMs, n: number, kept: number, terms: RateTerms): void {
    if (kept > 0) this.#kept?.giveBack(at, kept, this.#termsOfKept(terms, 1))
    if (n > kept) this.#rest.giveBack(at, n - kept, this.#kept === null ? terms : this.#termsOfRest(terms))
  }

  /** How much was taken in the window that ends now, whatever it was out of. */
  used(now: EpochMs, span: Ms): number {
    return this.#rest.count(now, span) + (this.#kept?.count(now, span) ?? 0)
  }

  /** Whether nothing of it has to be remembered. */
  isIdle(now: EpochMs, span: Ms): boolean {
    return this.#rest.isIdle(now, span) && this.#kept?.isIdle(now, span) !== false
  }

  /** All that was taken, whatever it was out of. */
  state(now: EpochMs, span: Ms): RateState {
    const { taken, next } = this.#rest.state(now, span)
    if (this.#kept === null) return { taken, next }
    return { taken: [...taken, ...this.#kept.state(now, span).taken].toSorted(([a], [b]) => a - b), next }
  }

  restore(state: RateState, now: EpochMs, terms: RateTerms): void {
    this.#rest.restore(state, now, terms)
  }

  /** Of the rest: see there. What is kept may have gone at once just before. */
  beginBlind(since: EpochMs, terms: RateTerms): void {
    const kept = keptOf(terms.limit, this.#share)
    this.#rest.beginBlind(since, kept === 0 ? terms : this.#termsOfRest(terms))
    if (kept > 0) (this.#kept = new SlidingRate()).beginBlind(since, { ...terms, limit: kept, burst: 2 })
  }

  /** Undefined: it is one rate. Null: what was kept is there for all. */
  #keptFor(now: EpochMs, { limit, span }: RateTerms): Rank | null | undefined {
    const keptFor = keptOf(limit, this.#share) === 0 ? null : this.#use.keptFor(now)
    if (keptFor !== null) this.#kept ??= new SlidingRate()
    else if (this.#kept?.isIdle(now, span) === true) this.#kept = null
    return this.#kept === null ? undefined : keptFor
  }

  #ownUntil(now: EpochMs, n: number, terms: RateTerms, rank: Rank): EpochMs {
    return this.#kept?.until(now, n, this.#termsOfKept(terms, rank)) ?? Infinity
  }

  /** What is more than the rest has needs what is kept as well. */
  #restUntil(now: EpochMs, n: number, terms: RateTerms, rank: Rank): EpochMs {
    const rest = this.#termsOfRest(terms)
    const most = Math.min(n, rest.limit)
    return Math.max(this.#rest.until(now, most, rest), n > most ? this.#ownUntil(now, n - most, terms, rank) : 0)
  }

  /** What others leave of the rest costs nobody anything. */
  #isRestLost(now: EpochMs, n: number, terms: RateTerms, rank: Rank): boolean {
    return this.#rest.isBehind(now, terms.span) && this.#restUntil(now, n, terms, rank) === 0
  }

  /** While what is kept changes, what was taken before counts against both. */
  #windowUntil(now: EpochMs, n: number, { limit, span }: RateTerms): EpochMs {
    const kept = this.#kept?.count(now, span) ?? 0
    if (n + kept > limit) return this.#kept?.windowUntil(now, n, limit, span) ?? 0
    return this.#rest.windowUntil(now, n + kept, limit, span)
  }

  #termsOfKept({ limit, span, burst }: RateTerms, rank: Rank): RateTerms {
    const kept = keptOf(limit, this.#share)
    return { limit: kept, span, burst: rank === 2 ? Math.max(1, kept) : burst }
  }

  #termsOfRest({ limit, span, burst }: RateTerms): RateTerms {
    return { limit: limit - keptOf(limit, this.#share), span, burst }
  }
}
