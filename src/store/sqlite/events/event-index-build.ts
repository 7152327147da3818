// Makes the index of a day that is over, in small pieces with a pause behind each, on a connection of its own. States of a day:
//
//   open      hashes of blocks are rows of `name`                        → posted
//   posted    rows of `posting` and `place` of a segment that is not there: nobody reads them; a new beginning removes them → built
//   built     the segment's row is there: its blocks are found by it; those that still have rows in `name` are found twice   → clean
//   clean     rows of `name` are those of blocks that came later; what was freed is given back to the file system
import { DatabaseSync } from 'node:sqlite'
import { FORMATS } from '../../../contract/formats.ts'
import { bucketOf, type Cut, MOST_BUCKETS, restOf, type Segment } from './event-index.ts'
import { encodePostings, type Posting } from './event-postings.ts'
import { inTransaction } from '../transaction.ts'

/** Entries that are sorted at once: 8 octets each, and some 100 ms. */
const MOST_SORTED = 1_000_000
/** Entries of a bucket at most, about: some of them fill a page. */
const IN_BUCKET = 400
/** Bits beyond those that tell the names of a day apart: of 16 looks for a name that is not there one reads a block in vain. */
const SPARE_BITS = 4
/** Blocks of a segment: key and number of a block are sorted as one number. */
const MOST_BLOCKS = 2 ** 21
/** Rows of `name` that are read or removed between two pauses, and octets that are written. */
const ROWS = 64
const OCTETS = 128 * 1024
const PAGES = 256

/** Waited for behind each piece; rejects to end it. */
export type Pace = () => Promise<void>

/** Indexes a day that has no index, and `late` blocks or more that came since it has one. Gives how many blocks it took. */
export async function indexDay(path: string, late: number, pace: Pace): Promise<number> {
  using database = new DatabaseSync(path, { timeout: 5000 })
  const format = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (format < 2 || format > FORMATS.events.writes) return 0
  // It can be made again: what is lost with the power costs time only.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096')
  const builder = new IndexBuilder(database, pace)
  await builder.tidy()
  const taken = await builder.build(late)
  if (taken > 0) await builder.tidy()
  await builder.shrink()
  return taken
}

class IndexBuilder {
  readonly #database: DatabaseSync
  readonly #pace: Pace

  constructor(database: DatabaseSync, pace: Pace) {
    this.#database = database
    this.#pace = pace
  }

  /** Removes what a crash left of a segment, and hashes that a segment has. */
  async tidy(): Promise<void> {
    const { id, last } = this.#newest()
    const postings = this.#database.prepare('DELETE FROM posting WHERE id IN (SELECT id FROM posting WHERE id >= ? LIMIT ?)')
    while (Number(postings.run((id + 1) * MOST_BUCKETS, ROWS).changes) > 0) await this.#pace()
    const places = this.#database.prepare('DELETE FROM place WHERE n IN (SELECT n FROM place WHERE n > ? LIMIT ?)')
    while (Number(places.run(last, OCTETS / 16).changes) > 0) await this.#pace()
    const names = this.#database.prepare('DELETE FROM name WHERE block IN (SELECT block FROM place WHERE n > ? AND n <= ?)')
    for (let n = 0; n < last && this.#hasNames(); n += ROWS) {
      names.run(n, n + ROWS)
      await this.#pace()
    }
  }

  async build(late: number): Promise<number> {
    const blocks = this.#openBlocks().slice(0, MOST_BLOCKS)
    const newest = this.#newest()
    if (blocks.length < (newest.id === 0 ? 1 : late)) return 0
    const first = newest.last + 1
    const entries = Number(this.#database.prepare('SELECT sum(length(hashes)) AS octets FROM name').get()?.['octets']) / 4
    const segment: Segment = { id: newest.id + 1, first, last: newest.last + blocks.length, ...cutFor(entries) }
    await this.#place(first, blocks)
    const passes = Math.ceil(entries / MOST_SORTED)
    const buckets = 2 ** segment.bits
    const each = Math.ceil(buckets / passes)
    for (let from = 0; from < buckets; from += each) await this.#post(segment, blocks, { from, to: Math.min(buckets, from + each) })
    const { id, last, kept, bits } = segment
    this.#database.prepare('INSERT INTO segment VALUES (?, ?, ?, ?, ?)').run(id, first, last, kept, bits)
    await this.#pace()
    return blocks.length
  }

  /** Where the file was made so that it can: what was freed goes back to the file system. */
  async shrink(): Promise<void> {
    const free = this.#database.prepare('PRAGMA freelist_count')
    if (Number(this.#database.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum']) !== 2) return
    for (let before = Infinity, left = Number(free.get()?.['freelist_count']); left > 0 && left < before;) {
      this.#database.exec(`PRAGMA incremental_vacuum(${PAGES})`)
      before = left
      left = Number(free.get()?.['freelist_count'])
      await this.#pace()
    }
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  }

  #newest(): { readonly id: number; readonly last: number } {
    const row = this.#database.prepare('SELECT coalesce(max(id), 0) AS id, coalesce(max(last), 0) AS last FROM segment').get()
    return { id: Number(row?.['id']), last: Number(row?.['last']) }
  }

  #hasNames(): boolean {
    return this.#database.prepare('SELECT 1 FROM name LIMIT 1').get() !== undefined
  }

  /** Keys, the oldest block first: messages that are accepted and delivered soon after are in blocks that are neighbours. */
  #openBlocks(): number[] {
    const open = new Set(
      this.#database
        .prepare('SELECT block FROM name')
        .all()
        .map((row) => Number(row['block'])),
    )
    const ordered = this.#database.prepare('SELECT last FROM block INDEXED BY block_newest ORDER BY newest, last').all()
    return ordered.map((row) => Number(row['last'])).filter((key) => open.has(key))
  }

  async #place(first: number, blocks: readonly number[]): Promise<void> {
    const insert = this.#database.prepare('INSERT INTO place VALUES (?, ?)')
    for (let from = 0; from < blocks.length; from += OCTETS / 16) {
      const some = blocks.slice(from, from + OCTETS / 16)
      inTransaction(this.#database, () => void some.forEach((block, i) => insert.run(first + from + i, block)))
      await this.#pace()
    }
  }

  /** The buckets of a stretch: their entries are picked from all hashes, and sorted. */
  async #post(segment: Segment, blocks: readonly number[], stretch: { readonly from: number; readonly to: number }): Promise<void> {
    const insert = this.#database.prepare('INSERT INTO posting VALUES (?, ?)')
    const sorted = await this.#sorted(segment, blocks, stretch)
    let rows: [number, Uint8Array][] = []
    let octets = 0
    const write = (): void => {
      inTransaction(this.#database, () => void rows.forEach(([id, entries]) => insert.run(id, entries)))
      rows = []
      octets = 0
    }
    for (const { bucket, postings } of bucketsOf(sorted, segment)) {
      const entries = encodePostings(postings)
      rows.push([segment.id * MOST_BUCKETS + bucket, entries])
      octets += entries.length
      if (octets < OCTETS && rows.length < ROWS) continue
      write()
      await this.#pace()
    }
    write()
    await this.#pace()
  }

  async #sorted(segment: Segment, blocks: readonly number[], { from, to }: { from: number; to: number }): Promise<Float64Array> {
    const width = 2 ** (segment.kept - segment.bits)
    const [least, most] = [from * width, to * width]
    const read = this.#database.prepare('SELECT hashes FROM name WHERE block = ?')
    let picked = new Float64Array(MOST_SORTED)
    let count = 0
    for (const [n, block] of blocks.entries()) {
      const blob = read.get(block)?.['hashes'] as Uint8Array<ArrayBuffer> | undefined
      for (const hash of blob === undefined ? [] : new Uint32Array(blob.buffer)) {
        const cut = hash >>> (32 - segment.kept)
        if (cut < least || cut >= most) continue
        if (count === picked.length) picked = grown(picked)
        picked[count++] = cut * MOST_BLOCKS + n
      }
      if (n % ROWS === ROWS - 1) await this.#pace()
    }
    return picked.subarray(0, count).sort()
  }
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}

function cutFor(entries: number): Cut {
  const bits = Math.min(16, Math.max(0, Math.ceil(Math.log2(entries / IN_BUCKET))))
  return { kept: Math.min(32, Math.ceil(Math.log2(Math.max(2, entries))) + SPARE_BITS), bits }
}

interface Bucket {
  readonly bucket: number
  readonly postings: Posting[]
}

function* bucketsOf(sorted: Float64Array, cut: Cut): Generator<Bucket> {
  let current = null as Bucket | null
  let posting = null as Posting | null
  let before = -1
  for (const one of sorted) {
    // Two names of a block may be one when they are cut.
    if (one === before) continue
    before = one
    const hash = Math.floor(one / MOST_BLOCKS)
    const bucket = bucketOf(hash, cut)
    if (current?.bucket !== bucket) {
      if (current !== null) yield current
      current = { bucket, postings: [] }
      posting = null
    }
    const rest = restOf(hash, cut)
    if (posting?.rest !== rest) current.postings.push((posting = { rest, blocks: [] }))
    posting.blocks.push(one % MOST_BLOCKS)
  }
  if (current !== null) yield current
}
