// The limits of an installation by what they count: rates over a sliding span, and counts of what is held (connections). Several are
// asked for at once, all or nothing, and a refusal says which one binds and until when. What hours and days have taken must outlive the
// process: it is taken only out of a reserve that was saved before, so that after a crash too little is sent and never too much.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { NORMAL_RANK, type Rank } from '../../contract/priority.ts'
import { HeldCount } from './held-count.ts'
import { RankedRate } from './ranked-rate.ts'
import type { RateState, RateTerms } from './sliding-rate.ts'

export interface LimitAsk {
  /** What it counts: the setting and its scope, such as `messages_per_minute site=mx.example.net`. It says the span too. */
  readonly key: string
  readonly limit: number
  /** Of a rate; null: what is held at the same time. */
  readonly span: Ms | null
  readonly burst: number
  /** Whether one counts as one, or by its octets. */
  readonly counts: 'one' | 'octets'
}

export interface Grant {
  readonly kind: 'granted'
  readonly asks: readonly LimitAsk[]
  readonly octets: number
  readonly at: EpochMs
  /** How much of each is out of the share that is kept for higher priorities; absent: nothing. */
  readonly kept?: readonly number[]
}

export interface Refusal {
  readonly kind: 'refused'
  readonly which: LimitAsk
  /** Infinity: until something is released, saved or allowed. */
  readonly until: EpochMs
}

/** A rate as it is saved: what was taken, and how much more may have been since. */
export interface SavedRate {
  readonly key: string
  readonly span: Ms
  readonly limit: number
  readonly burst: number
  readonly state: RateState
  readonly reserve: number
}

interface RateScope {
  readonly span: Ms
  readonly rate: RankedRate
  terms: RateTerms
  /** How much may be taken before it is saved again. */
  reserve: number
  /** Taken since the state that is being saved. */
  since: number
  askedAt: EpochMs
}

/** Rates of at least this span are saved before they are taken. */
const LASTING: Ms = 3_600_000
const MOST_RESERVE = 1000
/** A scope that nobody asked for so long, and that has nothing to remember, goes. */
const KEPT: Ms = 60_000

export interface LimitBookOptions {
  /** Called when something is to be saved (`unsaved`); null: nothing outlives this book. */
  readonly save: (() => void) | null
  /** Since when it counts without knowing what was sent shortly before; null: it knows. */
  readonly blindSince: EpochMs | null
  /** Part of each limit that is kept for higher priorities. */
  readonly share: number
}

export class LimitBook {
  readonly #options: LimitBookOptions
  readonly #rates = new Map<string, RateScope>()
  readonly #held = new Map<string, HeldCount>()
  readonly #unsaved = new Set<string>()
  #hand: Iterator<[string, RateScope]> | null = null

  constructor(options: LimitBookOptions) {
    this.#options = options
  }

  /** Scopes that are kept in memory. */
  get size(): number {
    return this.#rates.size + this.#held.size
  }

  heldBy(key: string): number {
    return this.#held.get(key)?.all ?? 0
  }

  /** What a rate took in its window that ends now. */
  used(key: string, now: EpochMs): number {
    const scope = this.#rates.get(key)
    return scope?.rate.used(now, scope.span) ?? 0
  }

  ask(asks: readonly LimitAsk[], octets: number, now: EpochMs, rank: Rank = NORMAL_RANK): Grant | Refusal {
    let which: LimitAsk | null = null
    let latest: EpochMs = 0
    for (const ask of asks) {
      const until = this.until(ask, octets, now, rank)
      if (until <= latest) continue
      latest = until
      which = ask
    }
    if (which !== null) return { kind: 'refused', which, until: latest }
    let kept: number[] | null = null
    for (const [i, ask] of asks.entries()) {
      const own = this.#take(ask, octets, now, rank)
      if (own > 0) (kept ??= asks.map(() => 0))[i] = own
    }
    const grant = { kind: 'granted', asks, octets, at: now } as const
    return kept === null ? grant : { ...grant, kept }
  }

  /** 0: this one has room. Otherwise from when; Infinity: after something that has no time. */
  until(ask: LimitAsk, octets: number, now: EpochMs, rank: Rank = NORMAL_RANK): EpochMs {
    const { key, limit, span, burst } = ask
    if (span === null) {
      const held = this.#held.get(key)
      held?.note(rank, now)
      return held?.hasRoom(limit, this.#options.share, rank, now) === false ? Infinity : 0
    }
    const scope = this.#rates.get(key) ?? this.#open(key, { limit, span, burst }, now)
    const n = amount(ask, octets)
    scope.askedAt = now
    const until = scope.rate.until(now, n, { limit, span, burst }, rank)
    if (until > 0 || scope.reserve >= n) return until
    this.#wantSaved(key)
    return Infinity
  }

  /** What was held is held no longer. What rates took stays taken. */
  release({ asks, kept }: Grant): void {
    for (const [i, { key, span }] of asks.entries()) if (span === null) this.#letGo(key, kept?.[i] ?? 0)
  }

  /** What was granted did not happen. */
  giveBack({ asks, octets, at, kept }: Grant): void {
    for (const [i, ask] of asks.entries()) {
      const own = kept?.[i] ?? 0
      if (ask.span === null) this.#letGo(ask.key, own)
      else {
        const { key, limit, span, burst } = ask
        const scope = this.#rates.get(key)
        scope?.rate.giveBack(at, amount(ask, octets), own, { limit, span, burst })
      }
    }
  }

  /** What somebody holds already, whatever the limits say. */
  hold({ asks, kept }: Pick<Grant, 'asks' | 'kept'>): void {
    for (const [i, { key, span }] of asks.entries()) if (span === null) this.#heldAt(key).add(kept?.[i] ?? 0)
  }

  /** What is to be saved now. Each has the reserve that it may take when `saved` was called with it. */
  unsaved(now: EpochMs): readonly SavedRate[] {
    const rates: SavedRate[] = []
    for (const key of this.#unsaved) {
      const scope = this.#rates.get(key)
      if (scope === undefined) continue
      scope.since = 0
      rates.push(savedRate(key, scope, now, reserveOf(scope.terms)))
    }
    this.#unsaved.clear()
    return rates
  }

  saved(rates: readonly SavedRate[]): void {
    for (const { key, reserve } of rates) {
      const scope = this.#rates.get(key)
      if (scope !== undefined) scope.reserve = Math.max(0, reserve - scope.since)
    }
  }

  /** They could not be saved: they are to be tried again. */
  notSaved(rates: readonly SavedRate[]): void {
    for (const { key } of rates) this.#unsaved.add(key)
  }

  /** Everything that rates have taken, for the next book; this one grants nothing more. */
  close(now: EpochMs): readonly SavedRate[] {
    return [...this.#rates].map(([key, scope]) => savedRate(key, scope, now, 0))
  }

  restore(rates: readonly SavedRate[], now: EpochMs): void {
    for (const { key, span, limit, burst, state, reserve } of rates) {
      const terms = { limit, span, burst }
      const scope = this.#openWith(key, terms, now)
      scope.rate.restore(state, now, terms)
      // Nobody knows whether it was taken, nor when: as late as may be.
      if (reserve > 0) scope.rate.take(now, reserve, terms, NORMAL_RANK)
    }
  }

  /** Returns how much of it is out of what is kept for higher priorities. */
  #take(ask: LimitAsk, octets: number, now: EpochMs, rank: Rank): number {
    const { key, limit, span, burst } = ask
    if (span === null) {
      const held = this.#heldAt(key)
      held.note(rank, now)
      return held.take(limit, this.#options.share, rank, now)
    }
    const scope = this.#rates.get(key)
    if (scope === undefined) return 0
    const n = amount(ask, octets)
    if (scope.terms.limit !== limit || scope.terms.burst !== burst) scope.terms = { limit, span, burst }
    const kept = scope.rate.take(now, n, scope.terms, rank)
    if (scope.reserve === Infinity) return kept
    scope.reserve -= n
    scope.since += n
    if (scope.reserve <= reserveOf(scope.terms) / 2) this.#wantSaved(key)
    return kept
  }

  #wantSaved(key: string): void {
    if (this.#unsaved.size === 0) this.#options.save?.()
    this.#unsaved.add(key)
  }

  #open(key: string, terms: RateTerms, now: EpochMs): RateScope {
    this.#tidy(now)
    const scope = this.#openWith(key, terms, now)
    const { blindSince } = this.#options
    if (blindSince !== null && terms.span < LASTING && now < blindSince + 2 * terms.span) scope.rate.beginBlind(blindSince, terms)
    return scope
  }

  #openWith(key: string, terms: RateTerms, now: EpochMs): RateScope {
    const isSaved = this.#options.save !== null && terms.span >= LASTING
    const scope = {
      span: terms.span,
      rate: new RankedRate(this.#options.share, terms.span),
      terms,
      reserve: isSaved ? 0 : Infinity,
      since: 0,
      askedAt: now,
    }
    this.#rates.set(key, scope)
    return scope
  }

  /** With each scope that comes two are looked at, one after the other; who has nothing to remember goes. */
  #tidy(now: EpochMs): void {
    for (let looks = 0; looks < 2; looks++) {
      this.#hand ??= this.#rates.entries()
      const next = this.#hand.next()
      if (next.done === true) {
        this.#hand = null
        return
      }
      const [key, { rate, span, askedAt }] = next.value
      if (now - askedAt > KEPT && rate.isIdle(now, span)) this.#rates.delete(key)
    }
  }

  #heldAt(key: string): HeldCount {
    let held = this.#held.get(key)
    if (held === undefined) this.#held.set(key, (held = new HeldCount()))
    return held
  }

  #letGo(key: string, kept: number): void {
    const held = this.#held.get(key)
    held?.remove(kept)
    if (held?.all === 0) this.#held.delete(key)
  }
}

/** What is larger than a limit goes alone: it uses up the whole of it. */
function amount({ counts, limit }: LimitAsk, octets: number): number {
  return counts === 'one' ? 1 : Math.min(limit, octets)
}

/** A hundredth of the limit, so that a crash costs no more than that. */
function reserveOf({ limit }: RateTerms): number {
  return Math.min(MOST_RESERVE, Math.ceil(limit / 100))
}

function savedRate(key: string, { span, rate, terms: { limit, burst } }: RateScope, now: EpochMs, reserve: number): SavedRate {
  return { key, span, limit, burst, state: rate.state(now, span), reserve }
}
