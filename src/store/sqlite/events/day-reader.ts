// A day of events as somebody beside the desk reads it: over a connection that only reads, opened for a moment, so that the day can be let go
// of. Which numbers of which shard a day has does not change below desk.db's cursor: the day is committed first.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdDecompressSync } from 'node:zlib'
import { NUMBERS } from './event-block.ts'
import { DayIndex } from './event-index.ts'
import { type PrunedEvents, prunedIn } from './pruned-events.ts'

/** A block, whose numbers are above the one asked for, or around it. */
export interface ReadBlock {
  readonly first: number
  readonly last: number
  readonly oldest: number
  readonly newest: number
  /** Whether what the hash is of may be named in it. */
  mayName(hash: number): boolean
  lines(): Uint8Array
}

export class DayReader implements Disposable {
  readonly #database: DatabaseSync
  /** Keys of blocks that the index of the day gives for a hash. */
  readonly #indexed = new Map<number, ReadonlySet<number>>()

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Null: it is not there any more, or nothing is in it yet. */
  static open(folder: string, day: string): DayReader | null {
    const database = openBeside(join(folder, `${day}.db`), 'name')
    return database && new DayReader(database)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** Which numbers above `after` and up to `upTo` it has; null: none. */
  rangeOf(shard: number, after: number, upTo: number): { readonly first: number; readonly last: number } | null {
    const base = shard * NUMBERS
    const first = this.#database.prepare('SELECT first FROM block WHERE last > ? AND last < ? ORDER BY last LIMIT 1')
    const lowest = first.get(base + after, base + NUMBERS)?.['first']
    if (lowest === undefined || Number(lowest) - base > upTo) return null
    const last = this.#database.prepare('SELECT max(last) AS last FROM block WHERE last > ? AND last < ?')
    const highest = Number(last.get(base + after, base + NUMBERS)?.['last']) - base
    return { first: Math.max(after + 1, Number(lowest) - base), last: Math.min(upTo, highest) }
  }

  /** The first that has numbers above `after`; null: there is none. */
  blockBehind(shard: number, after: number): ReadBlock | null {
    const base = shard * NUMBERS
    const row = this.#database
      .prepare('SELECT first, last, oldest, newest FROM block WHERE last > ? AND last < ? ORDER BY last LIMIT 1')
      .get(base + after, base + NUMBERS)
    if (row === undefined) return null
    const [first, last] = [Number(row['first']) - base, Number(row['last']) - base]
    return {
      first,
      last,
      oldest: Number(row['oldest']),
      newest: Number(row['newest']),
      mayName: (hash) => this.#mayName(base + last, hash),
      lines: () => {
        const lines = this.#database.prepare('SELECT lines FROM block WHERE last = ?').get(base + last)?.['lines']
        return zstdDecompressSync(lines as Uint8Array)
      },
    }
  }

  /** Its own hashes say it as long as the index of the day has not taken them. */
  #mayName(key: number, hash: number): boolean {
    const own = this.#database.prepare('SELECT hashes FROM name WHERE block = ?').get(key)?.['hashes']
    if (own !== undefined) return new Uint32Array((own as Uint8Array<ArrayBuffer>).buffer).includes(hash)
    let keys = this.#indexed.get(hash)
    if (keys === undefined) this.#indexed.set(hash, (keys = new DayIndex(this.#database).blocksWith([[hash]])))
    return keys.has(key)
  }
}

/** What desk.db says to who reads behind it. */
export interface DeskReach {
  readonly cursors: ReadonlyMap<number, number>
  readonly pruned: ReadonlyMap<number, PrunedEvents>
}

/** Null: there is no desk.db yet. */
export function readReach(folder: string): DeskReach | null {
  using desk = openBeside(join(folder, 'desk.db'), 'cursor')
  if (desk === null) return null
  const rows = desk.prepare('SELECT shard, after FROM cursor').all()
  return { cursors: new Map(rows.map((row) => [Number(row['shard']), Number(row['after'])])), pruned: prunedIn(desk) }
}

/** Days that there are, ascending. */
export function eventDays(folder: string): readonly string[] {
  const names = readdirSync(folder).flatMap((name) => /^(\d{4}-\d\d-\d\d)\.db$/.exec(name)?.[1] ?? [])
  return names.toSorted()
}

/** Null: it is not there, or is being made. */
function openBeside(path: string, table: string): DatabaseSync | null {
  if (!existsSync(path)) return null
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
    if (database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined) return database
    database.close()
    return null
  } catch (error) {
    database?.close()
    if (!existsSync(path)) return null
    throw error
  }
}
