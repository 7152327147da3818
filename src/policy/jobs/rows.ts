// Records as recipients: which columns have the address, the name and the id is said by the job, or known by their names; all of them fill the
// template. Whether the address is one is looked at where it is taken.
import { JOB_BOUNDS, type JobRecipient, type JobRow } from '../../contract/jobs.ts'
import { csvRecords, type FileRecord, jsonLines, type Records, separatorOf } from '../../base/records.ts'

export interface Columns {
  readonly address?: string | undefined
  readonly name?: string | undefined
  readonly id?: string | undefined
}

/** Names that a column of addresses has, in the order in which they are looked for. */
const ADDRESS_NAMES = ['email', 'e-mail', 'address', 'recipient', 'to', 'emailaddress', 'email_address', 'deliveryaddress']
const LONGEST_DATA = JOB_BOUNDS.data
/** Characters of a file after which the first line is cut, to find what separates its cells. */
const PIECE = 256 * 1024
/** Characters of rows in one call. */
const MOST_SENT = 4 * 1024 * 1024

/** Rows of one file or query. */
export class RowReader {
  readonly #columns: Columns
  readonly #hasNames: boolean
  #names: readonly string[] | null = null

  /** `hasNames`: the first record has the names of the columns. */
  constructor(columns: Columns, hasNames: boolean) {
    this.#columns = columns
    this.#hasNames = hasNames
  }

  /** Null: it is the line of names. A string: none of the file can be read, a sentence. */
  read(record: FileRecord): JobRow | string | null {
    const { line } = record
    if ('problem' in record) {
      const { problem } = record
      return this.#hasNames && this.#names === null ? `The line of names cannot be read: ${problem}.` : { line, problem: `${problem}.` }
    }
    const { is } = record
    if (!isCells(is)) return this.#recipient(line, is)
    if (this.#names === null) return this.#named(is)
    if (is.length > this.#names.length) return { line, problem: `it has ${is.length} cells, and the first line ${this.#names.length}.` }
    const names = this.#names
    return this.#recipient(line, Object.fromEntries(is.map((cell, n) => [names[n] ?? '', cell])))
  }

  #named(cells: readonly string[]): string | null {
    const names = cells.map((cell) => cell.trim())
    const twice = names.find((name, n) => names.indexOf(name) < n)
    if (twice !== undefined) return `Two columns have the name ${JSON.stringify(twice)}.`
    this.#names = names
    for (const asked of [this.#columns.address, this.#columns.name, this.#columns.id])
      if (asked !== undefined && !names.includes(asked))
        return `There is no column ${JSON.stringify(asked)}; there are ${names.join(', ')}.`
    if (this.#columns.address === undefined && addressIn(names) === undefined)
      return `No column is known to have addresses; there are ${names.join(', ')}. Name it as recipients.address.`
    return null
  }

  #recipient(line: number, values: Readonly<Record<string, unknown>>): JobRow {
    const { address = addressIn(Object.keys(values)), name, id } = this.#columns
    const to = address === undefined ? undefined : values[address]
    if (typeof to !== 'string' || to.trim() === '') return { line, problem: 'it has no address.' }
    const size = JSON.stringify(values).length
    if (size > LONGEST_DATA) return { line, problem: `its data has ${size} characters, and ${LONGEST_DATA} are the most.` }
    const recipient: JobRecipient = { line, to: to.trim(), ...said('name', name, values), ...said('id', id, values), data: values }
    return recipient
  }
}

function isCells(is: readonly string[] | Readonly<Record<string, unknown>>): is is readonly string[] {
  return Array.isArray(is)
}

function said<K extends 'name' | 'id'>(
  key: K,
  column: string | undefined,
  values: Readonly<Record<string, unknown>>,
): { readonly [P in K]?: string } {
  const value = column === undefined ? undefined : values[column]
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : typeof value === 'string' ? value.trim() : ''
  return (text === '' ? {} : { [key]: text }) as { readonly [P in K]?: string }
}

function addressIn(names: readonly string[]): string | undefined {
  for (const known of ADDRESS_NAMES) {
    const found = names.find((name) => name.toLowerCase() === known)
    if (found !== undefined) return found
  }
  return undefined
}

export interface FileForm {
  readonly isCsv: boolean
  readonly separator?: string | undefined
  readonly encoding?: string | undefined
}

/** By the name of the file; null: it does not tell. */
export function formOf(name: string): 'csv' | 'jsonl' | null {
  if (/\.(?:csv|tsv|txt)$/i.test(name)) return 'csv'
  return /\.(?:jsonl|ndjson)$/i.test(name) ? 'jsonl' : null
}

/** Records of a file that comes in pieces. */
export async function* recordsIn(
  chunks: AsyncIterable<Uint8Array>,
  { isCsv, separator, encoding }: FileForm,
): AsyncGenerator<readonly FileRecord[]> {
  const decoder = new TextDecoder(encoding ?? 'utf-8')
  let records: Records | null = isCsv ? null : jsonLines()
  let start = ''
  const push = (text: string, isLast: boolean): FileRecord[] => {
    if (records !== null) return records.push(text)
    start += text
    const end = start.indexOf('\n')
    if (end < 0 && !isLast && start.length < PIECE) return []
    records = csvRecords(separator ?? separatorOf(start.slice(0, end < 0 ? PIECE : end)))
    return records.push(start)
  }
  for await (const chunk of chunks) yield push(decoder.decode(chunk, { stream: true }), false)
  yield push(decoder.decode(), true)
  yield records?.end() ?? []
}

/** As many as one call takes. */
export async function* batched(rows: AsyncIterable<readonly JobRow[]>): AsyncGenerator<readonly JobRow[]> {
  let waiting: JobRow[] = []
  let size = 0
  for await (const some of rows)
    for (const row of some) {
      waiting.push(row)
      size += JSON.stringify(row).length
      if (waiting.length < JOB_BOUNDS.rows && size < MOST_SENT) continue
      yield waiting
      waiting = []
      size = 0
    }
  if (waiting.length > 0) yield waiting
}
