// The desk's events: a database a day under `events/`, and desk.db with the outbox cursors, the totals and the lengths of
// the log files. The day's file is committed first, then desk.db: after a crash between the two the batch comes again, its
// rows are there already, and it counts in desk.db for the first time. So `cursor` alone says what is new.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventFilter, EventStore, Totals } from '../../engine/ports/stores.ts'
import { DayFile, dayOf, keyOf } from './event-day.ts'
import { newerFormat } from './faults.ts'
import { inTransaction } from './transaction.ts'

/** `PRAGMA user_version` of desk.db. */
const FORMAT = 1
/** Day files kept open; the others are opened when asked. */
const OPEN_DAYS = 4

const TABLES = `
CREATE TABLE cursor (shard INTEGER PRIMARY KEY, after INTEGER NOT NULL);
CREATE TABLE total (kind TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE log (path TEXT PRIMARY KEY, length INTEGER NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;
`

class EventsOnSqlite implements EventStore {
  private readonly folder: string
  private readonly desk: DatabaseSync
  private readonly putCursor: StatementSync
  private readonly addTotal: StatementSync
  private readonly putLog: StatementSync
  private readonly cursors = new Map<number, number>()
  private readonly counts = new Map<string, number>()
  private readonly lengths = new Map<string, number>()
  /** Open day files, the least recently used first. */
  private readonly days = new Map<string, DayFile>()

  constructor(folder: string, desk: DatabaseSync) {
    this.folder = folder
    this.desk = desk
    this.putCursor = desk.prepare('INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET after = excluded.after')
    this.addTotal = desk.prepare('INSERT INTO total VALUES (?, ?) ON CONFLICT DO UPDATE SET count = excluded.count')
    this.putLog = desk.prepare(
      'INSERT INTO log VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET length = excluded.length, changed = excluded.changed',
    )
    for (const row of desk.prepare('SELECT shard, after FROM cursor').all()) this.cursors.set(Number(row['shard']), Number(row['after']))
    for (const row of desk.prepare('SELECT kind, count FROM total').all()) this.counts.set(String(row['kind']), Number(row['count']))
    for (const row of desk.prepare('SELECT path, length FROM log').all()) this.lengths.set(String(row['path']), Number(row['length']))
  }

  [Symbol.dispose](): void {
    for (const day of this.days.values()) day[Symbol.dispose]()
    this.days.clear()
    if (this.desk.isOpen) this.desk.close()
  }

  commit(
    batch: readonly NumberedEvent[],
    cursor: { readonly shard: number; readonly after: number },
    logs: ReadonlyMap<string, number>,
  ): readonly NumberedEvent[] {
    const done = this.cursor(cursor.shard)
    const fresh = batch.filter(({ id }) => numberOf(id) > done)
    for (const [day, events] of Map.groupBy(fresh, ({ at }) => dayOf(at))) this.day(day).add(events)
    const newest = fresh.reduce((latest, { at }) => Math.max(latest, at), 0)
    const counts = new Map(this.counts)
    for (const event of fresh) counts.set(event.kind, (counts.get(event.kind) ?? 0) + (event.kind === 'accepted' ? event.recipients : 1))
    inTransaction(this.desk, () => {
      this.putCursor.run(cursor.shard, Math.max(done, cursor.after))
      for (const [kind, count] of counts) if (count !== this.counts.get(kind)) this.addTotal.run(kind, count)
      for (const [path, length] of logs) if (length !== this.lengths.get(path)) this.putLog.run(path, length, newest)
    })
    this.cursors.set(cursor.shard, Math.max(done, cursor.after))
    for (const [kind, count] of counts) this.counts.set(kind, count)
    for (const [path, length] of logs) this.lengths.set(path, length)
    return fresh
  }

  cursor(shard: number): number {
    return this.cursors.get(shard) ?? 0
  }

  logLengths(): ReadonlyMap<string, number> {
    return new Map(this.lengths)
  }

  totals(): Totals {
    const of = (kind: keyof Totals): number => this.counts.get(kind) ?? 0
    return {
      accepted: of('accepted'),
      delivered: of('delivered'),
      deferred: of('deferred'),
      failed: of('failed'),
      expired: of('expired'),
    }
  }

  find(filter: EventFilter, before: string | null, limit: number): readonly NumberedEvent[] {
    const found: NumberedEvent[] = []
    const start = before === null ? null : this.placeOf(before)
    if (before !== null && start === null) return found
    const newest = start === null ? filter.until : Math.min(start.at, filter.until ?? Infinity)
    for (const name of this.dayNames().reverse()) {
      if (found.length >= limit) break
      if (newest !== undefined && name > dayOf(newest)) continue
      if (filter.since !== undefined && name < dayOf(filter.since)) break
      found.push(...this.day(name).find(filter, start, limit - found.length))
    }
    return found
  }

  private placeOf(id: string): { at: EpochMs; key: number } | null {
    const key = keyOf(id)
    for (const name of this.dayNames().reverse()) {
      const at = this.day(name).timeOf(key)
      if (at !== null) return { at, key }
    }
    return null
  }

  prune(before: EpochMs, mostBytes: number): void {
    const names = this.dayNames()
    const sizes = new Map(names.map((name) => [name, sizeOf(this.folder, name)]))
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    for (const name of names) {
      if (name >= dayOf(before) && bytes <= mostBytes) break
      this.days.get(name)?.[Symbol.dispose]()
      this.days.delete(name)
      for (const suffix of ['-wal', '-shm', '']) rmSync(join(this.folder, `${name}.db${suffix}`), { force: true })
      bytes -= sizes.get(name) ?? 0
    }
    // Log files that nothing was added to since are closed, and their lengths need no keeping.
    for (const row of this.desk.prepare('DELETE FROM log WHERE changed < ? RETURNING path').all(before))
      this.lengths.delete(String(row['path']))
  }

  /** Ascending. */
  private dayNames(): string[] {
    const names = readdirSync(this.folder).map((name) => /^(\d{4}-\d\d-\d\d)\.db$/.exec(name)?.[1])
    return names.filter((name) => name !== undefined).toSorted()
  }

  private day(name: string): DayFile {
    const known = this.days.get(name)
    this.days.delete(name)
    const day = known ?? DayFile.open(join(this.folder, `${name}.db`))
    this.days.set(name, day)
    const [oldest] = this.days
    if (this.days.size > OPEN_DAYS && oldest !== undefined) {
      oldest[1][Symbol.dispose]()
      this.days.delete(oldest[0])
    }
    return day
  }
}

function numberOf(id: string): number {
  return Number(id.slice(id.indexOf('.') + 1))
}

function sizeOf(folder: string, name: string): number {
  let bytes = 0
  for (const suffix of ['', '-wal']) bytes += statSync(join(folder, `${name}.db${suffix}`), { throwIfNoEntry: false })?.size ?? 0
  return bytes
}

/** Opens (and makes) `<home>/events`; throws a Fault `format-newer` where desk.db is too new. */
export function openEvents(folder: string): EventStore {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'desk.db')
  const desk = new DatabaseSync(path, { timeout: 5000 })
  try {
    // The cursor lets the outbox forget: it must be on the disk before it is told.
    desk.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const format = Number(desk.prepare('PRAGMA user_version').get()?.['user_version'])
    if (format > FORMAT) throw newerFormat(path, format, FORMAT)
    if (format === 0) inTransaction(desk, () => desk.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`))
    return new EventsOnSqlite(folder, desk)
  } catch (error) {
    desk.close()
    throw error
  }
}
