// The events of one day (UTC, by the time of the event) in one database. They are kept as they came, a block a batch: their lines,
// compressed, and beside them what a search needs to pass a block over. Keys are the numbers of the events, so that a repeat changes
// nothing. Why no row and no index entry an event: docs/decisions/0008-events-in-blocks.md.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { EpochMs } from '../../../base/brand.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { eventsOf } from '../../../message/event-line.ts'
import type { Eraser } from '../../../policy/kept/erasure.ts'
import { type EventBlock, NUMBERS } from './event-block.ts'
import { DayIndex, INDEX_TABLES } from './event-index.ts'
import { namesOfEvents } from './event-names.ts'
import { refuseFormat } from '../faults.ts'
import { inTransaction } from '../transaction.ts'

/** `PRAGMA user_version` of a day. A day of format 1 stays one: it knows fewer names (event-names.ts), and has no index. */
const FORMAT = FORMATS.events.writes
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * `first` and `last` are keys of events, `oldest` and `newest` times, `kinds` a bit a kind. `name` has a hash of every name in the block, apart
 * from it, so that a search for one of them reads little else; until the index of the day has them (event-index-build.ts).
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
${INDEX_TABLES}
`

/** `YYYY-MM-DD` */
export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}

export class DayFile implements Disposable {
  private readonly database: DatabaseSync
  private readonly format: number
  private readonly insert: StatementSync
  private readonly insertNames: StatementSync
  private readonly newestOf: StatementSync

  private constructor(database: DatabaseSync, path: string) {
    this.database = database
    this.format = dayFormat(database, path)
    this.insert = database.prepare('INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)')
    this.insertNames = database.prepare('INSERT INTO name VALUES (?, ?)')
    this.newestOf = database.prepare('SELECT max(last) AS last FROM block WHERE last >= ? AND last < ?')
  }

  static open(path: string): DayFile {
    const database = new DatabaseSync(path, { timeout: 5000 })
    try {
      // The first holds for a file that is made now: what its index frees is given back.
      database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      database.exec('PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096')
      inTransaction(database, () => prepareTables(database, path))
      return new DayFile(database, path)
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
      for (const { first, last, oldest, newest, kinds, names, lines } of blocks) {
        this.insert.run(last, first, oldest, newest, kinds, zstdCompressSync(lines.from(octets), LEVEL))
        this.insertNames.run(last, octetsOf(names.hashes))
      }
    })
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
    const had = namesOfEvents(eventsOf(Buffer.from(lines)))
    const names = namesOfEvents(eventsOf(Buffer.from(text)))
    this.database.exec('PRAGMA secure_delete = ON')
    inTransaction(this.database, () => {
      this.database.prepare('UPDATE block SET lines = ? WHERE last = ?').run(zstdCompressSync(text, LEVEL), key)
      this.database.prepare('UPDATE name SET hashes = ? WHERE block = ?').run(octetsOf(names), key)
      if (this.format > 1) new DayIndex(this.database).change(key, had, names)
    })
    return { key, found }
  }

  /** What was erased is in its log no more, unless somebody reads at that moment. */
  clear(): void {
    this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
}

function octetsOf(hashes: ReadonlySet<number>): Uint8Array {
  return new Uint8Array(Uint32Array.from(hashes).buffer)
}

function prepareTables(database: DatabaseSync, path: string): void {
  if (dayFormat(database, path) === 0) database.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`)
}

/** 0: there is nothing in it yet. Throws a Fault `format-newer` or `format-older`. */
export function dayFormat(database: DatabaseSync, path: string): number {
  const format = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (FORMATS.events.reads.includes(format)) return format
  if (format !== 0 || database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'event'").get() !== undefined)
    throw refuseFormat('events', path, format)
  return 0
}
