// One shard in the storage thread: its lock, its writing connection and its prepared statements. A batch is one transaction.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crashPoint } from '../../../base/crash-point.ts'
import { spreadDue } from '../../../policy/time/spread.ts'
import { belongsInSlot, bodiesPath, BodySlots } from './body-slots.ts'
import { takeLockFile } from './lock-file.ts'
import {
  APPEND_CELLS,
  APPEND_RECIPIENT_CELLS,
  EVENT_CELLS,
  OUTCOME_CELLS,
  OUTCOME_DEFER,
  OUTCOME_HOLD,
  OUTCOME_REMOVE,
  type Cell,
  type OpenedShard,
  type ShardBatch,
} from './protocol.ts'
import { EVENT_BLOCK, FLAG_FILE, hasExtra, hasSlots, openShardDatabase, SEQUENCE_BLOCK, STATE_HELD, STATE_WAITING } from './schema.ts'
import { moveBodies } from './slot-moves.ts'

/** Pages of the WAL from which on it is written back, at its own pace, by the write-back thread: 16 MiB. */
const WRITE_BACK_PAGES = 4096
/** So few pages are written back between two commits; when none is left the WAL begins anew. */
const FEW_PAGES = 512
/** At 64 MiB the WAL has grown faster than it was written back: commits wait for it. */
const MOST_PAGES = 16_384
/** How often it is tried while a long reader is in the way. */
const HELD_UP_PAUSE = 1000
/** Commits have their turn first. */
const AT_ONCE = 1
/** On a full disk it is written back early and often, so that it is used again from its start and needs no room. */
const PRESSED_PAGES = 64
/** Groups of events deleted in one commit. */
const RELEASE_SLICE = 64
/** Free pages that are kept for reuse, and pages given back to the disk in one slice. */
const FREE_KEPT = 8192
const VACUUM_SLICE = 256

const APPEND = `INSERT INTO message (id, account, sender, accepted, expires, size, client_id, mailing, envid, ret, author_domain,
  flags, crashes,`

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const slots = hasSlots(database)
  const extra = hasExtra(database)
  const columns = [...(slots ? [['slot', '?13']] : []), ...(extra ? [['extra', '?14']] : []), ['body', '?15']]
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    message: prepare(
      `${APPEND} ${columns.map(([name]) => name).join()}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ${columns.map(([, place]) => place).join()})`,
    ),
    // A format without a place for data is never given any.
    recipient: prepare(
      `INSERT INTO recipient VALUES (?1, ?2, ?3, ?4, ${STATE_WAITING}, ?5, ?6, 0, ?7, ?8, ${extra ? 'NULL, ?9' : 'nullif(NULL, ?9)'})`,
    ),
    removeRecipient: prepare('DELETE FROM recipient WHERE message = ? AND n = ?'),
    removeMessage: prepare(
      `DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = ?1) RETURNING flags, ${slots ? 'slot' : 'NULL'}`,
    ),
    defer: prepare(`UPDATE recipient SET state = ${STATE_WAITING}, due = ?, attempts = ?, last_reply = ? WHERE message = ? AND n = ?`),
    hold: prepare(`UPDATE recipient SET state = ${STATE_HELD}, last_reply = ? WHERE message = ? AND n = ?`),
    release: prepare(`UPDATE recipient SET state = ${STATE_WAITING}, due = ? WHERE message = ? AND n = ?`),
    events: prepare('INSERT INTO outbox (last, lines) VALUES (?, ?)'),
    releaseEvents: prepare(
      `DELETE FROM outbox WHERE last IN (SELECT last FROM outbox WHERE last <= ? ORDER BY last LIMIT ${RELEASE_SLICE})`,
    ),
    sequenceEnd: prepare('UPDATE meta SET next_sequence = ?'),
    eventEnd: prepare('UPDATE meta SET next_event = ?'),
    absolve: prepare('UPDATE message SET crashes = 0 WHERE id = ? AND crashes > 0'),
    suspect: prepare('UPDATE message SET crashes = crashes + 1 WHERE id = ?'),
    probe: prepare('UPDATE meta SET probe = probe + 1'),
    clean: prepare('UPDATE meta SET clean = ?'),
    walSize: prepare('PRAGMA wal_checkpoint(NOOP)'),
    checkpoint: prepare('PRAGMA wal_checkpoint(PASSIVE)'),
    freePages: prepare('PRAGMA freelist_count'),
  }
}

export function lockPath(folder: string, shard: number): string {
  return join(folder, `${shard}.lock`)
}

type Statements = ReturnType<typeof prepareAll>

/** What went with its last recipient: sequences of messages that had a file, and slots. */
interface Gone {
  readonly files: number[]
  readonly slots: number[]
}

/** A cell as an integer of a row; the arrays are packed by spool.ts alone. */
function numberAt(cells: readonly Cell[], at: number): number {
  return cells[at] as number
}

export class ShardWriter {
  readonly shard: number
  private readonly path: string
  private readonly lock: Disposable
  private database: DatabaseSync
  private statements: Statements
  private readonly bodies: BodySlots
  private readonly hasSlots: boolean
  /** The disk was full when the last batch was made. */
  private pressed = false
  /** The WAL's pages, and those of them that were written back, when the last round was asked for, and when that was. */
  private asked = { log: 0, done: 0, at: 0 }
  /** The last round came to nothing: a reader with a long transaction (a backup) is in its way. */
  private heldUp = false
  /** Events up to this number may be deleted; 0: nothing is left to delete. */
  private releasing = 0

  private constructor(shard: number, path: string, lock: Disposable, database: DatabaseSync) {
    this.shard = shard
    this.path = path
    this.lock = lock
    this.database = database
    this.statements = prepareAll(database)
    this.hasSlots = hasSlots(database)
    this.bodies = new BodySlots(bodiesPath(path), namedSlots(database))
  }

  /** Null where the shard's lock is held by another owner. */
  static open(folder: string, shard: number): ShardWriter | null {
    const lock = takeLockFile(lockPath(folder, shard))
    if (lock === null) return null
    try {
      mkdirSync(join(folder, String(shard)), { recursive: true })
      const path = join(folder, `${shard}.db`)
      return new ShardWriter(shard, path, lock, openShardDatabase(path))
    } catch (error) {
      lock[Symbol.dispose]()
      throw error
    }
  }

  /**
   * Takes the first blocks of numbers, counts a crash for what was `inHand` of an owner that did not end in order, and marks the shard
   * as in use, in one commit.
   */
  begin(epoch: string, inHand: readonly number[] = []): OpenedShard {
    const { database } = this
    database.exec('BEGIN IMMEDIATE')
    try {
      const [sequence, event, clean] = row(database, 'SELECT next_sequence, next_event, clean FROM meta')
      const [newest] = row(database, "SELECT coalesce((SELECT epoch FROM epoch ORDER BY first DESC LIMIT 1), '')")
      if (newest !== epoch) database.prepare('INSERT OR REPLACE INTO epoch VALUES (?, ?)').run(Number(sequence), epoch)
      const sequenceEnd = Number(sequence) + SEQUENCE_BLOCK
      const eventEnd = Number(event) + EVENT_BLOCK
      database.prepare('UPDATE meta SET next_sequence = ?, next_event = ?, clean = 0').run(sequenceEnd, eventEnd)
      const epochs = database.prepare('SELECT first, epoch FROM epoch ORDER BY first').all().flatMap(Object.values) as Cell[]
      const suspects = clean === 1 ? [] : inHand
      for (const one of suspects) this.statements.suspect.run(one)
      database.exec('COMMIT')
      const numbers = { sequence: Number(sequence), sequenceEnd, event: Number(event), eventEnd }
      return { shard: this.shard, ...numbers, epochs, clean: clean === 1, hasExtra: hasExtra(database), suspects: suspects.length }
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** All of the batch or nothing; returns the sequences of messages that went and had a file. */
  commit(batch: ShardBatch, staging: Uint8Array): number[] {
    const gone: Gone = { files: [], slots: [] }
    if (batch.pressed) this.tryCheckpoint()
    this.pressed = batch.pressed
    try {
      const slots = this.putBodies(batch.appends, staging)
      this.statements.begin.run()
      crashPoint('commit-begun')
      this.append(batch.appends, staging, slots)
      this.settle(batch.outcomes, gone)
      const { events } = batch
      for (let at = 0; at < events.length; at += EVENT_CELLS) {
        const start = numberAt(events, at + 1)
        this.statements.events.run(numberAt(events, at), staging.subarray(start, start + numberAt(events, at + 2)))
      }
      if (batch.sequenceEnd > 0) this.statements.sequenceEnd.run(batch.sequenceEnd)
      if (batch.eventEnd > 0) this.statements.eventEnd.run(batch.eventEnd)
      if (batch.release > this.releasing) this.releasing = batch.release
      if (this.releasing > 0) this.releaseSlice()
      crashPoint('commit-written')
      this.statements.commit.run()
      crashPoint('commit-done')
    } catch (error) {
      this.rollback()
      this.bodies.failed()
      throw error
    }
    this.bodies.committed(gone.slots)
    return gone.files
  }

  /** Bodies that belong in slots, safe before anything names them: their slots by sequence. */
  private putBodies(cells: readonly Cell[], staging: Uint8Array): Map<number, number> {
    const slots = new Map<number, number>()
    for (let at = 0; at < cells.length; at += APPEND_CELLS + numberAt(cells, at + 14) * APPEND_RECIPIENT_CELLS) {
      const body = bodyAt(cells, at, staging)
      if (this.hasSlots && body !== null && belongsInSlot(body.length)) slots.set(numberAt(cells, at), this.bodies.put(body))
    }
    if (slots.size > 0) {
      crashPoint('body-slots-written')
      this.bodies.sync()
      crashPoint('body-slots-synced')
    }
    return slots
  }

  private append(cells: readonly Cell[], staging: Uint8Array, slots: ReadonlyMap<number, number>): void {
    const { message, recipient } = this.statements
    let at = 0
    while (at < cells.length) {
      const id = numberAt(cells, at)
      const slot = slots.get(id) ?? null
      const body = slot === null ? bodyAt(cells, at, staging) : null
      // oxfmt-ignore
      message.run(
        id, cells[at + 1] as Cell, cells[at + 2] as Cell, cells[at + 3] as Cell, cells[at + 4] as Cell, cells[at + 5] as Cell,
        cells[at + 6] as Cell, cells[at + 7] as Cell, cells[at + 8] as Cell, cells[at + 9] as Cell, cells[at + 10] as Cell,
        cells[at + 11] as Cell, slot, cells[at + 18] as Cell, body,
      )
      const count = numberAt(cells, at + 14)
      const priority = numberAt(cells, at + 15)
      const due = numberAt(cells, at + 16)
      const spread = numberAt(cells, at + 17)
      at += APPEND_CELLS
      for (let n = 0; n < count; n++, at += APPEND_RECIPIENT_CELLS)
        // oxfmt-ignore
        recipient.run(
          id, n, cells[at] as Cell, cells[at + 1] as Cell, priority, spreadDue(due, spread, n, count), cells[at + 2] as Cell, cells[at + 3] as Cell,
          cells[at + 4] as Cell,
        )
    }
  }

  private settle(cells: readonly Cell[], { files, slots }: Gone): void {
    const { removeRecipient, removeMessage, defer, hold, release, absolve } = this.statements
    for (let at = 0; at < cells.length; at += OUTCOME_CELLS) {
      const kind = cells[at]
      const sequence = numberAt(cells, at + 1)
      const n = numberAt(cells, at + 2)
      const due = numberAt(cells, at + 3)
      const text = cells[at + 5] as Cell
      if (kind === OUTCOME_REMOVE) {
        removeRecipient.run(sequence, n)
        const [flags = 0, slot = null] = (removeMessage.get(sequence) ?? []) as unknown as [number?, (number | null)?]
        if ((flags & FLAG_FILE) !== 0) files.push(sequence)
        if (slot !== null) slots.push(slot)
      } else if (kind === OUTCOME_DEFER) defer.run(due, numberAt(cells, at + 4), text, sequence, n)
      else if (kind === OUTCOME_HOLD) hold.run(text, sequence, n)
      else {
        release.run(due, sequence, n)
        // Whoever releases it has looked at it: its crashes so far would only hold it again at the next start.
        absolve.run(sequence)
      }
    }
  }

  private releaseSlice(): void {
    const { changes } = this.statements.releaseEvents.run(this.releasing)
    if (Number(changes) < RELEASE_SLICE) this.releasing = 0
  }

  /** Writes something small, on a new connection where the old one may be broken. Throws while the store is not well. */
  probe(): void {
    try {
      this.inTransaction(() => this.statements.probe.run())
    } catch {
      this.reopen()
      this.inTransaction(() => this.statements.probe.run())
    }
    // It came behind the commit that failed: otherwise each attempt on a full disk would take room of its own for the same bodies.
    this.bodies.committed([])
  }

  /** On a full disk the file may have no room for the pages of the WAL: then what is to be committed needs the reserve. */
  private tryCheckpoint(): void {
    try {
      this.statements.checkpoint.get()
    } catch {
      // The commit will tell.
    }
  }

  private reopen(): void {
    const fresh = openShardDatabase(this.path)
    const old = this.database
    this.database = fresh
    this.statements = prepareAll(fresh)
    this.bodies.load(namedSlots(fresh))
    old.close()
  }

  /**
   * One slice of upkeep, to be called between commits: writes the WAL back, or asks for that where it takes long, deletes
   * released events, gives free slots and pages to the disk. Returns after how many ms there is more to do; null: after the next commit.
   */
  upkeep(idle: boolean, writeBack: (shard: number) => void): number | null {
    const [, log = 0, done = 0] = (this.statements.walSize.get() ?? []) as unknown as number[]
    const left = log - done
    if (left <= FEW_PAGES) this.heldUp = false
    if (left > 0 && (log >= (this.pressed ? PRESSED_PAGES : WRITE_BACK_PAGES) || idle)) {
      // Behind a long reader the WAL grows however long commits wait, and the reader's end must not be paid for by one commit.
      if (left > FEW_PAGES && (log < MOST_PAGES || this.heldUp) && !this.pressed) {
        if (this.heldUp && performance.now() - this.asked.at < HELD_UP_PAUSE) return HELD_UP_PAUSE
        this.asked = { log, done, at: performance.now() }
        writeBack(this.shard)
        return null
      }
      const [, , written = 0] = (this.statements.checkpoint.get() ?? []) as unknown as number[]
      // What is left to do comes after it. A reader may hold it up: then the next commit leads here again.
      return idle && written > done ? AT_ONCE : null
    }
    if (!idle) return null
    if (this.releasing > 0) {
      this.inTransaction(() => this.releaseSlice())
      return AT_ONCE
    }
    this.bodies.shrink()
    if (this.hasSlots && moveBodies(this.database, this.bodies)) return AT_ONCE
    const [free = 0] = (this.statements.freePages.get() ?? []) as unknown as number[]
    if (free <= FREE_KEPT) return null
    this.database.exec(`PRAGMA incremental_vacuum(${VACUUM_SLICE})`)
    return AT_ONCE
  }

  /** A round that was asked for has ended. */
  wroteBack(): void {
    const [, log = 0, done = 0] = (this.statements.walSize.get() ?? []) as unknown as number[]
    // A WAL that was begun anew meanwhile was written back whole.
    this.heldUp = done === this.asked.done && log >= this.asked.log
  }

  /** In order: marks the shard clean, writes the WAL back, frees the lock last. */
  close(): void {
    try {
      this.inTransaction(() => this.statements.clean.run(1))
      this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      this.bodies.close()
    } finally {
      this.bodies.closeFile()
      this.database.close()
      this.lock[Symbol.dispose]()
    }
  }

  /** Closes what `begin` could not use. */
  abandon(): void {
    this.bodies.closeFile()
    this.database.close()
    this.lock[Symbol.dispose]()
  }

  private inTransaction(work: () => void): void {
    this.statements.begin.run()
    try {
      work()
      this.statements.commit.run()
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  private rollback(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
  }
}

/** Where a body that is not in a file lies in the staging memory. */
function bodyAt(cells: readonly Cell[], at: number, staging: Uint8Array): Uint8Array | null {
  const start = numberAt(cells, at + 12)
  return start < 0 ? null : staging.subarray(start, start + numberAt(cells, at + 13))
}

/** Reads the index of slots alone. */
function namedSlots(database: DatabaseSync): number[] {
  if (!hasSlots(database)) return []
  const statement = database.prepare('SELECT slot FROM message WHERE slot IS NOT NULL')
  statement.setReturnArrays(true)
  return (statement.all() as unknown as [number][]).map(([slot]) => slot)
}

function row(database: DatabaseSync, sql: string): unknown[] {
  return Object.values(database.prepare(sql).get() ?? {})
}
