// The queue of a shard at rest, for a restore: its rows read, and some of them ended or held. Nobody owns the shard meanwhile: the caller
// holds the home's lock.
import { existsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AccountId, MessageId, ShardId } from '../../../base/brand.ts'
import { Fault, messageOf } from '../../../base/fault.ts'
import { placeOf } from '../../../base/message-id.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { eventsOf } from '../../../message/event-line.ts'
import { takeLockFile } from './lock-file.ts'
import { Epochs } from './rows.ts'
import { FLAG_FILE, hasExtra, openShardDatabase, openShardReader, STATE_HELD } from './schema.ts'
import { lockPath } from './shard-writer.ts'
import { inTransaction } from '../transaction.ts'
import type { Cell } from './protocol.ts'

const MESSAGE = 'id, account, sender, accepted, expires, size, client_id, mailing, envid, ret, author_domain, flags, crashes'
const READ_STEPS = 200
/** Workers without a launcher end within 30 s. */
const ORPHAN_PATIENCE = 40_000

export interface RestingRow {
  readonly message: MessageId
  readonly n: number
  readonly account: AccountId
  readonly recipient: string
  readonly clientId: string | null
  readonly at: number
}

interface Place {
  readonly message: MessageId
  readonly n: number
}

/** Why a shard cannot be relied upon, as the middle of a sentence; null: it can. `progress`: octets read, of how many. */
export function shardTrouble(file: string, progress: (done: number, total: number) => void = () => undefined): string | null {
  if (!existsSync(file)) return 'it is not there'
  try {
    using database = openShardReader(file)
    readForwards(database, progress)
    const found = String(Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0])
    if (found !== 'ok') return found
    database.prepare('SELECT next_sequence, next_event FROM meta').get()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * All bodies, in their order. The check goes through each table from its end, and so backwards a disk gives one page at a time: of what was
 * read forwards before, most is in memory. (A cold shard of 760 MB: 3 s for this and 2 s for the check, else 22 s for the check.)
 */
function readForwards(database: DatabaseSync, progress: (done: number, total: number) => void): void {
  const pragma = (name: string): number => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
  const total = pragma('page_size') * pragma('page_count')
  const { first, last } = database.prepare('SELECT min(id) AS first, max(id) AS last FROM message').get() ?? {}
  if (first === null || first === undefined) return
  const [from, to] = [Number(first), Number(last)]
  const step = Math.ceil((to - from + 1) / READ_STEPS)
  const slice = database.prepare('SELECT max(substr(body, -1)) FROM message WHERE id >= ? AND id < ?')
  for (let at = from; at <= to; at += step) {
    progress((total * (at - from)) / (to - from + 1), total)
    slice.get(at, at + step)
  }
}

/** A shard at rest, read. */
export class RestingShard implements Disposable {
  readonly #database: DatabaseSync
  readonly #epochs: Epochs
  readonly #one: StatementSync

  constructor(file: string, shard: number) {
    this.#database = openShardReader(file)
    const cells = this.#database.prepare('SELECT first, epoch FROM epoch ORDER BY first').all().flatMap(Object.values) as Cell[]
    this.#epochs = new Epochs(shard as ShardId, cells)
    this.#one = this.#database.prepare('SELECT 1 FROM recipient WHERE message = ? AND n = ?')
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** By message and number. */
  *rows(): Generator<RestingRow> {
    const statement = this.#database.prepare(
      `SELECT r.message, r.n, m.account, r.address, m.client_id, m.accepted FROM recipient r CROSS JOIN message m ON m.id = r.message
       ORDER BY r.message, r.n`,
    )
    statement.setReturnArrays(true)
    for (const [sequence, n, account, recipient, clientId, at] of statement.iterate() as unknown as Iterable<
      [number, number, AccountId, string, string | null, number]
    >)
      yield { message: this.#epochs.idOf(sequence), n, account, recipient, clientId, at }
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM recipient').get()?.['n'])
  }

  /** Whether the message can be one of this shard's. Begun anew after a loss, it counts from 1 again: then another has its place. */
  knows(message: MessageId): boolean {
    return this.#epochs.idOf(placeOf(message).sequence) === message
  }

  has({ message, n }: Place): boolean {
    return this.#one.get(placeOf(message).sequence, n) !== undefined
  }

  /** Events after `after` that wait for the desk, oldest first. */
  *waitingEvents(after: number): Generator<NumberedEvent> {
    const statement = this.#database.prepare('SELECT lines FROM outbox WHERE last > ? ORDER BY last')
    for (const { lines } of statement.iterate(after) as Iterable<{ readonly lines: Uint8Array }>) yield* eventsOf(lines, after)
  }

  /** Messages whose bodies are files. */
  filed(): MessageId[] {
    const rows = this.#database.prepare(`SELECT id FROM message WHERE flags & ${FLAG_FILE}`).all()
    return rows.map((row) => this.#epochs.idOf(Number(row['id'])))
  }
}

/** Ends and holds recipients, all in one transaction; messages of which none is left go too. May be repeated. */
export function changeQueue(file: string, remove: readonly Place[], hold: readonly Place[], reason: string): void {
  using database = openShardDatabase(file)
  const removeRecipient = database.prepare('DELETE FROM recipient WHERE message = ? AND n = ?')
  const removeMessage = database.prepare('DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = ?1)')
  const holdRecipient = database.prepare(`UPDATE recipient SET state = ${STATE_HELD}, last_reply = ? WHERE message = ? AND n = ?`)
  inTransaction(database, () => {
    for (const { message, n } of remove) removeRecipient.run(placeOf(message).sequence, n)
    for (const { message } of remove) removeMessage.run(placeOf(message).sequence)
    for (const { message, n } of hold) holdRecipient.run(reason, placeOf(message).sequence, n)
  })
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** Copies recipients, and their messages where they are gone, from another state of the same shard. May be repeated. */
export function bringBack(file: string, from: string, rows: readonly Place[]): void {
  using database = openShardDatabase(file)
  database.prepare('ATTACH ? AS other').run(from)
  // Where the other one is a copy, its bodies are in its rows.
  const columns = hasExtra(database) ? `${MESSAGE}, extra, body` : `${MESSAGE}, body`
  const message = database.prepare(`INSERT OR IGNORE INTO main.message (${columns}) SELECT ${columns} FROM other.message WHERE id = ?`)
  const recipient = database.prepare('INSERT OR IGNORE INTO main.recipient SELECT * FROM other.recipient WHERE message = ? AND n = ?')
  inTransaction(database, () => {
    for (const { message: id, n } of rows) {
      const { sequence } = placeOf(id)
      message.run(sequence)
      recipient.run(sequence, n)
    }
  })
}

/** The locks of shards: a worker whose launcher was killed may still be ending. Throws a Fault where one does not let go. */
export async function holdShards(folder: string, shards: readonly number[]): Promise<Disposable> {
  using held = new DisposableStack()
  const until = performance.now() + ORPHAN_PATIENCE
  for (const shard of shards) held.use(await lockWithin(folder, shard, until))
  return held.move()
}

async function lockWithin(folder: string, shard: number, until: number): Promise<Disposable> {
  for (;;) {
    const lock = takeLockFile(lockPath(folder, shard))
    if (lock !== null) return lock
    if (performance.now() > until)
      throw new Fault('home-in-use', `A worker still holds shard ${shard} of ${folder}.`, {
        blame: 'owner',
        temporary: true,
        mend: 'It belongs to a server that was killed: end that process, then try again.',
      })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
