// Writes the WAL back into a shard's database while the storage thread goes on committing: the copy and its sync take as
// long as the disk takes, and no `250` waits for them. What was committed meanwhile is left to the next round.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const { folder } = workerData as { folder: string }

/** The shard is owned by our process: its lock is held by the storage thread, which also made the database. */
function writeBack(shard: number): void {
  const database = new DatabaseSync(join(folder, `${shard}.db`), { timeout: 0, enableForeignKeyConstraints: false })
  try {
    database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(PASSIVE)')
  } finally {
    database.close()
  }
}

parentPort?.on('message', (shard: number) => {
  try {
    writeBack(shard)
  } catch {
    // A full or failing disk: the next commit meets it and says so.
  }
  parentPort?.postMessage(shard)
})
