// A pattern for the owner's list out of an unknown reply: its fixed words in their order, with room between them for what differs.
import { Pattern } from '../patterns/pattern-list.ts'
import { withoutAccents } from './reading.ts'

const GAP = '.{0,60}'
/** The engine bounds what may be left open. */
const MOST_GAPS = 5
const LEAST_PIECE = 4
const MOST_PIECE = 120

/** Null: nothing in it is fixed. */
export function patternOf(form: string, sample: string): Pattern | null {
  const pieces = form
    .split(/<[a-z]+>|\d+|[^ -~]+/)
    .map((piece) => piece.trim().slice(0, MOST_PIECE))
    .filter((piece) => piece.length >= LEAST_PIECE && /[a-z]/.test(piece))
    .slice(0, MOST_GAPS + 1)
  if (pieces.join('').length < 8) return null
  const line = withoutAccents(sample).toLowerCase()
  for (const source of [pieces, pieces.slice(0, 1), pieces.slice(-1)].map((some) => some.map(escaped).join(GAP))) {
    const pattern = Pattern.read(source)
    if (!('problem' in pattern) && pattern.matches(line)) return pattern
  }
  return null
}

function escaped(piece: string): string {
  return piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
