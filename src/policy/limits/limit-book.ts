// The limits of an installation by what they count: rates over a sliding span, and counts of what is held (connections). Several are
// asked for at once, all or nothing, and a refusal says which one binds and until when. What hours and days have taken must outlive the
// process: it is taken only out of a reserve that was saved before, so that after a crash too little is sent and never too much.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type RateState, type RateTerms, SlidingRate } from './sliding-rate.ts'

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
  readonly rate: SlidingRate
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
}

export class LimitBook {
  readonly #options: LimitBookOptions
  readonly #rates = new Map<string, RateScope>()
  readonly #held = new Map<string, number>()
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
    return this.#held.get(key) ?? 0
  }

  ask(asks: readonly LimitAsk[], octets: number, now: EpochMs): Grant | Refusal {
    let which: LimitAsk | null = null
    let latest: EpochMs = 0
    for (const ask of asks) {
      const until = this.until(ask, octets, now)
      if (until <= latest) continue
      latest = until
      which = ask
    }
    if (which !== null) return { kind: 'refused', which, until: latest }
    for (const ask of asks) this.#take(ask, octets, now)
    return { kind: 'granted', asks, octets, at: now }
  }

  /** 0: this one has room. Otherwise from when; Infinity: after something that has no time. */
  until(ask: LimitAsk, octets: number, now: EpochMs): EpochMs {
    const { key, limit, span, burst } = ask
    if (span === null) return this.heldBy(key) < limit ? 0 : Infinity
    const scope = this.#rates.get(key) ?? this.#open(key, { limit, span, burst }, now)
    const n = amount(ask, octets)
    scope.askedAt = now
    const until = scope.rate.until(now, n, { limit, span, burst })
    if (until > 0 || scope.reserve >= n) return until
    this.#wantSaved(key)
    return Infinity
  }

  /** What was held is held no longer. What rates took stays taken. */
  release({ asks }: Grant): void {
    for (const { key, span } of asks) if (span === null) this.#letGo(key)
  }

  /** What was granted did not happen. */
  giveBack({ asks, octets, at }: Grant): void {
    for (const ask of asks) {
      if (ask.span === null) this.#letGo(ask.key)
      else {
        const { key, limit, span, burst } = ask
        const scope = this.#rates.get(key)
        scope?.rate.giveBack(at, amount(ask, octets), { limit, span, burst })
      }
    }
  }

  /** What somebody holds already, whatever the limit says. */
  hold(key: string): void {
    this.#held.set(key, this.heldBy(key) + 1)
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
      if (reserve > 0) scope.rate.take(now, reserve, terms)
    }
  }

  #take(ask: LimitAsk, octets: number, now: EpochMs): void {
    const { key, limit, span, burst } = ask
    if (span === null) {
      this.hold(key)
      return
    }
    const scope = this.#rates.get(key)
    if (scope === undefined) return
    const n = amount(ask, octets)
    if (scope.terms.limit !== limit || scope.terms.burst !== burst) scope.terms = { limit, span, burst }
    scope.rate.take(now, n, scope.terms)
    if (scope.reserve === Infinity) return
    scope.reserve -= n
    scope.since += n
    if (scope.reserve <= reserveOf(scope.terms) / 2) this.#wantSaved(key)
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
    const scope = { span: terms.span, rate: new SlidingRate(), terms, reserve: isSaved ? 0 : Infinity, since: 0, askedAt: now }
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

  #letGo(key: string): void {
    const held = this.heldBy(key)
    if (held <= 1) this.#held.delete(key)
    else this.#held.set(key, held - 1)
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
