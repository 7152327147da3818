// When a recipient that was deferred is tried again: the first wait, doubled after each attempt up to the longest, each with
// ± 10 % of jitter, so that what failed together does not come back together.
import type { EpochMs, Ms } from '../base/brand.ts'
import type { RetrySchedule } from '../contract/settings.ts'

const JITTER = 0.1

/** Due time after `attempts` attempts (this one included, from 1). `random`: 0 to 1. */
export function nextDue(schedule: RetrySchedule, attempts: number, now: EpochMs, random: number): EpochMs {
  return now + jittered(wait(schedule, attempts), random)
}

/** The wait after the given attempt, without jitter. */
export function wait(schedule: RetrySchedule, attempts: number): Ms {
  return Math.min(schedule.first * 2 ** Math.min(Math.max(attempts, 1) - 1, 30), schedule.longest)
}

function jittered(delay: Ms, random: number): Ms {
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random))
}

export function isExpired(expiresAt: EpochMs, now: EpochMs): boolean {
  return now >= expiresAt
}

/** How a site or route backs off as a whole: starts at a minute (or the schedule's first wait), doubles up to half an hour. */
export function backoffSchedule(schedule: RetrySchedule): RetrySchedule {
  const first = Math.min(60_000, schedule.first)
  return { first, longest: Math.max(first, Math.min(30 * 60_000, schedule.longest)), expiry: schedule.expiry }
}
