// Cuts lines of events by their numbers, times and accounts without reading more of them than that: a line begins with its time and ends
// with its id (message/event-line.ts), also where somebody was erased from it.
import type { NumberedEvent } from '../../../contract/events.ts'
import type { FollowFilter } from '../../../engine/ports/event-follower.ts'

const LINE_FEED = 0x0a
const TIME = '{"time":"'.length
const TIME_LENGTH = '2026-11-22T00:00:00.000Z'.length
const ID = Buffer.from('"id":"')
const ACCOUNT = '"account":'

/** What of a stretch of lines is wanted, and how much at most. */
export interface Cut extends FollowFilter {
  /** Numbers above `after`, up to `upTo`. */
  readonly after: number
  readonly upTo: number
  readonly events: number
  /** At least one line is taken, however long. */
  readonly octets: number
}

export interface CutLines {
  readonly parts: readonly Buffer[]
  readonly events: number
  readonly octets: number
  /** Number of the first line that was left for later: more than there was room for, or above `upTo`. Null: there is none. */
  readonly left: number | null
}

/** `lines`: whole, in the order of their numbers. */
export function cutLines(lines: Uint8Array, cut: Cut): CutLines {
  const all = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  const wanted = filterOf(cut)
  const parts: Buffer[] = []
  let [events, octets, open] = [0, 0, -1]
  let start = 0
  const close = (): void => {
    if (open >= 0) parts.push(all.subarray(open, start))
    open = -1
  }
  while (start < all.length) {
    const end = all.indexOf(LINE_FEED, start) + 1
    if (end === 0) throw new Error('events end within a line')
    const number = numberIn(all, end)
    const isFull = events > 0 && (events >= cut.events || octets + end - start > cut.octets)
    if (number > cut.upTo || (number > cut.after && isFull)) {
      close()
      return { parts, events, octets, left: number }
    }
    if (number > cut.after && wanted(all, start, end)) {
      if (open < 0) open = start
      events++
      octets += end - start
    } else close()
    start = end
  }
  close()
  return { parts, events, octets, left: null }
}

/** Of the line that ends there. */
function numberIn(lines: Buffer, end: number): number {
  const id = lines.lastIndexOf(ID, end) + ID.length
  return Number(lines.toString('latin1', lines.indexOf('.', id) + 1, end - '"}\n'.length))
}

type Wanted = (lines: Buffer, start: number, end: number) => boolean

function filterOf({ account, since, until }: FollowFilter): Wanted {
  if (account === undefined && since === undefined && until === undefined) return () => true
  const [from, to] = [since, until].map((at) => (at === undefined ? null : new Date(at).toISOString()))
  // The text of another field, such as a guess of whose a bounce was, may have it too: then the line is read.
  const mark = account === undefined ? null : Buffer.from(`${ACCOUNT}${account}`)
  return (lines, start, end) => {
    const time = from || to ? lines.toString('latin1', start + TIME, start + TIME + TIME_LENGTH) : ''
    if ((from && time < from) || (to && time > to)) return false
    if (mark === null) return true
    const line = lines.subarray(start, end)
    return line.includes(mark) && (JSON.parse(line.toString('utf8')) as NumberedEvent).account === account
  }
}
