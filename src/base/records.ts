// Files of recipients as records with the number of the line that each begins on: CSV (rfc:4180, cells may hold line breaks) and JSON lines.
// Text is pushed in as it is read; memory holds one record more than that, and a record that is too long or broken is told by its line, and
// the next begins on the line after it.
/** `line`: from 1. `problem`: the end of a sentence about it. */
export type FileRecord =
  | { readonly line: number; readonly is: readonly string[] | Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: string }
type Said = { readonly is: readonly string[] | Readonly<Record<string, unknown>> } | { readonly problem: string }

export interface Records {
  push(text: string): FileRecord[]
  /** The last one, where the text ended without a line break. */
  end(): FileRecord[]
}

/** Characters of a record. */
export const LONGEST_RECORD = 128 * 1024

interface Found {
  /** Null: it is empty. */
  readonly said: Said | null
  /** Behind its line break. */
  readonly end: number
}

/** Cuts text into records by `read`, which is asked at the beginning of each; null: more text is needed. */
class Cutter implements Records {
  readonly #read: (text: string, at: number, isLast: boolean) => Found | null
  #text = ''
  #line = 1
  /** The rest of a line that is too long is on its way. */
  #isSkipping = false

  constructor(read: (text: string, at: number, isLast: boolean) => Found | null) {
    this.#read = read
  }

  push(text: string): FileRecord[] {
    this.#text += text
    return this.#cut(false)
  }

  end(): FileRecord[] {
    return this.#cut(true)
  }

  #cut(isLast: boolean): FileRecord[] {
    const text = this.#text
    const found: FileRecord[] = []
    let at = 0
    if (this.#isSkipping) at = this.#skip(text, 0)
    while (at < text.length && !this.#isSkipping) {
      const record = this.#read(text, at, isLast)
      const isLong = (record?.end ?? text.length) - at > LONGEST_RECORD
      if (record === null && !isLong && !isLast) break
      if (record === null || isLong) {
        const problem = isLong ? `it is longer than ${LONGEST_RECORD} characters` : 'it does not end'
        found.push({ line: this.#line, problem: record === null ? `${problem}, or a quotation mark is not closed` : problem })
        at = this.#skip(text, at)
        continue
      }
      if (record.said !== null) found.push({ line: this.#line, ...record.said })
      this.#line += breaksIn(text, at, record.end)
      at = record.end
    }
    this.#text = text.slice(at)
    return found
  }

  /** To the next line. */
  #skip(text: string, at: number): number {
    const end = text.indexOf('\n', at)
    this.#isSkipping = end < 0
    if (end >= 0) this.#line++
    return end < 0 ? text.length : end + 1
  }
}

function breaksIn(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Each line an object. Empty lines are none. */
export function jsonLines(): Records {
  return new Cutter((text, at, isLast) => {
    const end = text.indexOf('\n', at)
    if (end < 0 && !isLast) return null
    const line = text.slice(at, end < 0 ? text.length : end).trim()
    return { said: line === '' ? null : fromJson(line), end: end < 0 ? text.length : end + 1 }
  })
}

function fromJson(line: string): Said {
  if (line.length > LONGEST_RECORD) return { problem: `it is longer than ${LONGEST_RECORD} characters` }
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { is: value as Record<string, unknown> }
    return { problem: 'it is no JSON object' }
  } catch {
    return { problem: 'it is no JSON' }
  }
}

/** Cells of each record. `separator`: one character. */
export function csvRecords(separator: string): Records {
  return new Cutter((text, at, isLast) => readCells(text, at, { separator, isLast }))
}

interface Csv {
  readonly separator: string
  readonly isLast: boolean
}

function readCells(text: string, start: number, csv: Csv): Found | null {
  const { separator, isLast } = csv
  const cells: string[] = []
  let lineEnd = -1
  for (let at = start; ;) {
    // Looked for once a line, not once a cell.
    if (lineEnd < at) lineEnd = text.indexOf('\n', at)
    const cell = text[at] === '"' ? quotedCell(text, at, csv) : plainCell(text, at, { ...csv, lineEnd })
    if (cell === null) return null
    if ('problem' in cell) return { said: { problem: cell.problem }, end: cell.end }
    cells.push(cell.value)
    at = cell.end
    if (text[at] === separator) {
      at++
      if (at === text.length && !isLast) return null
      continue
    }
    // At a line break, or at the end of all.
    const end = Math.min(text.length, at + (text[at] === '\r' ? 2 : 1))
    return { said: cells.length === 1 && cells[0]?.trim() === '' ? null : { is: cells }, end }
  }
}

type CellRead = { readonly value: string; readonly end: number } | { readonly problem: string; readonly end: number } | null

function plainCell(text: string, at: number, { separator, isLast, lineEnd }: Csv & { readonly lineEnd: number }): CellRead {
  if (lineEnd < 0 && !isLast) return null
  const stop = lineEnd < 0 ? text.length : text[lineEnd - 1] === '\r' && lineEnd > at ? lineEnd - 1 : lineEnd
  const cut = text.slice(at, stop).indexOf(separator)
  const end = cut < 0 ? stop : at + cut
  return { value: text.slice(at, end), end }
}

function quotedCell(text: string, start: number, { separator, isLast }: Csv): CellRead {
  let value = ''
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return null
    // What stands behind it says whether it is the last one.
    if (quote + 1 === text.length && !isLast) return null
    value += text.slice(at, quote)
    at = quote + 1
    if (text[at] === '"') {
      value += '"'
      at++
      continue
    }
    if (text[at] === '\r' && at + 1 === text.length && !isLast) return null
    if (at === text.length || text[at] === separator || text[at] === '\n' || text.startsWith('\r\n', at)) return { value, end: at }
    const lineEnd = text.indexOf('\n', at)
    if (lineEnd < 0 && !isLast) return null
    return { problem: 'something stands behind a quotation mark', end: lineEnd < 0 ? text.length : lineEnd + 1 }
  }
}

/** Cells of one line, or what is wrong with it as the end of a sentence: whoever reads files in which no cell goes over lines. */
export function cellsOfLine(line: string, separator: string): readonly string[] | string {
  const found = readCells(line, 0, { separator, isLast: true })
  if (found === null) return 'a quotation mark is not closed'
  if (found.said === null) return []
  return 'problem' in found.said ? found.said.problem : (found.said.is as readonly string[])
}

/** What separates the cells of the first line: what stands in it outside of quotation marks most often. */
export function separatorOf(line: string, among: readonly string[] = [',', ';', '\t', '|']): string {
  const bare = line.replace(/"[^"]*"/g, '')
  const counted = among.map((one) => ({ one, count: bare.split(one).length }))
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).one
}
