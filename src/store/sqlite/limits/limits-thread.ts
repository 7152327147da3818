// The thread that keeps what the limits have counted: one small database, each save one synced transaction.
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { EpochMs } from '../../../base/brand.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { SavedRate } from '../../../policy/limits/limit-book.ts'
import { formatOf } from '../format-of.ts'
import { errorOf } from '../sqlite-error.ts'
import { inTransaction } from '../transaction.ts'

export type LimitsRequest =
  | { readonly name: 'open'; readonly now: EpochMs }
  | { readonly name: 'save' | 'close'; readonly rates: readonly SavedRate[]; readonly now: EpochMs }

const TABLES = `
  CREATE TABLE rate (
    key TEXT PRIMARY KEY, span INTEGER NOT NULL, most INTEGER NOT NULL, burst INTEGER NOT NULL,
    taken TEXT NOT NULL, next REAL NOT NULL, reserve INTEGER NOT NULL, at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE keeper (clean INTEGER NOT NULL) STRICT;
  INSERT INTO keeper (clean) VALUES (1);
`
const PUT = `INSERT INTO rate (key, span, most, burst, taken, next, reserve, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET span = excluded.span, most = excluded.most, burst = excluded.burst, taken = excluded.taken,
  next = excluded.next, reserve = excluded.reserve, at = excluded.at`

class LimitsFile {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const format = formatOf(this.#database)
    if (format === 0) inTransaction(this.#database, () => this.#database.exec(`${TABLES} PRAGMA user_version = ${FORMATS.limits.writes}`))
  }

  open(now: EpochMs): { readonly rates: readonly SavedRate[]; readonly isClean: boolean } {
    return inTransaction(this.#database, () => {
      const isClean = this.#database.prepare('SELECT clean FROM keeper').get()?.['clean'] === 1
      this.#database.exec('UPDATE keeper SET clean = 0')
      // What is older than its window says nothing any more.
      this.#database.prepare('DELETE FROM rate WHERE at + 2 * span < ?').run(now)
      const rows = this.#database.prepare('SELECT key, span, most, burst, taken, next, reserve FROM rate').all()
      return { rates: rows.map(rateOf), isClean }
    })
  }

  save(rates: readonly SavedRate[], now: EpochMs): void {
    inTransaction(this.#database, () => this.#put(rates, now))
  }

  close(rates: readonly SavedRate[], now: EpochMs): void {
    inTransaction(this.#database, () => {
      this.#database.exec('DELETE FROM rate')
      this.#put(rates, now)
      this.#database.exec('UPDATE keeper SET clean = 1')
    })
    this.#database.close()
  }

  #put(rates: readonly SavedRate[], now: EpochMs): void {
    const put = this.#database.prepare(PUT)
    for (const { key, span, limit, burst, state, reserve } of rates)
      put.run(key, span, limit, burst, JSON.stringify(state.taken), state.next, reserve, now)
  }
}

function rateOf(row: Record<string, unknown>): SavedRate {
  return {
    key: String(row['key']),
    span: Number(row['span']),
    limit: Number(row['most']),
    burst: Number(row['burst']),
    state: { taken: JSON.parse(String(row['taken'])) as SavedRate['state']['taken'], next: Number(row['next']) },
    reserve: Number(row['reserve']),
  }
}

const port = parentPort
if (port === null) throw new Error('limits-thread.ts runs as a worker thread only')
const { file } = workerData as { file: string }
let opened: LimitsFile | null = null

function answer(request: LimitsRequest): unknown {
  opened ??= new LimitsFile(file)
  if (request.name === 'open') return opened.open(request.now)
  if (request.name === 'save') opened.save(request.rates, request.now)
  else opened.close(request.rates, request.now)
  return null
}

port.on('message', (request: LimitsRequest & { readonly id: number }) => {
  try {
    port.postMessage({ id: request.id, answer: answer(request), error: null })
  } catch (error) {
    port.postMessage({ id: request.id, answer: null, error: errorOf(error) })
  }
})
