// The desk's events: a database a day under `events/`, and desk.db with the outbox cursors, the totals and the lengths of
// the log files. The day's file is committed first, then desk.db: after a crash between the two the batch comes again, its
// rows are there already, and it counts in desk.db for the first time. So `cursor` alone says what is new.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { WarmupDay } from '../../../contract/warmup.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { EventBatch, EventFilter, EventPage, EventStore, FeedbackTotals, SearchEnds, Totals } from '../../../engine/ports/stores.ts'
import type { LinedEvent } from '../../../message/event-line.ts'
import type { Eraser } from '../../../policy/kept/erasure.ts'
import { figuresOf } from '../../../policy/warmup/figures.ts'
import { EventBlock } from './event-block.ts'
import { DayFile, dayOf } from './event-day.ts'
import { eventDays } from './day-reader.ts'
import { type EventSearcher, OwnSearcher, ThreadSearcher } from './event-searcher.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { notePruned } from './pruned-events.ts'
import { errorOf } from '../sqlite-error.ts'
import { inTransaction } from '../transaction.ts'
import { SumsOnSqlite } from '../desk/sums.ts'
import { type ToldKey, ToldReports } from '../desk/told-reports.ts'
import { countWarmup, isOldWarmup, warmupDaysOf } from '../desk/warmup-totals.ts'

/** `PRAGMA user_version` of desk.db. */
const FORMAT = FORMATS.desk.writes
/** Day files kept open; the others are opened when asked. */
const OPEN_DAYS = 4
const DAY = 86_400_000
const SUMS_KEPT = 400 * DAY
/** SQLite's code for what another connection has locked. */
const BUSY = 5
/** By then the log file that an event went to is compressed. */
const LOGS_CLOSED = 2 * DAY

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
  readonly reports: ToldReports
  readonly sums: SumsOnSqlite
  private readonly cursors = new Map<number, number>()
  private readonly counts = new Map<string, number>()
  private readonly lengths = new Map<string, number>()
  /** Open day files, the least recently used first. */
  private readonly days = new Map<string, DayFile>()
  private readonly searcher: EventSearcher
  /** The index of a day is made, or somebody is erased from it: never both, as the one reads what the other changes. */
  private changing: Promise<unknown> = Promise.resolve()

  constructor(folder: string, desk: DatabaseSync, searcher: EventSearcher) {
    this.folder = folder
    this.searcher = searcher
    this.desk = desk
    this.reports = new ToldReports(desk)
    this.sums = new SumsOnSqlite(desk)
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
    this.searcher[Symbol.dispose]()
    for (const day of this.days.values()) day[Symbol.dispose]()
    this.days.clear()
    if (this.desk.isOpen) this.desk.close()
  }

  begin(shard: number): EventBatch {
    return new Batch(this, shard)
  }

  commit({ shard, after, newest, days, counts, reports }: Batch, octets: Uint8Array, logs: ReadonlyMap<string, number>): void {
    for (const [day, { blocks }] of days) this.day(dayOf(day * DAY)).add(blocks, octets)
    const totals = [...counts].map(([kind, count]) => [kind, (this.counts.get(kind) ?? 0) + count] as const)
    inTransaction(this.desk, () => {
      this.putCursor.run(shard, after)
      this.reports.put(reports.values())
      for (const [kind, count] of totals) this.addTotal.run(kind, count)
      for (const [path, length] of logs) if (length !== this.lengths.get(path)) this.putLog.run(path, length, newest)
    })
    this.cursors.set(shard, after)
    for (const [kind, count] of totals) this.counts.set(kind, count)
    for (const [path, length] of logs) this.lengths.set(path, length)
  }

  cursor(shard: number): number {
    return this.cursors.get(shard) ?? 0
  }

  told(): ReadonlyMap<number, number> {
    return new Map(this.cursors)
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
      deleted: of('deleted'),
      endedByRestore: of('endedByRestore'),
    }
  }

  feedbackTotals(): FeedbackTotals {
    const of = (kind: keyof FeedbackTotals): number => this.counts.get(kind) ?? 0
    return {
      bounced: of('bounced'),
      complained: of('complained'),
      unsubscribed: of('unsubscribed'),
      opened: of('opened'),
      clicked: of('clicked'),
    }
  }

  warmupDays(): readonly WarmupDay[] {
    return warmupDaysOf(this.counts)
  }

  addEndedByRestore(recipients: number): void {
    const count = this.totals().endedByRestore + recipients
    this.addTotal.run('endedByRestore', count)
    this.counts.set('endedByRestore', count)
  }

  async find(filter: EventFilter, before: string | null, limit: number, signal?: AbortSignal): Promise<readonly NumberedEvent[]> {
    return (await this.searcher.search({ filter, before, limit }, signal)).events
  }

  search(filter: EventFilter, before: string | null, limit: number, { patience, gone }: SearchEnds): Promise<EventPage> {
    return this.searcher.search({ filter, before, limit, patience }, gone)
  }

  index(day: string, late: number): Promise<number> {
    return this.alone(async () => (existsSync(this.pathOf(day)) ? this.searcher.index(day, late) : 0))
  }

  dayNames(): readonly string[] {
    return eventDays(this.folder)
  }

  erase(name: string, eraser: Eraser, dryRun: boolean, pace: () => Promise<void>): Promise<number> {
    return this.alone(async () => {
      let found = 0
      for (let key = -1; existsSync(this.pathOf(name));) {
        const block = this.day(name).erase(key, eraser, dryRun)
        if (block === null) break
        key = block.key
        found += block.found
        await pace()
      }
      if (found > 0 && !dryRun && existsSync(this.pathOf(name))) this.day(name).clear()
      return found
    })
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.changing.then(work)
    this.changing = result.catch(() => undefined)
    return result
  }

  shortenLog(path: string, length: number): void {
    this.desk.prepare('UPDATE log SET length = ? WHERE path = ?').run(length, path)
    if (this.lengths.has(path)) this.lengths.set(path, length)
  }

  prune(before: EpochMs): void {
    for (const name of this.dayNames()) {
      if (name >= dayOf(before)) break
      this.days.get(name)?.[Symbol.dispose]()
      this.days.delete(name)
      // What somebody reads, such as a backup, goes the next time: it would take its room all the same.
      if (isHeld(this.pathOf(name))) continue
      this.notePruned(name)
      for (const suffix of ['-wal', '-shm', '']) rmSync(join(this.folder, `${name}.db${suffix}`), { force: true })
    }
    // Log files that nothing was added to since are closed, and their lengths need no keeping.
    for (const row of this.desk.prepare('DELETE FROM log WHERE changed < ? RETURNING path').all(Math.min(before, Date.now() - LOGS_CLOSED)))
      this.lengths.delete(String(row['path']))
    this.pruneWarmups()
    this.reports.prune(Date.now())
    this.sums.prune(Date.now() - SUMS_KEPT)
  }

  /** For who reads behind the desk and has not come that far. */
  private notePruned(name: string): void {
    const last = new Map<number, number>()
    try {
      using day = DayFile.open(this.pathOf(name))
      for (const shard of this.cursors.keys()) last.set(shard, day.lastOf(shard))
    } catch {
      // What cannot be read is missed by nobody.
    }
    for (const [shard, number] of last) if (number === 0) last.delete(shard)
    if (last.size > 0) notePruned(this.desk, name, last)
  }

  private pruneWarmups(): void {
    const old = [...this.counts.keys()].filter((kind) => isOldWarmup(kind, Date.now()))
    if (old.length === 0) return
    const remove = this.desk.prepare('DELETE FROM total WHERE kind = ?')
    inTransaction(this.desk, () => void old.forEach((kind) => remove.run(kind)))
    for (const kind of old) this.counts.delete(kind)
  }

  private pathOf(name: string): string {
    return join(this.folder, `${name}.db`)
  }

  day(name: string): DayFile {
    const known = this.days.get(name)
    this.days.delete(name)
    const day = known ?? DayFile.open(this.pathOf(name))
    this.days.set(name, day)
    const [oldest] = this.days
    if (this.days.size > OPEN_DAYS && oldest !== undefined) {
      oldest[1][Symbol.dispose]()
      this.days.delete(oldest[0])
    }
    return day
  }
}

/** The events of a day in a batch; `last`: number of the last of their shard that the day has. */
interface DayPart {
  readonly blocks: EventBlock[]
  readonly last: number
}

class Batch implements EventBatch {
  readonly shard: number
  /** Where the cursor is to be. */
  after: number
  newest: EpochMs = 0
  /** By the number of the day since 1970. */
  readonly days = new Map<number, DayPart>()
  readonly counts = new Map<string, number>()
  /** Reports that it tells of. */
  readonly reports = new Map<string, ToldKey>()
  private readonly store: EventsOnSqlite

  constructor(store: EventsOnSqlite, shard: number) {
    this.store = store
    this.shard = shard
    this.after = store.cursor(shard)
  }

  add(one: LinedEvent): boolean {
    const { event, number } = one
    if (number <= this.after) return true
    this.after = number
    if (this.isRepeat(event)) return false
    this.newest = Math.max(this.newest, event.at)
    this.counts.set(event.kind, (this.counts.get(event.kind) ?? 0) + (event.kind === 'accepted' ? event.recipients : 1))
    const figures = figuresOf(event)
    if (figures !== null) countWarmup(this.counts, event, figures)
    const part = this.dayPart(Math.floor(event.at / DAY))
    if (number <= part.last) return true
    let block = part.blocks.at(-1)
    if (block === undefined || block.isFull) {
      block = new EventBlock(this.shard)
      part.blocks.push(block)
    }
    block.add(one)
    return true
  }

  private isRepeat(event: NumberedEvent): boolean {
    const key = this.store.reports.keyOf(event)
    if (key === null) return false
    if (this.reports.has(key.name) || this.store.reports.has(key)) return true
    this.reports.set(key.name, key)
    return false
  }

  commit(octets: Uint8Array, logs: ReadonlyMap<string, number>): void {
    this.store.commit(this, octets, logs)
  }

  private dayPart(day: number): DayPart {
    const known = this.days.get(day)
    if (known !== undefined) return known
    const part: DayPart = { blocks: [], last: this.store.day(dayOf(day * DAY)).lastOf(this.shard) }
    this.days.set(day, part)
    return part
  }
}

/** Whether another connection has it open: only who has a database alone may change how it is written. */
function isHeld(path: string): boolean {
  try {
    using database = new DatabaseSync(path, { timeout: 0 })
    return database.prepare('PRAGMA journal_mode = DELETE').get()?.['journal_mode'] !== 'delete'
  } catch (error) {
    return errorOf(error).code === BUSY
  }
}

/** Up to which event of each shard the desk has told, read beside it; null where there is no desk.db. */
export function readCursors(folder: string): ReadonlyMap<number, number> | null {
  const path = join(folder, 'desk.db')
  if (!existsSync(path)) return null
  using desk = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  if (formatOf(desk) === 0) return null
  return new Map(
    desk
      .prepare('SELECT shard, after FROM cursor')
      .all()
      .map((row) => [Number(row['shard']), Number(row['after'])]),
  )
}

/** Opens (and makes) `<home>/events`; throws a Fault `format-newer` where desk.db is too new. `apart`: a thread of its own searches. */
export function openEvents(folder: string, { apart = false } = {}): EventStore {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'desk.db')
  const desk = new DatabaseSync(path, { timeout: 5000 })
  try {
    // The cursor lets the outbox forget: it must be on the disk before it is told.
    desk.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const format = formatOf(desk)
    if (format > FORMAT) throw refuseFormat('desk', path, format)
    if (format === 0) inTransaction(desk, () => desk.exec(`${TABLES} PRAGMA user_version = ${FORMAT}`))
    return new EventsOnSqlite(folder, desk, apart ? new ThreadSearcher(folder) : new OwnSearcher(folder))
  } catch (error) {
    desk.close()
    throw error
  }
}
