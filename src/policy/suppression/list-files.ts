// Files of suppressed addresses, a row a line: CSV with or without a line of names, or JSON lines. Read as a stream, in time and memory
// that do not grow with the file; a line that cannot be used is named by its number. Commands and the panel read and write them by this.
import { csvRow } from '../../base/csv.ts'
import { cellsOfLine, separatorOf } from '../../base/records.ts'
import type { ImportRow, SuppressionEntry } from '../../contract/suppression.ts'

export type RowFormat = 'csv' | 'jsonl'

export interface FileLine {
  /** From 1. */
  readonly number: number
  readonly text: string
  /** Octets of the file up to its end. */
  readonly end: number
}

/** A local part may have a `|`. */
const SEPARATORS = [',', ';', '\t']
/** A longer line is no row; what is behind its beginning is not kept. */
const LONGEST_LINE = 10_000

/** Of a file, or whatever comes in pieces. */
export async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly FileLine[]> {
  const decoder = new TextDecoder()
  let [rest, number, end] = ['', 0, 0]
  const take = (text: string): FileLine => ({ number: ++number, text: text.replace(/\r$/, '').slice(0, LONGEST_LINE + 1), end })
  for await (const chunk of chunks) {
    end += chunk.length
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (parts.pop() ?? '').slice(0, LONGEST_LINE + 1)
    yield parts.map(take)
  }
  if (rest !== '') yield [take(rest)]
}

const COLUMNS: Readonly<Record<string, keyof ImportRow>> = {
  address: 'target',
  email: 'target',
  'e-mail': 'target',
  recipient: 'target',
  target: 'target',
  domain: 'target',
  stream: 'stream',
  reason: 'reason',
  at: 'at',
  date: 'at',
  created: 'at',
  expires: 'expires',
  until: 'expires',
}

/** Reads one line after the other; null: it is no row (empty, or the line of names). A string: what is wrong with it. */
export class RowReader {
  readonly #format: RowFormat
  #separator = ','
  #columns: readonly (keyof ImportRow | null)[] | null = null

  constructor(format: RowFormat) {
    this.#format = format
  }

  read({ text, number }: FileLine): ImportRow | string | null {
    if (text.length > LONGEST_LINE) return `the line is longer than ${LONGEST_LINE} characters`
    const line = number === 1 ? text.replace(/^\u{feff}/u, '') : text
    if (line.trim() === '') return null
    return this.#format === 'jsonl' ? fromJson(line) : this.#fromCsv(line)
  }

  #fromCsv(line: string): ImportRow | string | null {
    if (this.#columns === null) {
      this.#separator = separatorOf(line, SEPARATORS)
      const names = cellsOfLine(line, this.#separator)
      const columns = typeof names === 'string' ? [] : names.map((name) => COLUMNS[name.trim().toLowerCase()] ?? null)
      const hasNames = columns.includes('target')
      this.#columns = hasNames ? columns : ['target']
      if (hasNames) return null
    }
    const cells = cellsOfLine(line, this.#separator)
    if (typeof cells === 'string') return cells
    const values: Record<string, unknown> = {}
    for (const [i, column] of this.#columns.entries()) if (column !== null) values[column] = cells[i]?.trim() ?? ''
    return rowOf(values)
  }
}

function fromJson(line: string): ImportRow | string {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return { target: value }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no object'
    const known: Record<string, unknown> = {}
    for (const [name, one] of Object.entries(value)) {
      const column = COLUMNS[name.toLowerCase()]
      if (column !== undefined && one !== null) known[column] = one
    }
    return rowOf(known)
  } catch {
    return 'it is no JSON'
  }
}

function rowOf(values: Record<string, unknown>): ImportRow | string {
  const { target, stream, reason } = values
  if (typeof target !== 'string' || target === '') return 'it names no address'
  const times: Record<string, number> = {}
  for (const name of ['at', 'expires']) {
    const value = values[name]
    if (value === undefined || value === '') continue
    const time = timeOf(value)
    if (Number.isNaN(time)) return `${JSON.stringify(value).slice(0, 50)} is no time`
    times[name] = time
  }
  return { target, ...(isSaid(stream) && { stream }), ...(isSaid(reason) && { reason }), ...times }
}

const isSaid = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Milliseconds since 1970, or a date as `2026-11-22` or `2026-11-22T07:00:00Z`. */
function timeOf(value: unknown): number {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number.NaN
  if (typeof value !== 'string') return Number.NaN
  if (/^\d{12,14}$/.test(value)) return Number(value)
  return /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN
}

export const CSV_HEAD = 'address,stream,reason,at,expires,origin\n'

/** A line of a file that is read back as it is, with its end. */
export function entryLine({ target, stream, reason, at, expires, origin }: SuppressionEntry, format: RowFormat): string {
  const times = [at, expires].map((time) => (time === null ? null : new Date(time).toISOString()))
  const [since = null, until = null] = times
  if (format === 'jsonl') return `${JSON.stringify({ address: target, stream, reason, at: since, expires: until, origin })}\n`
  // To the letter, as it is read back: an entry such as @shop.example is no formula to us.
  return `${csvRow([target, stream, reason, since, until, origin])}\n`
}
