// The hours, days and months of a span, by the clocks of a zone, and which hours and days (UTC) of the rollups make each: whole days where they
// lie in it, hours at its ends. Clocks that differ from UTC by a part of an hour are taken to the hour.
import type { EpochMs } from '../../base/brand.ts'
import type { ReportInterval } from '../../contract/report-figures.ts'
import { asUtc, instantsOf, localTime } from '../time/zones.ts'
import { DAY, HOUR } from './months.ts'

/** One row's time: the rollups that make it. */
export interface SpanPart {
  readonly at: EpochMs
  /** Numbers since 1970. */
  readonly hours: readonly number[]
  readonly days: readonly number[]
}

export const MOST_PARTS = 2400

/** Null: they are more than `MOST_PARTS`. `daily`: only whole days (UTC) are kept. */
export function partsOf(from: EpochMs, to: EpochMs, interval: ReportInterval, zone: string, daily: boolean): readonly SpanPart[] | null {
  const parts: SpanPart[] = []
  for (let at = from; at < to;) {
    const end = Math.min(to, nextOf(at, interval, zone))
    parts.push(daily ? { at, hours: [], days: numbers(Math.ceil(at / DAY), Math.ceil(end / DAY)) } : partOf(at, end, interval !== 'hour'))
    if (parts.length > MOST_PARTS) return null
    at = end
  }
  return parts
}

function partOf(from: EpochMs, to: EpochMs, withDays: boolean): SpanPart {
  const [first, end] = [Math.ceil(from / HOUR), Math.ceil(to / HOUR)]
  const [firstDay, endDay] = [Math.ceil(first / 24), Math.floor(end / 24)]
  if (!withDays || firstDay >= endDay) return { at: from, hours: numbers(first, end), days: [] }
  return { at: from, hours: [...numbers(first, firstDay * 24), ...numbers(endDay * 24, end)], days: numbers(firstDay, endDay) }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_unused, n) => from + n)
}

/** When the next hour, day or month begins. */
function nextOf(at: EpochMs, interval: ReportInterval, zone: string): EpochMs {
  if (interval === 'total') return Infinity
  if (interval === 'hour') return (Math.floor(at / HOUR) + 1) * HOUR
  const { year, month, day } = localTime(at, zone)
  const next = interval === 'day' ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1)
  const found = dayBegins(next, zone)
  // Of a day that clocks leave out.
  return found > at ? found : at + DAY
}

/** When the clocks of a zone begin a day; it is said as if it were UTC. */
export function dayBegins(utc: EpochMs, zone: string): EpochMs {
  return instantsOf(localTime(utc, 'UTC'), zone)[0] ?? utc
}

/** The day before or after, as `dayBegins` takes it. */
export function dayAt(at: EpochMs, zone: string, days: number): EpochMs {
  const { year, month, day } = localTime(at, zone)
  return asUtc({ year, month, day, hour: 0, minute: 0, second: 0 }) + days * DAY
}
