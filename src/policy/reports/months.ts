// Months, days and hours (UTC) as rollups know them: a month by its name `2026-11`, days and hours by their number since 1970.
import type { EpochMs } from '../../base/brand.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export function monthOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 7)
}

export const monthOfHour = (hour: number): string => monthOf(hour * HOUR)
export const monthOfDay = (day: number): string => monthOf(day * DAY)
