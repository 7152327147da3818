// What a day's figures mean for the next: the cap grows, stays or steps back. It grows one step of the plan at a time, never to more than
// the double, and only after a day on which at least 70 % of it were used and every share stayed under its threshold. Pure.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { formatDuration } from '../../base/quantities.ts'
import { WARMUP_PAST, type WarmupFigures, type WarmupPlan, type WarmupState, type WarmupThresholds } from '../../contract/warmup.ts'

export const DAY: Ms = 86_400_000
/** Of the cap, before the next step. */
export const USED = 0.7
/** Fewer attempts are too few to take a step back for. */
const TELLING = 20

/** The day that a time belongs to, by its number since 1970 (UTC). */
export function dayOf(at: EpochMs): number {
  return Math.floor(at / DAY)
}

/** When a plan may begin; 0: at once. */
export function startOf(start: string | null): EpochMs {
  return start === null ? 0 : Date.parse(`${start}T00:00:00Z`)
}

export function daysFor(plan: WarmupPlan, provider: string): readonly number[] {
  return (Object.hasOwn(plan.providers, provider) ? plan.providers[provider] : undefined) ?? plan.days
}

export function firstState(unit: string, provider: string, plan: WarmupPlan, at: EpochMs): WarmupState {
  const cap = daysFor(plan, provider)[0] ?? 1
  const said = 'Begins with the first day of its plan.'
  return { unit, provider, mode: 'warming', cap, began: at, since: at, looked: dayOf(at) - 1, bad: 0, idle: 0, said, past: [] }
}

/** The cap after this one; null: it was the last. */
export function nextCap(days: readonly number[], cap: number): number | null {
  const next = days.find((one) => one > cap)
  return next === undefined ? null : Math.min(next, cap * 2)
}

/** The cap before this one. */
export function lastCap(days: readonly number[], cap: number): number {
  return days.findLast((one) => one < cap) ?? Math.min(cap, days[0] ?? cap)
}

/** Which share is above its threshold, and by how much; null: none. */
export function worstOf(figures: WarmupFigures, thresholds: WarmupThresholds): { readonly what: string; readonly times: number } | null {
  let worst: { what: string; times: number } | null = null
  for (const [name, most] of Object.entries(thresholds) as [keyof WarmupThresholds, number][]) {
    const count = figures[name]
    if (count <= most * figures.sent) continue
    const times = most === 0 || figures.sent === 0 ? Infinity : count / figures.sent / most
    const share = figures.sent === 0 ? `${count}` : `${percent(count / figures.sent)} (${count} of ${figures.sent})`
    if (worst === null || times > worst.times) worst = { what: `${WORDS[name]}: ${share}, at most ${percent(most)}`, times }
  }
  return worst
}

const WORDS: Readonly<Record<keyof WarmupThresholds, string>> = {
  deferred: 'deferred',
  blocked: 'blocked',
  bounced: 'bounced for good',
  complaints: 'complaints',
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}

/** What follows from one day. `at`: when that is decided. The same state with another day where nothing changes. */
export function afterDay(state: WarmupState, day: number, figures: WarmupFigures, plan: WarmupPlan, at: EpochMs): WarmupState {
  const idle = figures.sent === 0 ? state.idle + 1 : 0
  const worst = worstOf(figures, plan.thresholds)
  const past = [...state.past, [day, state.mode === 'warm' ? null : state.cap] as const].slice(-WARMUP_PAST)
  const seen: WarmupState = { ...state, looked: day, idle, bad: worst === null ? 0 : state.bad + 1, past }
  if (state.mode === 'held') return seen
  const days = daysFor(plan, state.provider)
  if (figures.sent === 0 && worst === null) return afterIdle(seen, days, plan.idle, at)
  if (state.mode === 'warm') return seen
  if (worst !== null) {
    const isTelling = figures.sent >= TELLING && (worst.times > 2 || seen.bad > 1)
    const cap = isTelling ? lastCap(days, state.cap) : state.cap
    if (cap < state.cap) return moved(seen, cap, at, `Stepped back from ${state.cap} a day: ${worst.what}.`)
    return { ...seen, said: `Stays at ${state.cap} a day: ${worst.what}.` }
  }
  if (figures.sent < USED * state.cap)
    return { ...seen, said: `Stays at ${state.cap} a day: ${figures.sent} were used, and ${Math.ceil(USED * state.cap)} are needed.` }
  const next = nextCap(days, state.cap)
  if (next === null) return { ...seen, mode: 'warm', since: at, said: `Warm: the last day of its plan, ${state.cap} messages, went well.` }
  return moved(seen, next, at, `Grew from ${state.cap} a day: ${figures.sent} were used, and every share was under its threshold.`)
}

/** A warm one counts from its last cap again. */
function afterIdle(state: WarmupState, days: readonly number[], idle: Ms, at: EpochMs): WarmupState {
  const [first, each] = [Math.max(1, Math.round(idle / DAY)), Math.max(1, Math.round(idle / DAY / 2))]
  const over = state.idle - first
  if (over < 0 || over % each !== 0) {
    return state.mode === 'warm' || state.idle > first ? state : { ...state, said: `Stays at ${state.cap} a day: nothing was sent.` }
  }
  const cap = state.mode === 'warm' ? Math.min(state.cap, days.at(-1) ?? state.cap) : lastCap(days, state.cap)
  if (cap === state.cap && state.mode === 'warming') return state
  return { ...moved(state, cap, at, `Stepped back: nothing was sent for ${formatDuration(state.idle * DAY)}.`), mode: 'warming' }
}

function moved(state: WarmupState, cap: number, at: EpochMs, said: string): WarmupState {
  return { ...state, cap, since: at, said }
}

export const WARMUP_ACTIONS = ['start', 'hold', 'resume', 'skip', 'finish'] as const
export type WarmupAction = (typeof WARMUP_ACTIONS)[number]

/** By hand. Null: it makes no difference. */
export function byHand(
  state: WarmupState,
  action: WarmupAction,
  plan: WarmupPlan,
  { by, at }: { by: string; at: EpochMs },
): WarmupState | null {
  const days = daysFor(plan, state.provider)
  const said = (what: string): Pick<WarmupState, 'since' | 'said'> => ({ since: at, said: `${what} by ${by}.` })
  switch (action) {
    case 'start':
      return { ...firstState(state.unit, state.provider, plan, at), past: state.past, said: `Begun anew by ${by}.` }
    case 'hold':
      return state.mode === 'warming' ? { ...state, mode: 'held', ...said('Held') } : null
    case 'resume':
      return state.mode === 'held' ? { ...state, mode: 'warming', bad: 0, idle: 0, ...said('Resumed') } : null
    case 'skip': {
      if (state.mode === 'warm') return null
      const cap = nextCap(days, state.cap)
      return cap === null ? { ...state, mode: 'warm', ...said('Finished') } : { ...state, cap, ...said(`Moved on from ${state.cap} a day`) }
    }
    case 'finish':
      return state.mode === 'warm' ? null : { ...state, mode: 'warm', ...said('Finished') }
  }
}
