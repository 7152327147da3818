// The events of one day (UTC, by the time of the event) in one database. They are kept as they came, a block a batch: their lines,
// compressed, and beside them what a search needs to pass a block over. Keys are the numbers of the events, so that a repeat changes
// nothing. Why no row and no index entry an event: docs/decisions/0008-events-in-blocks.md.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { FORMATS } from '../../contract/formats.ts'
import { eventsOf } from '../../message/event-line.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import { type EventBlock, hashesOfEvents, keyOf, NUMBERS } from './event-block.ts'
import { refuseFormat } from './faults.ts'
import { inTransaction } from './transaction.ts'

/** `PRAGMA user_version` of a day. */
const FORMAT = FORMATS.events.writes
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * `first` and `last` are keys of events, `oldest` and `newest` times, `kinds` a bit a kind. `name` has a hash of every message,
 * recipient, mailing and account in the block, apart from it, so that a search for one of them reads little else.
 */
const TABLES = `
CREATE TABLE block (
  last INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  oldest INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  kinds INTEGER NOT NULL,
  lines BLOB NOT NULL
);
CREATE INDEX block_newest ON block (newest);
CREATE TABLE name (block INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
`

/** `YYYY-MM-DD` */
export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** A block without its events. `hashes` only where they were asked for. */
export interface BlockHead {
  readonly last: number
  readonly oldest: EpochMs
  readonly newest: EpochMs
  readonly kinds: number
  readonly hashes: Uint32Array | null
}

/** A stretch of time, and the block behind which to go on; newest first. */
export interface BlockRange {
  readonly since: EpochMs
  readonly until: EpochMs
  readonly behind: Pick<BlockHead, 'newest' | 'last'> | null
  readonly limit: number
}

/** A blob comes in memory of its own. */
type HeadRow = [last: number, oldest: EpochMs, newest: EpochMs, kinds: number, hashes: Uint8Array<ArrayBuffer> | null]

function heads(database: DatabaseSync, hashes: string, from: string): StatementSync {
  const statement = database.prepare(
    `SELECT last, oldest, newest, kinds, ${hashes} ${from} WHERE (newest, last) < (?, ?) AND newest >= ? AND oldest <= ?
     ORDER BY newest DESC, last DESC LIMIT ?`,
  )
  statement.setReturnArrays(true)
  return statement
}

export class DayFile implements Disposable {
  private readonly database: DatabaseSync
  private readonly insert: StatementSync
  private readonly insertNames: StatementSync
  private readonly newestOf: StatementSync
  private readonly lines: StatementSync
  private readonly heads: StatementSync
  private readonly headsWithHashes: StatementSync

  private constructor(database: DatabaseSync) {
    this.database = database
    this.insert = database.prepare('INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)')
    this.insertNames = database.prepare('INSERT INTO name VALUES (?, ?)')
    this.newestOf = database.prepare('SELECT max(last) AS last FROM block WHERE last >= ? AND last < ?')
    this.lines = database.prepare('SELECT first, lines FROM block WHERE last >= ? ORDER BY last LIMIT 1')
    this.heads = heads(database, 'NULL', 'FROM block')
    this.headsWithHashes = heads(database, 'hashes', 'FROM block CROSS JOIN name ON block = last')
  }

  static open(path: string): DayFile {
    const database = new DatabaseSync(path, { timeout: 5000 })
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216')
      database.exec('PRAGMA cache_size = -4096')
      inTransaction(database, () => prepareTables(database, path))
      return new DayFile(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.database.close()
  }

  /** The highest number of a shard that is here; 0: none. */
  lastOf(shard: number): number {
    const last = this.newestOf.get(shard * NUMBERS, (shard + 1) * NUMBERS)?.['last'] ?? null
    return last === null ? 0 : Number(last) - shard * NUMBERS
  }

  /** `octets`: what their lines are in. */
  add(blocks: readonly EventBlock[], octets: Uint8Array): void {
    inTransaction(this.database, () => {
      for (const { first, last, oldest, newest, kinds, hashes, lines } of blocks) {
        this.insert.run(last, first, oldest, newest, kinds, zstdCompressSync(lines.from(octets), LEVEL))
        this.insertNames.run(last, new Uint8Array(Uint32Array.from(hashes).buffer))
      }
    })
  }

  /** Whether an event of this number is here, and when it was. */
  timeOf(id: string): EpochMs | null {
    return this.eventsFrom(keyOf(id)).find((event) => event.id === id)?.at ?? null
  }

  blocks({ since, until, behind, limit }: BlockRange, withHashes: boolean): BlockHead[] {
    const statement = withHashes ? this.headsWithHashes : this.heads
    const after = behind ?? { newest: Number.MAX_SAFE_INTEGER, last: 0 }
    const rows = statement.all(after.newest, after.last, since, until, limit) as unknown as HeadRow[]
    return rows.map(([last, oldest, newest, kinds, hashes]) => ({
      last,
      oldest,
      newest,
      kinds,
      hashes: hashes && new Uint32Array(hashes.buffer),
    }))
  }

  /**
   * Looks at the block behind a key, and writes it anew where somebody is erased from it; its key stays, so that what comes again is still known.
   * Null: there is none behind it.
   */
  erase(behind: number, eraser: Eraser, dryRun: boolean): { readonly key: number; readonly found: number } | null {
    const row = this.database.prepare('SELECT last, lines FROM block WHERE last > ? ORDER BY last LIMIT 1').get(behind)
    if (row === undefined) return null
    const key = Number(row['last'])
    const lines = zstdDecompressSync(row['lines'] as Uint8Array).toString('utf8')
    if (!eraser.isIn(lines)) return { key, found: 0 }
    const before = lines.split('\n').slice(0, -1)
    const after = before.map((line) => eraser.line(line, true))
    const found = after.filter((line, i) => line !== before[i]).length
    if (dryRun || found === 0) return { key, found }
    const text = after.flatMap((line) => (line === null ? [] : [`${line}\n`])).join('')
    const hashes = new Uint8Array(Uint32Array.from(hashesOfEvents(eventsOf(Buffer.from(text)))).buffer)
    this.database.exec('PRAGMA secure_delete = ON')
    inTransaction(this.database, () => {
      this.database.prepare('UPDATE block SET lines = ? WHERE last = ?').run(zstdCompressSync(text, LEVEL), key)
      this.database.prepare('UPDATE name SET hashes = ? WHERE block = ?').run(hashes, key)
    })
    return { key, found }
  }

  /** What was erased is in its log no more, unless somebody reads at that moment. */
  clear(): void {
    this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  /** The events of the block that has the key, in the order of their numbers; none where there is no such block. */
  eventsFrom(key: number): NumberedEvent[] {
    const row = this.lines.get(key)
    if (row === undefined || Number(row['first']) > key) return []
    return eventsOf(zstdDecompressSync(row['lines'] as Uint8Array))
  }
}

function prepareTables(database: DatabaseSync, path: string): void {
  const format = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (format > FORMAT) throw refuseFormat('events', path, format)
  if (format === FORMAT) return
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'event'").get() !== undefined) throw refuseFormat('events', path, format)
  database.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`)
}
