// How much fuller a disk becomes a day: from what was measured in the last week, once that covers a day. Less would tell of an hour's
// mailing as if it went on for ever.
import type { EpochMs } from '../../base/brand.ts'
import type { DataKind } from '../../contract/data-kept.ts'

const DAY = 86_400_000
/** Between two that are kept. */
export const SAMPLE_EVERY = 3_600_000
export const SAMPLES_KEPT = 7 * DAY

export interface DiskSample {
  readonly at: EpochMs
  /** Octets of the disk in use, whoever uses them. */
  readonly used: number
  readonly kinds: Readonly<Partial<Record<DataKind, number>>>
}

/** A day's growth of what `of` reads, up to `now`; null: what is known covers no day yet. `samples`: oldest first. */
export function growthOf(samples: readonly DiskSample[], now: DiskSample, of: (sample: DiskSample) => number | undefined): number | null {
  const first = samples.find(({ at, ...sample }) => now.at - at <= SAMPLES_KEPT && of({ at, ...sample }) !== undefined)
  const [before, last] = [first === undefined ? undefined : of(first), of(now)]
  if (first === undefined || before === undefined || last === undefined || now.at - first.at < DAY) return null
  return Math.round(((last - before) * DAY) / (now.at - first.at))
}

/**
 * Of the disk, for `hms status` and the alarm alike: as in the last week, or faster where it grew faster in the last day, so that what began
 * to fill it yesterday is not seen as a seventh of what it is.
 */
export function diskGrowth(samples: readonly DiskSample[], now: DiskSample): number | null {
  const used = (sample: DiskSample): number => sample.used
  const week = growthOf(samples, now, used)
  const day = growthOf(
    samples.filter(({ at }, i) => now.at - (samples[i + 1]?.at ?? now.at) < DAY || now.at - at < DAY),
    now,
    used,
  )
  return week === null ? null : Math.max(week, day ?? week)
}

/** Null: it never gets full so, or it is not known. */
export function daysUntilFull(free: number, reserved: number, perDay: number | null): number | null {
  return perDay === null || perDay <= 0 ? null : Math.max(0, free - reserved) / perDay
}
