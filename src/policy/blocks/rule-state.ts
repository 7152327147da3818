// What one rule with Dynamic Block Rules does at one site or provider: at most one of its blocks at a time.
//
//   quiet       replies that match are counted, up to the threshold of their block                     → holding
//   holding     until `until` nothing leaves, or less                                                  → recovering, by time
//   recovering  a little more leaves at each of ten steps (additive increase) until `recoversUntil`    → quiet, by time
//
// A block of a higher priority takes the place of the one that holds. A reply that comes again later, when those that were on their way
// are in, halves what leaves or doubles the pause (multiplicative decrease), while it holds as well as while it recovers.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { BlockAction, BlockRule } from '../../contract/blocks.ts'

/** Replies that come so soon after a change were on their way before it. */
export const ON_THE_WAY: Ms = 60_000
/** However often it doubles. */
export const LONGEST_PAUSE: Ms = 86_400_000
const STEPS = 10

/** What may leave; Infinity: nothing is kept back. */
export interface Ease {
  /** Nothing leaves until then; 0: it may. */
  readonly pausedUntil: EpochMs
  readonly connections: number
  readonly perMinute: number
}

export const AT_EASE: Ease = { pausedUntil: 0, connections: Infinity, perMinute: Infinity }

export interface Holding {
  readonly block: BlockRule
  readonly action: BlockAction
  /** Messages a minute, or connections; for a pause the connections with which it begins to recover. */
  readonly level: number
  readonly since: EpochMs
  readonly until: EpochMs
  readonly recoversUntil: EpochMs
  readonly changedAt: EpochMs
}

/** `begun`: something new holds. `tightened`: less than before leaves. `alert`: only that. `counted`: nothing yet, or it is known. */
export type Matched = 'begun' | 'tightened' | 'alert' | 'counted'

export class RuleState {
  readonly #counts = new Map<string, EpochMs[]>()
  readonly #alertedUntil = new Map<string, EpochMs>()
  #holding: Holding | null = null

  matched(block: BlockRule, now: EpochMs): Matched {
    const holding = this.holding(now)
    if (block.onlyAlert) return this.#alert(block, now)
    if (holding !== null && now - holding.changedAt < ON_THE_WAY && block.priority <= holding.block.priority) return 'counted'
    if (!this.#reached(block, now)) return 'counted'
    if (holding === null || block.priority > holding.block.priority) {
      this.#holding = begin(block, now)
      return 'begun'
    }
    this.#holding = tighten(holding, now)
    return 'tightened'
  }

  /** What holds or recovers. */
  holding(now: EpochMs): Holding | null {
    if (this.#holding !== null && now >= this.#holding.recoversUntil) this.#holding = null
    return this.#holding
  }

  ease(now: EpochMs): Ease {
    const holding = this.holding(now)
    if (holding === null) return AT_EASE
    const { action, until, level } = holding
    if (action === 'pause' && now < until) return { ...AT_EASE, pausedUntil: until }
    const allowed = level * multipleAt(holding, now)
    return action === 'slow' ? { ...AT_EASE, perMinute: allowed } : { ...AT_EASE, connections: allowed }
  }

  /** When what may leave changes next by itself; null: it does not. */
  nextChange(now: EpochMs): EpochMs | null {
    const holding = this.holding(now)
    if (holding === null) return null
    if (now < holding.until) return holding.until
    return Math.min(holding.recoversUntil, holding.until + (stepsDone(holding, now) + 1) * stepOf(holding))
  }

  /** By hand: what holds does so until then, and recovers after it. */
  extend(until: EpochMs, now: EpochMs): void {
    const holding = this.holding(now)
    if (holding !== null) this.#holding = { ...holding, until, recoversUntil: until + holding.block.recovery, changedAt: now }
  }

  /** By hand. */
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

/** What holds together. */
export function tightest(eases: readonly Ease[]): Ease {
  return eases.reduce(
    (all, one) => ({
      pausedUntil: Math.max(all.pausedUntil, one.pausedUntil),
      connections: Math.min(all.connections, one.connections),
      perMinute: Math.min(all.perMinute, one.perMinute),
    }),
    AT_EASE,
  )
}

function begin(block: BlockRule, now: EpochMs): Holding {
  const { action, to, pause, recovery } = block
  const until = now + pause
  const level = action === 'pause' ? 1 : to
  return { block, action, level, since: now, until, recoversUntil: until + recovery, changedAt: now }
}

function tighten(holding: Holding, now: EpochMs): Holding {
  const { block, action, until, since } = holding
  const level = Math.max(1, Math.floor((holding.level * multipleAt(holding, now)) / 2))
  const pause = action === 'pause' ? Math.max(block.pause, Math.min(LONGEST_PAUSE, 2 * (until - holding.changedAt))) : block.pause
  return {
    ...holding,
    level: action === 'pause' ? 1 : level,
    since,
    until: now + pause,
    recoversUntil: now + pause + block.recovery,
    changedAt: now,
  }
}

function stepOf({ block }: Holding): Ms {
  return Math.max(1, Math.ceil(block.recovery / STEPS))
}

function stepsDone(holding: Holding, now: EpochMs): number {
  return Math.floor((now - holding.until) / stepOf(holding))
}

/** How many times its level: one while it holds, and one more at each step, of which the first is at once where something left all along. */
function multipleAt(holding: Holding, now: EpochMs): number {
  if (now < holding.until) return 1
  return stepsDone(holding, now) + (holding.action === 'pause' ? 1 : 2)
}
