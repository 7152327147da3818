// The tables of a month of rollups, `reports/<yyyy-mm>.db`: a row is a group, all values of a rollup in an hour or a day (UTC) of an account (0: of
// all accounts), packed (policy/reports/group.ts). Values are numbers of names.
import { DatabaseSync } from 'node:sqlite'
import { FORMATS } from '../../../contract/formats.ts'
import { refuseFormat } from '../faults.ts'
import { inTransaction } from '../transaction.ts'

const FORMAT = FORMATS.reports.writes

/** `at`: number of the hour or day since 1970. */
export type Bucket = 'hour' | 'day'

/** `base`: octets of `packed` that are one segment; behind them is what was counted since. */
const groups = (table: Bucket): string => `CREATE TABLE ${table} (
  at INTEGER NOT NULL, rollup INTEGER NOT NULL, account INTEGER NOT NULL, base INTEGER NOT NULL, packed BLOB NOT NULL,
  PRIMARY KEY (at, rollup, account)
) STRICT;`

/** `position`: up to which event of each shard the month is counted; `meta`: what else there is to remember, as numbers. */
const TABLES = `
${groups('hour')}
${groups('day')}
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE position (shard INTEGER PRIMARY KEY, upTo INTEGER NOT NULL) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
`

export function openMonth(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    // The position stands in it: what is told to be counted must be on the disk.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096')
    const format = formatIn(database)
    if (format > FORMAT) throw refuseFormat('reports', path, format)
    if (format === 0) inTransaction(database, () => database.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`))
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** For looks; null: it is being made. */
export function openMonthToRead(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    database.exec('PRAGMA cache_size = -4096')
    const format = formatIn(database)
    if (format > FORMAT) throw refuseFormat('reports', path, format)
    if (format !== 0) return database
  } catch (error) {
    database.close()
    throw error
  }
  database.close()
  return null
}

function formatIn(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}
