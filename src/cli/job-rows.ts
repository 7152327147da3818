// The recipients of a job as whoever calls `hms` may read them: from CSV, JSON lines or a query over a database, as a stream, in memory
// that does not grow with them. The server opens no file that a job names.
import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FileRecord } from '../base/records.ts'
import type { JobRow } from '../contract/jobs.ts'
import type { RecipientSource } from '../policy/jobs/job-file.ts'
import { formOf, recordsIn, RowReader } from '../policy/jobs/rows.ts'
import { databaseRows } from '../store/databases/rows.ts'
import { queryRows } from '../store/sqlite/spool/query-rows.ts'
import { badArgument } from './cli.ts'
import { databaseOf } from './job-database.ts'

export interface Places {
  readonly folder: string
  readonly home: string
}

const PIECE = 256 * 1024

/** `folder`: of the job file, from which relative paths lead. */
export async function* jobRows(source: RecipientSource, { folder, home }: Places): AsyncGenerator<readonly JobRow[]> {
  const isQuery = source.file === undefined
  const path = resolve(folder, source.sqlite ?? source.file ?? '')
  const isCsv = !isQuery && formatOf(source, path) === 'csv'
  const reader = new RowReader(source, isCsv)
  const name = source.database ?? path
  const records = isQuery ? queried(queryOf(source, path, home)) : recordsOf(path, source, isCsv)
  for await (const some of records) {
    const rows: JobRow[] = []
    for (const record of some) {
      const row = reader.read(record)
      if (typeof row === 'string') throw badArgument(`${name}: ${row}`)
      if (row !== null) rows.push(row)
    }
    yield rows
  }
}

function formatOf({ format }: RecipientSource, path: string): 'csv' | 'jsonl' {
  const found = format ?? formOf(path)
  if (found !== null) return found
  throw badArgument(`What ${path} is cannot be told from its name.`, 'Say recipients.format: csv or jsonl.')
}

function recordsOf(path: string, source: RecipientSource, isCsv: boolean): AsyncGenerator<readonly FileRecord[]> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw badArgument(`There is no file ${path}.`)
  return recordsIn(createReadStream(path, { highWaterMark: PIECE }), { ...source, isCsv })
}

type Rows = readonly Readonly<Record<string, unknown>>[]

function queryOf({ database, query = '' }: RecipientSource, path: string, home: string): Iterable<Rows> | AsyncIterable<Rows> {
  return database === undefined ? queryRows(path, query) : databaseRows({ ...databaseOf(database, home, process.env), sql: query })
}

async function* queried(answer: Iterable<Rows> | AsyncIterable<Rows>): AsyncGenerator<readonly FileRecord[]> {
  let line = 0
  for await (const rows of answer) yield rows.map((row) => ({ line: ++line, is: withoutBlobs(row) }))
}

/** Of what a template can show. */
function withoutBlobs(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => !(value instanceof Uint8Array)))
}
