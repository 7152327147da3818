// One day of the index of what was sent (UTC, by when it was accepted), in a database of its own: it goes as a whole.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EpochMs, MessageId } from '../../../base/brand.ts'
import { epochOf, formatMessageId, placeOf } from '../../../base/message-id.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { type SentBlock, WIDEST } from './sent-block.ts'
import { inTransaction } from '../transaction.ts'

const FORMAT = FORMATS.sent.writes

/**
 * `span` has the first and last id of each epoch and shard: whether a message can be in this day is known without a look at its blocks.
 * `told`: up to which event of each shard it knows, so that what comes again after a crash is not there twice. A block's octets and
 * hashes of addresses are apart from where it is found by.
 */
const TABLES = `
CREATE TABLE block (id INTEGER PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL, newest INTEGER NOT NULL);
CREATE INDEX block_ids ON block (first, last);
CREATE TABLE lines (block INTEGER PRIMARY KEY, octets BLOB NOT NULL);
CREATE TABLE name (block INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
CREATE TABLE span (prefix TEXT PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE told (shard INTEGER PRIMARY KEY, last INTEGER NOT NULL);
`
/** Octets of an id that tell epoch and shard. */
const PREFIX = 8

export interface Span {
  readonly first: string
  readonly last: string
}

export type Spans = ReadonlyMap<string, Span>

export function prefixOf(message: MessageId): string {
  return message.slice(0, PREFIX)
}

function statementsOf(database: DatabaseSync) {
  const arrays = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  return {
    block: database.prepare('INSERT INTO block (first, last, newest) VALUES (?, ?, ?)'),
    lines: database.prepare('INSERT INTO lines VALUES (?, ?)'),
    name: database.prepare('INSERT INTO name VALUES (?, ?)'),
    span: database.prepare(
      'INSERT INTO span VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)',
    ),
    tell: database.prepare('INSERT INTO told VALUES (?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)'),
    told: arrays('SELECT last FROM told WHERE shard = ?'),
    spans: arrays('SELECT prefix, first, last FROM span'),
    holding: arrays('SELECT id FROM block WHERE first <= ? AND first >= ? AND last >= ? ORDER BY first DESC'),
    read: arrays('SELECT octets FROM lines WHERE block = ?'),
    names: arrays('SELECT b.id, n.hashes FROM block b CROSS JOIN name n ON n.block = b.id WHERE b.id < ? ORDER BY b.id DESC LIMIT ?'),
  }
}

export class SentDay implements Disposable {
  readonly #database: DatabaseSync
  readonly #statements: ReturnType<typeof statementsOf>

  constructor(path: string) {
    const database = new DatabaseSync(path, { timeout: 5000 })
    try {
      // As the events: the outbox forgets what is told.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096')
      inTransaction(database, () => {
        const format = formatOf(database)
        if (format > FORMAT) throw refuseFormat('sent', path, format)
        if (format === 0) database.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`)
      })
      this.#database = database
      this.#statements = statementsOf(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** The last event of a shard that is told here; 0: none. */
  told(shard: number): number {
    return (this.#statements.told.get(shard) as unknown as [number] | undefined)?.[0] ?? 0
  }

  spans(): Spans {
    const rows = this.#statements.spans.all() as unknown as [string, string, string][]
    return new Map(rows.map(([prefix, first, last]) => [prefix, { first, last }]))
  }

  add(shard: number, upTo: number, blocks: readonly SentBlock[]): void {
    const { block, lines, name, span, tell } = this.#statements
    inTransaction(this.#database, () => {
      for (const one of blocks) {
        const id = block.run(one.first, one.last, one.newest).lastInsertRowid
        lines.run(id, one.lines)
        name.run(id, new Uint8Array(one.hashes.buffer))
        span.run(prefixOf(one.first), one.first, one.last)
      }
      tell.run(shard, upTo)
    })
  }

  /** Numbers of the blocks that may have the message. */
  holding(message: MessageId): number[] {
    const { shard, sequence } = placeOf(message)
    const earliest = formatMessageId(epochOf(message), shard, Math.max(0, sequence - WIDEST))
    const rows = this.#statements.holding.all(message, earliest, message) as unknown as [number][]
    return rows.map(([id]) => id)
  }

  /** As they are stored. */
  lines(block: number): Uint8Array {
    return (this.#statements.read.get(block) as unknown as [Uint8Array] | undefined)?.[0] ?? new Uint8Array(0)
  }

  /** Writes a block anew. */
  replace(id: number, octets: Uint8Array, hashes: Uint32Array): void {
    this.#database.exec('PRAGMA secure_delete = ON')
    inTransaction(this.#database, () => {
      this.#database.prepare('UPDATE lines SET octets = ? WHERE block = ?').run(octets, id)
      this.#database.prepare('UPDATE name SET hashes = ? WHERE block = ?').run(new Uint8Array(hashes.buffer), id)
    })
  }

  /** What was replaced is in its log no more. */
  clear(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  /** Hashes of the addresses in blocks before one, the latest first. */
  names(before: number, limit: number): { readonly id: number; readonly hashes: Uint32Array }[] {
    const rows = this.#statements.names.all(before, limit) as unknown as [number, Uint8Array<ArrayBuffer>][]
    return rows.map(([id, hashes]) => ({ id, hashes: new Uint32Array(hashes.buffer) }))
  }
}

/** What is in a day before a moment goes with the day. */
export function isOver(name: string, before: EpochMs): boolean {
  return name < new Date(before).toISOString().slice(0, 10)
}
