// What one rule with Dynamic Block Rules does at one place: at most one of its blocks at a time.
//
//   quiet       replies that match are counted, up to the threshold of their block                     → holding
//   holding     until `until` nothing leaves, or less                                                  → recovering, by time
//   recovering  a little more leaves at each of ten steps (holding.ts) until `recoversUntil`           → quiet, by time
//
// A block of a higher priority takes the place of the one that holds. A reply that comes again later, when those that were on their way
// are in, tightens it, while it holds as well as while it recovers.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { BlockRule, Holding } from '../../contract/blocks.ts'
import { begin, lasting, LONGEST_PAUSE, type Observed, tighten } from './holding.ts'

/** Replies that come so soon after a change were on their way before it; at most half of the pause, so that others tell before it is over. */
export const ON_THE_WAY: Ms = 60_000

/** `begun`: something new holds. `tightened`: less than before leaves. `alert`: only that. `counted`: nothing yet, or it is known. */
export type Matched = 'begun' | 'tightened' | 'alert' | 'counted'

/** Whether such a reply was on its way when what holds changed last, so that it says nothing new. */
export function isKnown({ block, changedAt }: Holding, match: BlockRule, now: EpochMs): boolean {
  return now - changedAt < Math.min(ON_THE_WAY, block.pause / 2) && match.priority <= block.priority
}

export class RuleState {
  readonly #counts = new Map<string, EpochMs[]>()
  readonly #alertedUntil = new Map<string, EpochMs>()
  #holding: Holding | null

  constructor(holding: Holding | null = null) {
    this.#holding = holding
  }

  matched(block: BlockRule, observed: Observed, now: EpochMs): Matched {
    const holding = this.holding(now)
    if (block.onlyAlert) return this.#alert(block, now)
    if (holding !== null && isKnown(holding, block, now)) return 'counted'
    if (!this.#reached(block, now)) return 'counted'
    if (holding === null || block.priority > holding.block.priority) {
      this.#holding = begin(block, observed, now)
      return 'begun'
    }
    this.#holding = tighten(holding, now)
    return 'tightened'
  }

  /** What holds or recovers. */
  holding(now: EpochMs): Holding | null {
    return this.#holding !== null && now >= this.#holding.recoversUntil ? null : this.#holding
  }

  /** What held last, over or not; null: nothing, or it was ended. */
  get last(): Holding | null {
    return this.#holding
  }

  /** By hand: what holds does so until then, and recovers after it. */
  extend(until: EpochMs, now: EpochMs): void {
    const holding = this.holding(now)
    if (holding !== null) this.#holding = lasting(holding, until, now)
  }

  /** By hand, or by time. */
  end(): void {
    this.#holding = null
    this.#counts.clear()
  }

  /** Nothing is known that a new one would not know. */
  isForgettable(now: EpochMs): boolean {
    if (this.holding(now) !== null) return false
    for (const until of this.#alertedUntil.values()) if (until > now) return false
    for (const [name, times] of this.#counts) if ((times.at(-1) ?? 0) + LONGEST_PAUSE < now) this.#counts.delete(name)
    return this.#counts.size === 0
  }

  #alert(block: BlockRule, now: EpochMs): Matched {
    if ((this.#alertedUntil.get(block.name) ?? 0) > now || !this.#reached(block, now)) return 'counted'
    this.#alertedUntil.set(block.name, now + block.pause)
    return 'alert'
  }

  #reached({ name, threshold }: BlockRule, now: EpochMs): boolean {
    if (threshold === undefined) return true
    const { count, within } = threshold
    const times = (this.#counts.get(name) ?? []).filter((at) => at > now - within)
    times.push(now)
    if (times.length < count) {
      this.#counts.set(name, times)
      return false
    }
    this.#counts.delete(name)
    return true
  }
}
