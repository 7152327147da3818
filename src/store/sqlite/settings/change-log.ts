// Which row each of the last versions of the settings changed, so that whoever has a snapshot reads those rows anew and not all there are: at
// 100,000 logins that is the difference between microseconds and a pause of every process. A program that does not know the table raises the
// version without a row in it; then all is read.
import type { DatabaseSync } from 'node:sqlite'

export const CHANGE_LOG = `CREATE TABLE IF NOT EXISTS changed (version INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL);`

/** Whoever is further behind reads all. */
const KEPT = 1000

export interface ChangedRow {
  readonly kind: string
  readonly key: string
}

/** Within the transaction that changes the row. */
export function raiseVersion(database: DatabaseSync, { kind, key }: ChangedRow): void {
  const version = Number(database.prepare('UPDATE meta SET version = version + 1 RETURNING version').get()?.['version'])
  database.prepare('INSERT OR REPLACE INTO changed VALUES (?, ?, ?)').run(version, kind, key)
  database.prepare('DELETE FROM changed WHERE version <= ?').run(version - KEPT)
}

/** Rows that changed after one version and up to another; null: it is not known of each. */
export function changedBetween(database: DatabaseSync, before: number, now: number): readonly ChangedRow[] | null {
  if (now <= before || now - before > KEPT) return null
  const sql = 'SELECT kind, key FROM changed WHERE version > ? AND version <= ?'
  const rows = database.prepare(sql).all(before, now) as unknown as readonly ChangedRow[]
  return rows.length === now - before ? rows : null
}
