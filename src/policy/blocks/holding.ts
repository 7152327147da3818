// What a block does in the course of time: it holds, and then a little more leaves at each of ten steps (additive increase). What is said
// again later halves what leaves, or doubles the time (multiplicative decrease), while it holds as well as while it recovers.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { BlockAction, BlockRule, Holding } from '../../contract/blocks.ts'

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

/** What there was, for a block that divides it. */
export interface Observed {
  readonly rate: number
  readonly connections: number
}

export function begin(block: BlockRule, observed: Observed, now: EpochMs): Holding {
  const { action, pause } = block
  const until = now + pause
  return { block, action, level: levelOf(block, observed), since: now, until, recoversUntil: recovered(block, until), changedAt: now }
}

function levelOf({ action, to, factor }: BlockRule, { rate, connections }: Observed): number {
  if (action !== 'slow' && action !== 'connections') return 1
  return factor === undefined ? to : Math.max(1, Math.floor((action === 'slow' ? rate : connections) / factor))
}

export function tighten(holding: Holding, now: EpochMs): Holding {
  const { block, action, until, changedAt } = holding
  const isEasing = action === 'slow' || action === 'connections'
  const level = isEasing ? Math.max(1, Math.floor((holding.level * multipleAt(holding, now)) / 2)) : 1
  const pause = isEasing ? block.pause : Math.max(block.pause, Math.min(LONGEST_PAUSE, 2 * (until - changedAt)))
  return lasting({ ...holding, level }, now + pause, now)
}

/** It holds until then, and recovers after it. */
export function lasting(holding: Holding, until: EpochMs, now: EpochMs): Holding {
  return { ...holding, until, recoversUntil: recovered(holding.block, until), changedAt: now }
}

/** Whether it is about how much leaves. */
function eases(action: BlockAction): boolean {
  return action === 'pause' || action === 'slow' || action === 'connections'
}

/** What is not about how much does not come back step by step. */
function recovered({ action, recovery }: BlockRule, until: EpochMs): EpochMs {
  return eases(action) ? until + recovery : until
}

export function easeOf(holding: Holding, now: EpochMs): Ease {
  const { action, until, level, recoversUntil } = holding
  if (now >= recoversUntil || !eases(action)) return AT_EASE
  if (action === 'pause' && now < until) return { ...AT_EASE, pausedUntil: until }
  const allowed = level * multipleAt(holding, now)
  return action === 'slow' ? { ...AT_EASE, perMinute: allowed } : { ...AT_EASE, connections: allowed }
}

/** When what may leave changes next by itself; null: it does not. */
export function nextChangeOf(holding: Holding, now: EpochMs): EpochMs | null {
  const { until, recoversUntil } = holding
  if (now >= recoversUntil) return null
  return now < until ? until : Math.min(recoversUntil, until + (stepsDone(holding, now) + 1) * stepOf(holding))
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
