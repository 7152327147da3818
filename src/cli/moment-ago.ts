// Times that lie behind, as they are typed: a date with or without a time of day, or how long ago.
import { parseDuration } from '../base/quantities.ts'
import { parseMoment } from '../policy/time/moments.ts'
import { badArgument } from './cli.ts'

/** `2026-11-22T07:00`, or `3h` for so long ago. */
export function momentAgo(text: string): number {
  const span = parseDuration(text)
  if (span !== undefined) return Date.now() - span
  const at = parseMoment(text) ?? (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN)
  if (Number.isNaN(at))
    throw badArgument(`"${text}" is no time.`, 'Write 2026-11-22T07:00, with a zone where it is not yours, or 3h for so long ago.')
  return at
}
