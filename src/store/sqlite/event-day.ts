// The events of one day (UTC, by the time of the event) in one database. Rows are keyed by the event's id, so that a repeat
// changes nothing; indexes are integers, as inserting into them is most of an event's cost.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EpochMs } from '../../base/brand.ts'
import { placeOf } from '../../base/message-id.ts'
import { MAIL_EVENT_KINDS, type MailEventKind, type NumberedEvent } from '../../contract/events.ts'
import type { EventFilter } from '../../engine/ports/stores.ts'
import { inTransaction } from './transaction.ts'

/** An event's number within its shard's outbox stays below this; shards are below 1,024. */
const NUMBERS = 2 ** 43
const SEQUENCES = 2 ** 40

/** `place` is the message's shard and sequence; `who` a hash of the recipient, which the payload then confirms. */
const TABLES = `
CREATE TABLE IF NOT EXISTS event (
  key INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  account INTEGER NOT NULL,
  place INTEGER NOT NULL,
  who INTEGER NOT NULL,
  mailing TEXT,
  payload TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_at ON event (at);
CREATE INDEX IF NOT EXISTS event_place ON event (place);
CREATE INDEX IF NOT EXISTS event_who ON event (who);
`

/** `YYYY-MM-DD` */
export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}

export function keyOf(id: string): number {
  const dot = id.indexOf('.')
  return Number(id.slice(0, dot)) * NUMBERS + Number(id.slice(dot + 1))
}

function placeKey(message: NumberedEvent['message']): number {
  const { shard, sequence } = placeOf(message)
  return shard * SEQUENCES + sequence
}

/** FNV-1a over UTF-16 units of the lower-cased address: spread, not secrecy. */
function hashOf(recipient: string): number {
  const text = recipient.toLowerCase()
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

const KIND_NUMBERS = new Map<MailEventKind, number>(MAIL_EVENT_KINDS.map((kind, n) => [kind, n]))

export class DayFile implements Disposable {
  private readonly database: DatabaseSync
  private readonly insert: StatementSync
  private readonly queries = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.database = database
    this.insert = database.prepare('INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  }

  static open(path: string): DayFile {
    const database = new DatabaseSync(path, { timeout: 5000 })
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216')
      database.exec('PRAGMA cache_size = -32768')
      database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`)
      return new DayFile(database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.database.close()
  }

  add(events: readonly NumberedEvent[]): void {
    const { database, insert } = this
    inTransaction(database, () => {
      for (const event of events) {
        const kind = KIND_NUMBERS.get(event.kind) ?? -1
        const { id, at, account, message, recipient, mailing } = event
        insert.run(keyOf(id), at, kind, account, placeKey(message), hashOf(recipient), mailing, JSON.stringify(event))
      }
    })
  }

  timeOf(key: number): EpochMs | null {
    const row = this.query('SELECT at FROM event WHERE key = ?').get(key)
    return row === undefined ? null : Number(row['at'])
  }

  /** Newest first, older than `before`. */
  find(filter: EventFilter, before: { at: EpochMs; key: number } | null, limit: number): NumberedEvent[] {
    const where: string[] = []
    const values: (number | string)[] = []
    const add = (condition: string, ...more: (number | string)[]): void => {
      where.push(condition)
      values.push(...more)
    }
    if (filter.message !== undefined) add('place = ?', placeKey(filter.message))
    if (filter.recipient !== undefined) add('who = ?', hashOf(filter.recipient))
    // The indexed conditions come first; a plus keeps SQLite from choosing the time where a message or a person is named.
    const at = where.length > 0 ? '+at' : 'at'
    if (filter.account !== undefined) add('account = ?', filter.account)
    if (filter.mailing !== undefined) add('mailing = ?', filter.mailing)
    if (filter.since !== undefined) add(`${at} >= ?`, filter.since)
    if (filter.until !== undefined) add(`${at} <= ?`, filter.until)
    if (filter.kinds !== undefined)
      add(`kind IN (SELECT value FROM json_each(?))`, JSON.stringify(filter.kinds.map((kind) => KIND_NUMBERS.get(kind))))
    if (before !== null) add(`(${at}, key) < (?, ?)`, before.at, before.key)
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`
    const found: NumberedEvent[] = []
    for (const row of this.query(`SELECT payload FROM event ${condition} ORDER BY ${at} DESC, key DESC`).iterate(...values)) {
      const event = JSON.parse(String(row['payload'])) as NumberedEvent
      if (!confirms(event, filter)) continue
      found.push(event)
      if (found.length >= limit) break
    }
    return found
  }

  private query(sql: string): StatementSync {
    const known = this.queries.get(sql)
    if (known !== undefined) return known
    const statement = this.database.prepare(sql)
    this.queries.set(sql, statement)
    return statement
  }
}

/** What the integers cannot tell: the epoch of the message, and that two recipients do not only share a hash. */
function confirms(event: NumberedEvent, { message, recipient }: EventFilter): boolean {
  if (message !== undefined && event.message !== message) return false
  return recipient === undefined || event.recipient.toLowerCase() === recipient.toLowerCase()
}
