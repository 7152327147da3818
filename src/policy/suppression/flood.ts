// When hard failures at a site are so many more than usual that the site is to be doubted, not its recipients (a large provider once
// answered 5.1.1 for living users for hours). Pure: counts by the hour go in, a finding comes out.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** Counts of an hour. `odd`: within a flood, so that it is not usual. */
export interface HourCount {
  /** Number of the hour since 1970. */
  readonly hour: number
  readonly tried: number
  readonly hard: number
  readonly odd: boolean
}

export interface Flood {
  /** Beginning of the hours that are in doubt. */
  readonly since: EpochMs
  readonly tried: number
  readonly hard: number
  /** Share that is usual there. */
  readonly usual: number
}

const HOUR: Ms = 3_600_000
/** Hours that are looked at together, the running one included: a flood that comes slowly is one all the same. */
const WINDOWS = [1, 2, 24] as const
/** How far back counts say what is usual. */
export const USUAL_HOURS = 14 * 24
const TIMES_USUAL = 5
const LEAST_TRIED = 200
/** Fewer are chance, whatever the share. */
const LEAST_HARD = 10
/** Of a site without a history: as if so many had been tried, of which that share had failed. */
const PRIOR = { tried: 500, share: 0.02 } as const
const LEAST_USUAL = 0.002

export const hourOf = (at: EpochMs): number => Math.floor(at / HOUR)

/** The widest window that is in doubt; null: all is as usual. `counts`: of the last `USUAL_HOURS`, in any order. */
export function floodIn(counts: readonly HourCount[], now: EpochMs): Flood | null {
  const hour = hourOf(now)
  let found: Flood | null = null
  for (const hours of WINDOWS) {
    const first = hour - hours + 1
    const window = sum(counts.filter((one) => one.hour >= first && !one.odd))
    const usual = usualShare(counts.filter((one) => one.hour < first && !one.odd))
    if (isFlood(window, usual)) found = { since: first * HOUR, ...window, usual }
  }
  return found
}

/** Whether a flood goes on: the last two hours alone are still beyond what was usual. */
export function goesOn(counts: readonly HourCount[], usual: number, now: EpochMs): boolean {
  const window = sum(counts.filter((one) => one.hour >= hourOf(now) - 1))
  return window.hard > 0 && window.hard > TIMES_USUAL * usual * window.tried
}

function isFlood({ tried, hard }: { readonly tried: number; readonly hard: number }, usual: number): boolean {
  return tried >= LEAST_TRIED && hard >= LEAST_HARD && hard > TIMES_USUAL * usual * tried
}

function usualShare(counts: readonly HourCount[]): number {
  const { tried, hard } = sum(counts)
  return Math.max(LEAST_USUAL, (hard + PRIOR.tried * PRIOR.share) / (tried + PRIOR.tried))
}

function sum(counts: readonly HourCount[]): { readonly tried: number; readonly hard: number } {
  let [tried, hard] = [0, 0]
  for (const one of counts) {
    tried += one.tried
    hard += one.hard
  }
  return { tried, hard }
}
