// Time zones: what the clocks of a zone show at a moment, and when they show a time. The rules of the zones are those of the system's Intl.
// Where clocks are set forward some times never come, where they are set back some come twice.
import type { EpochMs, Ms } from '../../base/brand.ts'

export interface LocalTime {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

const DAY: Ms = 86_400_000
const MOST_ZONES = 1000
const formats = new Map<string, Intl.DateTimeFormat | null>()

function formatOf(zone: string): Intl.DateTimeFormat | null {
  let format = formats.get(zone)
  if (format !== undefined) return format
  if (formats.size >= MOST_ZONES) formats.clear()
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', { timeZone: zone, hourCycle: 'h23', ...fields })
  } catch {
    format = null
  }
  formats.set(zone, format)
  return format
}

/** An IANA name such as `Europe/Vienna`, or `UTC`. */
export function isZone(name: string): boolean {
  return /^[A-Za-z][\w+/-]{1,63}$/.test(name) && formatOf(name) !== null
}

export function localTime(at: EpochMs, zone: string): LocalTime {
  const parts = formatOf(zone)?.formatToParts(at) ?? []
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return { year: of('year'), month: of('month'), day: of('day'), hour: of('hour'), minute: of('minute'), second: of('second') }
}

/** The same numbers as if they were UTC: for reckoning with days and minutes. */
export function asUtc({ year, month, day, hour, minute, second }: LocalTime): EpochMs {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** How far the clocks are ahead of UTC. */
export function offsetAt(at: EpochMs, zone: string): Ms {
  const whole = Math.floor(at / 1000) * 1000
  return asUtc(localTime(whole, zone)) - whole
}

/** How far the clocks of a zone are ahead of UTC at moments of a period. */
export type Offsets = (at: EpochMs) => Ms

export interface Period {
  /** When the clocks are set in it. */
  readonly changes: readonly EpochMs[]
  readonly offsets: Offsets
}

/** The system is asked once for each day of the period, not for each moment: that is slow. */
export function periodOf(from: EpochMs, to: EpochMs, zone: string): Period {
  const changes = changesBetween(from, to, zone)
  const spans = changes.map((begin) => ({ begin, offset: offsetAt(begin, zone) }))
  const first = offsetAt(from, zone)
  return { changes, offsets: (at) => spans.findLast(({ begin }) => begin <= at)?.offset ?? first }
}

/** When the clocks show a time: twice where they are set back; where they never show it, the moment at which they are set forward. */
export function instantsOf(local: LocalTime, zone: string): readonly EpochMs[] {
  return instantsAt(asUtc(local), (at) => offsetAt(at, zone))
}

/** The same of a time as if it were UTC. */
export function instantsAt(utc: EpochMs, offsets: Offsets): readonly EpochMs[] {
  const [before, after] = [offsets(utc - DAY), offsets(utc + DAY)]
  if (before === after) return [utc - before]
  const shown = [utc - before, utc - after].filter((at) => offsets(at) === utc - at)
  return shown.length > 0 ? [...new Set(shown)].toSorted((a, b) => a - b) : [changeBetween(utc - after, utc - before, offsets)]
}

/** The moment between two at which the clocks are set: a whole second, as they are looked at by. */
function changeBetween(from: EpochMs, to: EpochMs, offsets: Offsets): EpochMs {
  const before = offsets(from)
  let [low, high] = [Math.floor(from / 1000), Math.floor(to / 1000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsets(middle * 1000) === before) low = middle
    else high = middle
  }
  return high * 1000
}

/** The moments at which the clocks are set between two that are at most some days apart. */
function changesBetween(from: EpochMs, to: EpochMs, zone: string): readonly EpochMs[] {
  const changes: EpochMs[] = []
  const offsets: Offsets = (at) => offsetAt(at, zone)
  for (let at = from; at < to; at += DAY) {
    const next = Math.min(at + DAY, to)
    if (offsets(at) !== offsets(next)) changes.push(changeBetween(at, next, offsets))
  }
  return changes
}
