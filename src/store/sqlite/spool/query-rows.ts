// The rows of a query over somebody's SQLite database, which is only read: a slice at a time, in memory that does not grow with the answer.
import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { Fault, messageOf } from '../../../base/fault.ts'

const SLICE = 1000

/** Throws a Fault where the database or the query is none. */
export function* queryRows(file: string, sql: string): Generator<readonly Readonly<Record<string, SQLOutputValue>>[]> {
  if (!existsSync(file)) throw unusable(`There is no file ${file}.`)
  using opened = new DisposableStack()
  try {
    const database = opened.adopt(new DatabaseSync(file, { readOnly: true, timeout: 5000 }), (one) => one.close())
    const statement = database.prepare(sql)
    if (statement.columns().length === 0) throw new Error('it gives no rows')
    let slice: Record<string, SQLOutputValue>[] = []
    for (const row of statement.iterate()) {
      slice.push(row)
      if (slice.length < SLICE) continue
      yield slice
      slice = []
    }
    yield slice
  } catch (error) {
    throw error instanceof Fault ? error : unusable(`The query over ${file} cannot be answered: ${messageOf(error)}.`)
  }
}

function unusable(what: string): Fault {
  return new Fault('usage', what, { blame: 'caller' })
}
