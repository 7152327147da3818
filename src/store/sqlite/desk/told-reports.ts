// Which reports were told, by day (UTC), as a table of desk.db: the same one again within a day is not told twice. Written with the cursor of
// the outbox, so that a batch that comes again after a crash finds it as it was.
import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import type { MailEvent } from '../../../contract/events.ts'
import { reportKey } from '../../../message/report-key.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS told_report (day INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID, STRICT`
const DAY = 86_400_000
const KEPT_DAYS = 2
/** Beyond so many a repeat is told: strangers choose how many there are. */
const MOST = 3_000_000
const KEY_OCTETS = 12

export interface ToldKey {
  readonly day: number
  readonly key: Uint8Array
  /** The same as text. */
  readonly name: string
}

export class ToldReports {
  readonly #database: DatabaseSync
  readonly #find: StatementSync
  readonly #put: StatementSync
  #count: number

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(TABLE)
    this.#find = database.prepare('SELECT 1 FROM told_report WHERE day = ? AND key = ?')
    this.#put = database.prepare('INSERT OR IGNORE INTO told_report VALUES (?, ?)')
    this.#count = Number(database.prepare('SELECT count(*) AS count FROM told_report').get()?.['count'])
  }

  /** Null for what is no report. */
  keyOf(event: MailEvent): ToldKey | null {
    const text = reportKey(event)
    if (text === null) return null
    const key = createHash('sha256').update(text).digest().subarray(0, KEY_OCTETS)
    const day = Math.floor(event.at / DAY)
    return { day, key, name: `${day} ${key.toString('hex')}` }
  }

  has({ day, key }: ToldKey): boolean {
    return this.#find.get(day, key) !== undefined
  }

  /** Within the transaction of the cursor. */
  put(keys: Iterable<ToldKey>): void {
    for (const { day, key } of keys) if (this.#count < MOST) this.#count += Number(this.#put.run(day, key).changes)
  }

  prune(now: EpochMs): void {
    const { changes } = this.#database.prepare('DELETE FROM told_report WHERE day < ?').run(Math.floor(now / DAY) - KEPT_DAYS)
    this.#count -= Number(changes)
  }
}
