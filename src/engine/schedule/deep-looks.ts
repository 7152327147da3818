// Mail of a source that has little to send stands behind mail of others of its pool where these have more in memory than they send soon: after
// a pause by a block, or where they are slower. How far each line was looked through for it, slice by slice: first from when it was put
// off to, then from the beginning.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { placeOf } from '../../base/message-id.ts'
import type { DuePlace, QueuedMessage } from '../ports/spool.ts'
import type { Line } from './lines.ts'

/** Rows of one slice, and until the next one of the same line. */
export const DEEP_ROWS = 1000
const EVERY: Ms = 200
/** Until a line that was looked through is looked through again. */
const REST: Ms = 60_000

interface Look {
  /** The earliest that was put off without an attempt is due then; Infinity: nothing was. */
  putOffTo: EpochMs
  /** After this goes the next slice; null: a new look begins. */
  place: DuePlace | null
  fromBeginning: boolean
  notBefore: EpochMs
  isAsked: boolean
}

export class DeepLooks {
  readonly #looks = new WeakMap<Line, Look>()

  /** Without an attempt: others of its line go on meanwhile, and come before it. */
  putOff(line: Line, due: EpochMs): void {
    const look = this.#of(line)
    look.putOffTo = Math.min(look.putOffTo, due)
  }

  mayLook(line: Line, now: EpochMs): boolean {
    const { isAsked, notBefore, place, putOffTo } = this.#of(line)
    return !isAsked && (now >= notBefore || (place === null && putOffTo <= now))
  }

  asked(line: Line): void {
    this.#of(line).isAsked = true
  }

  /** After what the next slice begins. */
  begin(line: Line, now: EpochMs): DuePlace {
    const look = this.#of(line)
    if (look.place !== null) return look.place
    look.fromBeginning = look.putOffTo > now
    const from = look.fromBeginning ? 0 : look.putOffTo
    if (!look.fromBeginning) look.putOffTo = Infinity
    return { priority: Number.MIN_SAFE_INTEGER, due: from, sequence: -1, n: -1, from }
  }

  /** `place`: how far that was; null: to its end. Returns when it goes on. */
  seen(line: Line, place: DuePlace | null, now: EpochMs): EpochMs {
    const look = this.#of(line)
    look.isAsked = false
    look.place = place
    look.notBefore = now + (place === null && look.fromBeginning ? REST : EVERY)
    return Math.min(look.notBefore, Math.max(now + EVERY, look.putOffTo))
  }

  /** Nothing has too little at the moment. */
  restsFor(line: Line, now: EpochMs): void {
    this.#of(line).notBefore = now + EVERY
  }

  #of(line: Line): Look {
    let look = this.#looks.get(line)
    if (look === undefined) {
      look = { putOffTo: Infinity, place: null, fromBeginning: true, notBefore: 0, isAsked: false }
      this.#looks.set(line, look)
    }
    return look
  }
}

/** Where a slice ended that began after a place; null: there are no more. */
export function placeAfter(slice: readonly QueuedMessage[], { from }: DuePlace): DuePlace | null {
  let last: DuePlace | null = null
  let length = 0
  for (const { head, recipients } of slice) {
    const { sequence } = placeOf(head.id)
    length += recipients.length
    for (const { priority, due, n } of recipients) {
      const place = { priority, due, sequence, n, from }
      if (last === null || isAfter(place, last)) last = place
    }
  }
  return length < DEEP_ROWS ? null : last
}

function isAfter(one: DuePlace, other: DuePlace): boolean {
  return (one.priority - other.priority || one.due - other.due || one.sequence - other.sequence || one.n - other.n) > 0
}
