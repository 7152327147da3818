// Dates and times of the Reporting API: `2026-11-22` or `2026-11-22 07:12:00`, in UTC or in a zone that is so many minutes ahead of it.
import type { EpochMs } from '../../base/brand.ts'
import { refused } from '../operations/params.ts'

/** Both ends are in it. */
export interface Span {
  readonly since: EpochMs
  readonly until: EpochMs
}

const MINUTE = 60_000
const SECOND = 1000
const DAY = 86_400_000
/** The farthest that there is: UTC-12 to UTC+14. */
const FARTHEST = { behind: -12 * 60, ahead: 14 * 60 }

/** Minutes ahead of UTC, said as `-360`, `-06:00` or `UTC`. */
export function offsetOf(text: string): number {
  const [, sign, hours = '', minutes = ''] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? []
  if (/^(?:utc|gmt|z)$/i.test(text)) return 0
  // `-0600` has four digits, and no zone is so many minutes away.
  const value =
    sign === undefined ? (/^[+-]?\d{1,3}$/.test(text) ? Number(text) : Number.NaN) : signed(sign, Number(hours) * 60 + Number(minutes))
  if (value >= FARTHEST.behind && value <= FARTHEST.ahead && Number(minutes) < 60) return value
  throw refused(`timeZone is ${JSON.stringify(text)}: it is minutes ahead of UTC, such as -360 or 120.`)
}

interface Moment {
  readonly from: EpochMs
  /** A time has its whole second in it; a day without a time ends what is asked for as it begins. */
  readonly last: EpochMs
}

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i

/** Throws a Fault. */
export function momentOf(name: string, text: string, offset: number): Moment {
  const [, year, month, day, hour, minute = '0', second = '0', fraction = '', zone] = FORM.exec(text) ?? []
  const parts = [Number(year), Number(month), Number(day), Number(hour ?? '0'), Number(minute), Number(second)] as const
  const [y, m, d, h, min, s] = parts
  const local = Date.UTC(y, m - 1, d, h, min, s)
  // A date that there is not, such as 30 February, would become another.
  const isThere =
    !Number.isNaN(local) && new Date(local).toISOString().startsWith(`${year}-${month}-${day}`) && h < 24 && min < 60 && s < 60
  if (!isThere) throw refused(`${name} is ${JSON.stringify(text)}: it is a time such as 2026-11-22 07:12:00, or a date.`)
  const at = local - (zone === undefined ? offset : offsetOf(zone)) * MINUTE
  if (hour === undefined) return { from: at, last: at - 1 }
  if (fraction === '') return { from: at, last: at + SECOND - 1 }
  const exact = at + Math.floor(Number(`0.${fraction}`) * SECOND)
  return { from: exact, last: exact }
}

/** As answers have it: `2026-11-22T07:12:00Z`, or with the zone that was asked for. */
export function dateTime(at: EpochMs, offset: number): string {
  const local = new Date(at + offset * MINUTE).toISOString().slice(0, 19)
  if (offset === 0) return `${local}Z`
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
  return `${local}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`
}

/** The day (UTC) of a file of events begins then. */
export function beginOfDay(name: string): EpochMs {
  const at = Date.parse(`${name}T00:00:00Z`)
  return at - (at % DAY)
}

function signed(sign: string, value: number): number {
  return sign === '-' ? -value : value
}

const two = (value: number): string => String(value).padStart(2, '0')
