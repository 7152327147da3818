// A lock that the kernel frees with its process: an exclusive SQLite transaction on a file of its own that stays empty.
// The file is never opened in another way: closing any descriptor of it would drop the lock (fcntl locks are per process).
import { DatabaseSync } from 'node:sqlite'

/** Takes the lock and holds it until disposed; null where another holds it. Throws where the file cannot be made. */
export function takeLockFile(path: string): Disposable | null {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Nothing is ever committed: with the journal in memory taking the lock writes nothing, so that a full disk cannot refuse it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
  return { [Symbol.dispose]: () => database.close() }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
