// How a warm-up goes on if every day goes well, and how long what waits would take. Pure.
import type { WarmupPlan, WarmupState } from '../../contract/warmup.ts'
import { daysFor, nextCap } from './steps.ts'

export interface ForecastDay {
  /** Number since 1970 (UTC). */
  readonly day: number
  readonly cap: number
}

/** From `today` on, up to and with the last day under a cap; empty where it is warm. What is held stays as it is: one day. */
export function forecast({ mode, provider, cap }: WarmupState, plan: WarmupPlan, today: number): readonly ForecastDay[] {
  if (mode === 'warm') return []
  const days = daysFor(plan, provider)
  const found: ForecastDay[] = []
  for (let next: number | null = cap; next !== null; next = nextCap(days, next)) {
    found.push({ day: today + found.length, cap: next })
    if (mode === 'held') break
  }
  return found
}

/** After how many days `waiting` messages would have left, with `left` of today's cap unused. Infinity: never. */
export function daysToClear(waiting: number, state: WarmupState, plan: WarmupPlan, left: number): number {
  const days = forecast(state, plan, 0)
  let rest = waiting - left
  for (const { day, cap } of days.slice(1)) {
    if (rest <= 0) return day - 1
    rest -= cap
  }
  if (rest <= 0) return Math.max(0, days.length - 1)
  // Held, it goes on with the same; warm, the rest leaves at once.
  if (state.mode === 'held') return state.cap > 0 ? Math.ceil(rest / state.cap) : Infinity
  return days.length
}
