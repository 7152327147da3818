// A day of events as whoever searches it sees it: heads of blocks, newest first, and the lines of one. Blocks that the index of the day has are
// found by it, the others by their own hashes.
import { existsSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { zstdDecompressSync } from 'node:zlib'
import type { EpochMs } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { eventsOf } from '../../../message/event-line.ts'
import { keyOf } from './event-block.ts'
import { dayFormat } from './event-day.ts'
import { DayIndex } from './event-index.ts'

/** A block without its events. */
export interface BlockHead {
  readonly last: number
  readonly oldest: EpochMs
  readonly newest: EpochMs
  readonly kinds: number
  /** Only where they were asked for, and the index has not taken them. */
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

const HEAD = 'SELECT last, oldest, newest, kinds'
const RANGE = `WHERE (newest, last) < (?, ?) AND newest >= ? AND oldest <= ? ORDER BY newest DESC, last DESC LIMIT ?`

export class SearchedDay implements Disposable {
  readonly format: number
  readonly #database: DatabaseSync
  readonly #index: DayIndex | null

  private constructor(database: DatabaseSync, format: number) {
    this.#database = database
    this.format = format
    this.#index = format > 1 ? new DayIndex(database) : null
  }

  /** Null: there is no such day. Throws a Fault `format-newer` or `format-older`. */
  static open(path: string): SearchedDay | null {
    const database = opened(path)
    if (database === null) return null
    try {
      database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -4096')
      const format = dayFormat(database, path)
      if (format > 0) return new SearchedDay(database, format)
    } catch (error) {
      database.close()
      throw error
    }
    database.close()
    return null
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** Keys of the blocks by the index; none where there is no index. */
  indexed(clauses: readonly (readonly number[])[]): ReadonlySet<number> {
    return this.#index?.blocksWith(clauses) ?? new Set()
  }

  /** Whether at least so many blocks are not in the index. */
  hasOpen(least: number): boolean {
    return this.#database.prepare('SELECT 1 FROM name LIMIT 1 OFFSET ?').get(least - 1) !== undefined
  }

  blocks({ since, until, behind, limit }: BlockRange, withHashes: boolean): BlockHead[] {
    const from = withHashes ? ', hashes FROM block LEFT JOIN name ON name.block = last' : ', NULL FROM block'
    const after = behind ?? { newest: Number.MAX_SAFE_INTEGER, last: 0 }
    return headsOf(this.#arrays(`${HEAD}${from} ${RANGE}`).all(after.newest, after.last, since, until, limit))
  }

  /** The blocks that have these keys, and those that are not in the index; newest first. */
  chosen(keys: Iterable<number>): BlockHead[] {
    const one = this.#arrays(`${HEAD}, NULL FROM block WHERE last = ?`)
    const open = this.#arrays(`${HEAD}, hashes FROM name CROSS JOIN block ON last = name.block`)
    const found = new Map([...keys].flatMap((key) => headsOf(one.all(key))).map((head) => [head.last, head]))
    for (const head of headsOf(open.all())) if (!found.has(head.last)) found.set(head.last, head)
    return [...found.values()].toSorted((a, b) => b.newest - a.newest || b.last - a.last)
  }

  /** Lines of the block that has the key; none where there is no such block. */
  lines(key: number): string {
    const row = this.#database.prepare('SELECT lines FROM block WHERE last = ?').get(key)
    return row === undefined ? '' : zstdDecompressSync(row['lines'] as Uint8Array).toString('utf8')
  }

  /** Whether an event of this number is here, and when it was. */
  timeOf(id: string): EpochMs | null {
    const key = keyOf(id)
    const row = this.#database.prepare('SELECT last, first FROM block WHERE last >= ? ORDER BY last LIMIT 1').get(key)
    if (row === undefined || Number(row['first']) > key) return null
    return this.eventsOf(Number(row['last'])).find((event) => event.id === id)?.at ?? null
  }

  private eventsOf(key: number): NumberedEvent[] {
    return eventsOf(Buffer.from(this.lines(key)))
  }

  #arrays(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

/** Not for reading only: who closes a database last tidies up behind himself. And never made: its day may be put away at this moment. */
function opened(path: string): DatabaseSync | null {
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'rw')
  try {
    return new DatabaseSync(url, { timeout: 5000 })
  } catch (error) {
    if (existsSync(path)) throw error
    return null
  }
}

function headsOf(rows: unknown): BlockHead[] {
  return (rows as HeadRow[]).map(([last, oldest, newest, kinds, hashes]) => ({
    last,
    oldest,
    newest,
    kinds,
    hashes: hashes && new Uint32Array(hashes.buffer),
  }))
}
