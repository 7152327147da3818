// Which format a database says that it has (`PRAGMA user_version`): 0 where nothing was made in it yet. What the formats are is said in
// src/contract/formats.ts, and what is said of one that this program does not read in faults.ts.
import { DatabaseSync } from 'node:sqlite'

export function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** Of a database that may be in use. */
export function formatOfFile(path: string): number {
  using database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  return formatOf(database)
}
