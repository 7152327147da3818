// The owner's list files, as the original has them: a line is `pattern~*~value…`, `#` begins a comment. A line that cannot be used is
// named with its number, and the rest counts.
import { Pattern, type PatternEntry } from '../patterns/pattern-list.ts'

export const SEPARATOR = '~*~'
const MOST_OCTETS = 1024 * 1024
const MOST_LINES = 5000

export interface ListProblem {
  /** From 1. */
  readonly line: number
  /** A sentence. */
  readonly problem: string
}

export interface ListReading<T> {
  readonly entries: readonly PatternEntry<T>[]
  readonly problems: readonly ListProblem[]
}

/** A value, or what is wrong with it as a sentence. */
export type ValueReader<T> = (fields: readonly string[]) => { readonly value: T } | { readonly problem: string }

export function readList<T>(text: string, valueOf: ValueReader<T>): ListReading<T> {
  if (text.length > MOST_OCTETS) return { entries: [], problems: [{ line: 1, problem: 'The file is larger than 1 MiB.' }] }
  const entries: PatternEntry<T>[] = []
  const problems: ListProblem[] = []
  for (const [at, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (entries.length + problems.length === MOST_LINES) {
      problems.push({ line: at + 1, problem: `A list has at most ${MOST_LINES} lines; this one and those below it do not count.` })
      break
    }
    const read = readLine(line, valueOf)
    if ('problem' in read) problems.push({ line: at + 1, problem: read.problem })
    else entries.push(read)
  }
  return { entries, problems }
}

function readLine<T>(line: string, valueOf: ValueReader<T>): PatternEntry<T> | { readonly problem: string } {
  const [source = '', ...fields] = line.split(SEPARATOR).map((field) => field.trim())
  if (fields.length === 0) return { problem: `Expected pattern${SEPARATOR}value, found no ${SEPARATOR}.` }
  if (source === '') return { problem: `Expected a pattern before ${SEPARATOR}, found nothing: it would match every reply.` }
  const pattern = Pattern.read(source)
  if ('problem' in pattern) return { problem: `The pattern ${pattern.problem}.` }
  const read = valueOf(fields)
  return 'problem' in read ? read : { pattern, value: read.value }
}
