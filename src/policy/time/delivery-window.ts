// Times of the week at which mail is sent, by the clocks of a zone: `Mon-Fri 08:00-12:00, Sat 09:00-11:00 Europe/Vienna`; or at which it
// is not: `quiet 22:00-07:00 Europe/Vienna`. A range that ends before it begins ends on the next day.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { asUtc, changesBetween, instantsOf, isZone, localTime } from './zones.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const DAY: Ms = 86_400_000
const MINUTE: Ms = 60_000
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

  /** When it closes; Infinity: never. For a moment at which it is open. */
  openUntil(at: EpochMs): EpochMs {
    return this.#phaseAt(at).until
  }

  #phaseAt(at: EpochMs): Phase {
    const { from, until } = this.#phase
    if (at < from || at >= until) {
      const isOpen = this.#isOpen(at)
      const changed = this.#boundaries(at).find((boundary) => this.#isOpen(boundary) !== isOpen)
      this.#phase = { from: at, until: changed ?? Infinity, isOpen }
    }
    return this.#phase
  }

  #isOpen(at: EpochMs): boolean {
    const { zone, isQuiet, ranges } = this.#parsed
    const shown = asUtc(localTime(at, zone))
    const minute = (shown % DAY) / MINUTE
    const day = weekday(shown)
    const isIn = ({ days, from, to }: Range): boolean => {
      if (from < to) return days[day] === true && minute >= from && minute < to
      return (days[day] === true && minute >= from) || (days[(day + 6) % 7] === true && minute < to)
    }
    return ranges.some(isIn) !== isQuiet
  }

  /** All moments within the next days at which it may change, in their order. */
  #boundaries(at: EpochMs): readonly EpochMs[] {
    const { zone, ranges } = this.#parsed
    const midnight = Math.floor(asUtc(localTime(at, zone)) / DAY) * DAY
    const moments = new Set<EpochMs>(changesBetween(at, at + 9 * DAY, zone))
    for (let day = -1; day <= 8; day++)
      for (const { from, to } of ranges)
        for (const minutes of [from, to]) {
          const shown = new Date(midnight + day * DAY + minutes * MINUTE)
          const local = { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() }
          const time = { hour: shown.getUTCHours(), minute: shown.getUTCMinutes(), second: 0 }
          for (const moment of instantsOf({ ...local, ...time }, zone)) moments.add(moment)
        }
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
