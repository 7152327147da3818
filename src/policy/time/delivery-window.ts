// Times of the week at which mail is sent, by the clocks of a zone: `Mon-Fri 08:00-12:00, Sat 09:00-11:00 Europe/Vienna`; or at which it
// is not: `quiet 22:00-07:00 Europe/Vienna`. A range that ends before it begins ends on the next day.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { instantsAt, isZone, type Offsets, type Period, periodOf } from './zones.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const DAY: Ms = 86_400_000
const MINUTE: Ms = 60_000
/** Days ahead that are looked at: where clocks are set forward a time of the week may not come for once. */
const AHEAD = 15
/** Of a zone, besides: the clocks of none are so far from UTC. */
const AROUND: Ms = 4 * DAY
const MOST_RANGES = 20
export const LONGEST_WINDOW = 500

interface Range {
  /** Of Monday to Sunday, those on which it begins. */
  readonly days: readonly boolean[]
  /** Minutes of the day. */
  readonly from: number
  readonly to: number
}

interface Parsed {
  readonly zone: string
  readonly isQuiet: boolean
  readonly ranges: readonly Range[]
}

/** From the moment that was asked about until the next change. */
interface Phase {
  readonly from: EpochMs
  readonly until: EpochMs
  readonly isOpen: boolean
}

export class DeliveryWindow {
  /** As it was written. */
  readonly text: string
  readonly #parsed: Parsed
  #phase: Phase = { from: 0, until: 0, isOpen: false }

  constructor(text: string, parsed: Parsed) {
    this.text = text
    this.#parsed = parsed
  }

  /** The first moment from this one on at which it is open; Infinity: it never is. */
  nextOpen(at: EpochMs): EpochMs {
    const { isOpen, until } = this.#phaseAt(at)
    return isOpen ? at : until
  }

  #phaseAt(at: EpochMs): Phase {
    const { from, until } = this.#phase
    if (at < from || at >= until) {
      const period = periodOf(at - AROUND, at + AHEAD * DAY + AROUND, this.#parsed.zone)
      const { offsets } = period
      const isOpen = this.#isOpen(at, offsets)
      const changed = this.#boundaries(at, period).find((boundary) => this.#isOpen(boundary, offsets) !== isOpen)
      this.#phase = { from: at, until: changed ?? Infinity, isOpen }
    }
    return this.#phase
  }

  #isOpen(at: EpochMs, offsets: Offsets): boolean {
    const { isQuiet, ranges } = this.#parsed
    const shown = Math.floor((at + offsets(at)) / 1000) * 1000
    const minute = (shown % DAY) / MINUTE
    const day = weekday(shown)
    const isIn = ({ days, from, to }: Range): boolean => {
      if (from < to) return days[day] === true && minute >= from && minute < to
      return (days[day] === true && minute >= from) || (days[(day + 6) % 7] === true && minute < to)
    }
    return ranges.some(isIn) !== isQuiet
  }

  /** All moments within the next days at which it may change, in their order. */
  #boundaries(at: EpochMs, { offsets, changes }: Period): readonly EpochMs[] {
    const { ranges } = this.#parsed
    const midnight = Math.floor((at + offsets(at)) / DAY) * DAY
    const times = new Set(ranges.flatMap(({ from, to }) => [from, to]))
    const moments = new Set<EpochMs>(changes)
    for (let day = -1; day <= AHEAD; day++)
      for (const minutes of times) for (const moment of instantsAt(midnight + day * DAY + minutes * MINUTE, offsets)) moments.add(moment)
    return [...moments].filter((moment) => moment > at).toSorted((a, b) => a - b)
  }
}

/** 0: Monday. The first of January 1970 was a Thursday. */
function weekday(shown: EpochMs): number {
  return (Math.floor(shown / DAY) + 3) % 7
}

/** A window, or what is wrong with the text, as the end of a sentence. */
export function parseWindow(text: string): DeliveryWindow | string {
  if (text.length > LONGEST_WINDOW) return `it is longer than ${LONGEST_WINDOW} characters`
  const match = /^\s*(quiet\s+)?(.*\S)\s+(\S+)\s*$/i.exec(text)
  const [, quiet, list = '', zone = ''] = match ?? []
  if (match === null || !isZone(zone)) return 'it ends with no time zone, such as Europe/Vienna or UTC'
  const parts = list.split(',')
  if (parts.length > MOST_RANGES) return `it has more than ${MOST_RANGES} times`
  const ranges: Range[] = []
  for (const part of parts) {
    const range = parseRange(part.trim())
    if (range === null) return `"${part.trim()}" is none of the form 08:00-20:00 or Mon-Fri 08:00-20:00`
    ranges.push(range)
  }
  const window = new DeliveryWindow(text.trim(), { zone, isQuiet: quiet !== undefined, ranges })
  return window.nextOpen(0) === Infinity ? 'it is never open' : window
}

function parseRange(text: string): Range | null {
  const match = /^(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?(\d\d?):(\d\d)-(\d\d?):(\d\d)$/i.exec(text)
  if (match === null) return null
  const [, first, last, ...numbers] = match
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number)
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute]
  const days = daysOf(first, last)
  if (days === null || fromMinute > 59 || toMinute > 59 || from >= 1440 || to > 1440 || from === to) return null
  return { days, from, to }
}

function daysOf(first: string | undefined, last: string | undefined): readonly boolean[] | null {
  if (first === undefined) return DAYS.map(() => true)
  const [from, to] = [first, last ?? first].map((name) => DAYS.findIndex((day) => day === name.toLowerCase()))
  if (from === undefined || to === undefined || from < 0 || to < 0) return null
  return DAYS.map((_day, i) => (from <= to ? i >= from && i <= to : i >= from || i <= to))
}

/** Windows that are not open at once for so long never are, or too seldom: mail would wait for months. */
const LONGEST_CLOSED: Ms = 15 * DAY
/** Nor are those that open and close so often before: to look costs time, and a sender chooses them. */
const MOST_TURNS = 40

/** The first moment from this one on at which all are open at once; null: that is too long to wait for. */
export function openTogether(windows: readonly DeliveryWindow[], from: EpochMs): EpochMs | null {
  let at = from
  for (let turns = 0; turns < MOST_TURNS && at <= from + LONGEST_CLOSED; turns++) {
    const now = at
    at = Math.max(now, ...windows.map((window) => window.nextOpen(now)))
    if (at === now) return at
  }
  return null
}

const MOST_KNOWN = 1000
const known = new Map<string, DeliveryWindow | string>()

/** The same window for the same text: what it knows of the current phase is worked out once. */
export function windowOf(text: string): DeliveryWindow | string {
  let window = known.get(text)
  if (window !== undefined) return window
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(text, (window = parseWindow(text)))
  return window
}
