// One transaction on a connection that writes now and then: all of `work` or nothing. The storage thread, whose every commit counts,
// has its own in shard-writer.ts, over prepared statements.
import type { DatabaseSync } from 'node:sqlite'

export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite has rolled back by itself after some errors.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
