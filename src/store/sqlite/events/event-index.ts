// The index of a day that is over: hashes of names in buckets, a row each, so that a look for a name costs a row a segment and not all hashes of
// the day (docs/decisions/0054-index-of-days-that-are-over.md). A segment says which blocks are in it and is there once it is whole; blocks that came later are searched by
// their own hashes, or get a segment of their own.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { blocksOf, changedPostings } from './event-postings.ts'

/** `place` gives the number of a block its key, `posting` the buckets of a segment their entries (event-postings.ts). */
export const INDEX_TABLES = `
CREATE TABLE place (n INTEGER PRIMARY KEY, block INTEGER NOT NULL);
CREATE TABLE segment (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, kept INTEGER NOT NULL, bits INTEGER NOT NULL);
CREATE TABLE posting (id INTEGER PRIMARY KEY, entries BLOB NOT NULL);
`
/** Keys of postings are the segment's number times this, and the bucket. */
export const MOST_BUCKETS = 65_536

/** How hashes are cut in a segment: `kept` of their bits count, the first `bits` of those are the bucket. */
export interface Cut {
  readonly kept: number
  readonly bits: number
}

export interface Segment extends Cut {
  readonly id: number
  /** Numbers of its blocks. */
  readonly first: number
  readonly last: number
}

export function cutHash(hash: number, { kept }: Cut): number {
  return hash >>> (32 - kept)
}

export function bucketOf(cut: number, { kept, bits }: Cut): number {
  return Math.floor(cut / 2 ** (kept - bits))
}

export function restOf(cut: number, { kept, bits }: Cut): number {
  return cut % 2 ** (kept - bits)
}

export class DayIndex {
  readonly #database: DatabaseSync
  readonly #postings: StatementSync
  readonly #segments: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#postings = database.prepare('SELECT entries FROM posting WHERE id = ?')
    this.#segments = database.prepare('SELECT id, first, last, kept, bits FROM segment ORDER BY id')
  }

  segments(): readonly Segment[] {
    return this.#segments.all() as unknown as Segment[]
  }

  /** Keys of the blocks of all segments that may have one hash of every clause. */
  blocksWith(clauses: readonly (readonly number[])[]): Set<number> {
    const keys = new Set<number>()
    for (const segment of this.segments()) {
      const numbers = this.#numbersWith(segment, clauses)
      for (const key of this.#keysOf(numbers, segment)) keys.add(key)
    }
    return keys
  }

  /** Of a block that was written anew: hashes that are there no more, and those that are new. */
  change(key: number, before: ReadonlySet<number>, after: ReadonlySet<number>): void {
    const row = this.#database.prepare('SELECT n FROM place WHERE block = ?').get(key)
    const n = Number(row?.['n'] ?? -1)
    const segment = this.segments().find(({ first, last }) => first <= n && n <= last)
    if (segment === undefined) return
    const cuts = new Set([...after].map((hash) => cutHash(hash, segment)))
    const gone = new Set([...before].map((hash) => cutHash(hash, segment)).filter((cut) => !cuts.has(cut)))
    for (const cut of gone) this.#put(segment, cut, n, false)
    for (const hash of after) if (!before.has(hash)) this.#put(segment, cutHash(hash, segment), n, true)
  }

  #put(segment: Segment, cut: number, n: number, isThere: boolean): void {
    const bucket = bucketOf(cut, segment)
    const entries = changedPostings(this.#entries(segment, bucket), restOf(cut, segment), n - segment.first, isThere)
    this.#database.prepare('INSERT OR REPLACE INTO posting VALUES (?, ?)').run(segment.id * MOST_BUCKETS + bucket, entries)
  }

  #entries({ id }: Segment, bucket: number): Uint8Array {
    return (this.#postings.get(id * MOST_BUCKETS + bucket)?.['entries'] as Uint8Array | undefined) ?? new Uint8Array(0)
  }

  #numbersWith(segment: Segment, clauses: readonly (readonly number[])[]): readonly number[] {
    let found: readonly number[] | null = null
    for (const hashes of clauses) {
      const having = new Set(hashes.flatMap((hash) => this.#numbersOf(segment, hash)))
      found = found === null ? [...having] : found.filter((n) => having.has(n))
      if (found.length === 0) return []
    }
    return found ?? []
  }

  #numbersOf(segment: Segment, hash: number): readonly number[] {
    const cut = cutHash(hash, segment)
    return blocksOf(this.#entries(segment, bucketOf(cut, segment)), restOf(cut, segment)).map((n) => n + segment.first)
  }

  #keysOf(numbers: readonly number[], { first, last }: Segment): number[] {
    if (numbers.length === 0) return []
    if (numbers.length < 1000) {
      const one = this.#database.prepare('SELECT block FROM place WHERE n = ?')
      return numbers.map((n) => Number(one.get(n)?.['block']))
    }
    const wanted = new Set(numbers)
    const rows = this.#database.prepare('SELECT n, block FROM place WHERE n BETWEEN ? AND ?').all(first, last)
    return rows.filter((row) => wanted.has(Number(row['n']))).map((row) => Number(row['block']))
  }
}
