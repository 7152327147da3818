// How full the disk was, hour by hour for a week: a table in the desk's database.
import { DatabaseSync } from 'node:sqlite'
import { type DiskSample, SAMPLE_EVERY, SAMPLES_KEPT } from '../../../policy/kept/growth.ts'
import { inTransaction } from '../transaction.ts'

const TABLE =
  'CREATE TABLE IF NOT EXISTS disk_sample (hour INTEGER PRIMARY KEY, at INTEGER NOT NULL, used INTEGER NOT NULL, kinds TEXT NOT NULL) STRICT'

/** `file`: the desk's database, which is there already. The first of an hour stays. */
export function addDiskSample(file: string, { at, used, kinds }: DiskSample): void {
  using database = new DatabaseSync(file, { timeout: 5000 })
  inTransaction(database, () => {
    database.exec(TABLE)
    database
      .prepare('INSERT OR IGNORE INTO disk_sample VALUES (?, ?, ?, ?)')
      .run(Math.floor(at / SAMPLE_EVERY), at, used, JSON.stringify(kinds))
    database.prepare('DELETE FROM disk_sample WHERE at < ?').run(at - SAMPLES_KEPT)
  })
}

/** Oldest first. */
export function diskSamples(file: string): readonly DiskSample[] {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'disk_sample'").get() === undefined) return []
  const rows = database.prepare('SELECT at, used, kinds FROM disk_sample ORDER BY hour').all()
  return rows.map(({ at, used, kinds }) => ({
    at: Number(at),
    used: Number(used),
    kinds: JSON.parse(String(kinds)) as DiskSample['kinds'],
  }))
}
