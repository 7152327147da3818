// The spool of one worker on SQLite: the ports `Spool` and `Outbox` over one storage thread and one reader thread.
// What a message is on disk, step by step, and what a start does about it: docs/spool-states.md.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain, EpochMs, MessageId, Ms, ShardId } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { placeOf } from '../../../base/message-id.ts'
import type { MailEvent } from '../../../contract/events.ts'
import type {
  Body,
  BodyFile,
  ExpiredPlace,
  ListedMessage,
  NewMessage,
  QueuedMessage,
  QueuedRecipient,
  QueueFilter,
  QueuePlace,
  Settlement,
  Spool,
  SpoolHealth,
  WantedRows,
} from '../../../engine/ports/spool.ts'
import type { Outbox, OutboxLines } from '../../../engine/ports/stores.ts'
import { openBodyFile, readBeginning, slotsInFile } from './body-file.ts'
import { findSlots, type Slot } from '../../../message/slots.ts'
import { Committer } from './committer.ts'
import { bodyMissing, fileFault, refused, spoolFailing } from '../faults.ts'
import { bodySize, faultOf, MOST_STAGING_BYTES, namesSize, type Operation, type OwnedShard } from './owned-shard.ts'
import type { Cell, ReaderData, StorageData, StorageReply, StoreError } from './protocol.ts'
import { extraOf, unpackMessages } from './rows.ts'
import type { Unpacking } from './why-looks.ts'
import { ShardKeeper, type SpoolOptions } from './shard-keeper.ts'
import { ShardQueries } from './shard-queries.ts'
import { checkShard } from './spool-check.ts'
import { ThreadLink } from '../thread-link.ts'

export type { SpoolOptions } from './shard-keeper.ts'

/** Until released events are deleted by a commit of their own. */
const RELEASE_AFTER: Ms = 250
/** How long an orderly end waits for what cannot be written. */
const CLOSE_PATIENCE: Ms = 5000
/** Recipients of one message that a list names. */
const LISTED_RECIPIENTS = 100

/** What a backup needs of a spool that is in use, so that what it reads of all shards is of one moment. */
export interface SpoolForBackup {
  /** Holds commits at most `longest` or until `letGo`. Resolves with true once none is under way, with false where that took too long. */
  hold(longest: Ms): Promise<boolean>
  /** False where the hold was over already. */
  letGo(): boolean
  /** Files of bodies stay until it is disposed, though their messages end. */
  keepFiles(): Disposable
}

export type SqliteSpool = Spool & Outbox & SpoolForBackup & Unpacking & Paced & AsyncDisposable

/** How quick its disk is. */
interface Paced {
  /** What 99 of 100 commits of the last minute or two took at most; null: there were none. */
  commitTime(): number | null
}

class SpoolOnSqlite implements SqliteSpool {
  private readonly options: SpoolOptions
  readonly owned = new Map<number, OwnedShard>()
  readonly committer: Committer
  readonly storage: ThreadLink
  private readonly reader: ThreadLink
  readonly queries: ShardQueries
  private readonly newEvents: ((shard: number, events: number) => void)[] = []
  private readonly keeper: ShardKeeper
  private releasing: Disposable | null = null
  private keeping = 0
  /** Of messages that ended while files were kept. */
  private kept: MessageId[] = []
  private closed = false

  constructor(options: SpoolOptions) {
    this.options = options
    const { folder, clock, log, listener } = options
    const events = {
      health: (shard: ShardId, health: SpoolHealth) => listener.health(shard, health),
      newEvents: (shard: ShardId, events: number) => {
        for (const fn of this.newEvents) fn(shard, events)
      },
      removeFiles: (_shard: ShardId, ids: readonly MessageId[]) => {
        if (this.keeping > 0) this.kept.push(...ids)
        else for (const id of ids) void this.keeper.removeFile(id)
      },
    }
    this.committer = new Committer(this.owned, { clock, log, events })
    const storageData: StorageData = { folder, staging: this.committer.memories() }
    this.storage = new ThreadLink('storage', new URL('./storage-thread.ts', import.meta.url), storageData, (message) =>
      this.committer.answered(message as Extract<StorageReply, { kind: 'committed' }>),
    )
    this.committer.begin(this.storage)
    const readerData: ReaderData = { folder }
    this.reader = new ThreadLink('reader', new URL('./reader-thread.ts', import.meta.url), readerData, () => undefined)
    this.queries = new ShardQueries(this.reader)
    this.keeper = new ShardKeeper(options, this)
  }

  begin(): Promise<void> {
    return this.keeper.begin()
  }

  private ownerOf(shard: number): OwnedShard {
    const owned = this.owned.get(shard)
    if (owned === undefined) throw spoolFailing(`shard ${shard} is not owned here`)
    return owned
  }

  // Spool

  shards(): readonly ShardId[] {
    return [...this.owned.values()].map(({ id }) => id)
  }

  health(): SpoolHealth {
    return this.keeper.health()
  }

  isTight(): boolean {
    return this.keeper.isTight
  }

  commitTime(): number | null {
    return this.committer.p99()
  }

  reserve(within?: ShardId): MessageId {
    // In a given shard it is for what an outcome gives rise to, and outcomes are written on a full disk too.
    if (within !== undefined) return this.nextId(this.ownerOf(within))
    const health = this.health()
    const shard = this.keeper.healthiest()
    if (health.state !== 'ok') throw faultOf(health)
    if (shard === undefined) throw spoolFailing('no shard is owned yet')
    return this.nextId(shard)
  }

  /** Messages that are refused after their number was drawn use up numbers without a commit. */
  private nextId(shard: OwnedShard): MessageId {
    if (shard.isShortOfNumbers) this.committer.wake()
    return shard.nextId()
  }

  bodyFile(id: MessageId): BodyFile {
    return openBodyFile(this.keeper.pathOf(id), fileFault)
  }

  append(message: NewMessage): Promise<void> {
    const shard = this.owned.get(placeOf(message.head.id).shard)
    if (shard === undefined || this.closed) return Promise.reject(spoolFailing('its shard is not owned here'))
    if (shard.health.state !== 'ok') return Promise.reject(faultOf(shard.health))
    // The client tries again, and meets a shard of today's format.
    if (!shard.hasExtra && extraOf(message.head) !== null) return Promise.reject(spoolFailing(`shard ${shard.id} has an older format`))
    return this.enqueue(shard, message, null)
  }

  settle(settlement: Settlement): Promise<void> {
    const shard = this.owned.get(settlement.shard)
    if (shard === undefined || this.closed) return Promise.reject(spoolFailing('its shard is not owned here'))
    return this.enqueue(shard, null, settlement)
  }

  tell(events: readonly MailEvent[]): Promise<void> {
    const shard = this.keeper.healthiest()
    if (shard === undefined || this.closed) return Promise.reject(spoolFailing('no shard is owned yet'))
    // Whoever waits for it is to ask again elsewhere, rather than until the disk is well.
    if (shard.health.state === 'failing') return Promise.reject(faultOf(shard.health))
    return this.settle({ shard: shard.id, outcomes: [], append: [], told: events })
  }

  private enqueue(shard: OwnedShard, append: NewMessage | null, settle: Settlement | null): Promise<void> {
    // Around the names in events there is as much again, at most.
    if (bodySize({ append, settle }) + 2 * namesSize({ append, settle }) > MOST_STAGING_BYTES)
      return Promise.reject(refused({ code: 0, message: 'its bodies or its recipients are too many' }))
    return new Promise((resolve, reject) => {
      const operation: Operation = { append, settle, resolve, reject, alone: false }
      shard.add(operation)
      this.committer.wake()
    })
  }

  async beginning(id: MessageId, most: number): Promise<Uint8Array> {
    const body = await this.body(id)
    return body.kind === 'bytes' ? body.bytes.subarray(0, most) : readBeginning(body.path, most)
  }

  async body(id: MessageId): Promise<Body> {
    const { shard, sequence } = placeOf(id)
    const { found, file, size, bytes } = await this.queries.ask(this.ownerOf(shard).id, 'body', { sequence })
    if (!found) throw new Fault('message-gone', `Message ${id} is not in the queue.`, { blame: 'caller' })
    if (!file && bytes !== null) return { kind: 'bytes', bytes }
    // Others may have come into the file since it was lost: it is not to be put back.
    if (!file) throw bodyMissing(id, join(this.options.folder, `${shard}.bodies`), { mend: 'Delete the message.' })
    const path = this.keeper.pathOf(id)
    await access(path).catch((cause: unknown) => {
      throw bodyMissing(id, path, { mend: 'Put the file back, or delete the message.', cause })
    })
    return { kind: 'file', path, size }
  }

  async slots(body: Body, nonce: string): Promise<readonly Slot[]> {
    return body.kind === 'bytes' ? findSlots(body.bytes, nonce) : slotsInFile(body.path, nonce)
  }

  backlog(shard: ShardId, which: 'all' | 'old' = 'all') {
    const { id, firstSequence } = this.ownerOf(shard)
    return this.queries.backlog(id, which === 'old' ? firstSequence : Number.MAX_SAFE_INTEGER)
  }

  due(shard: ShardId, wanted: readonly WantedRows[], now: EpochMs): Promise<readonly QueuedMessage[]> {
    return this.queries.due(this.ownerOf(shard), wanted, now)
  }

  waitingFor(shard: ShardId, domain: Domain, now: EpochMs, most: number) {
    return this.queries.waitingFor(this.ownerOf(shard), domain, now, most)
  }

  ahead(shard: ShardId, domain: Domain, { priority, due }: Pick<QueuedRecipient, 'priority' | 'due'>, most: number) {
    return this.queries.ask(this.ownerOf(shard).id, 'ahead', { domain, place: { priority, due }, now: this.options.clock.now(), most })
  }

  addressed(shard: ShardId, domain: Domain, address: string, most: number) {
    return this.queries.addressed(this.ownerOf(shard), { domain, address, most })
  }

  unpacked(shard: ShardId, cells: readonly Cell[]): QueuedMessage[] {
    return unpackMessages(cells, this.ownerOf(shard).epochs)
  }

  held(shard: ShardId) {
    return this.queries.held(this.ownerOf(shard).id)
  }

  expired(shard: ShardId, now: EpochMs, limit: number, after?: ExpiredPlace): Promise<readonly QueuedMessage[]> {
    return this.queries.expired(this.ownerOf(shard), { now, limit, after: after ?? { expires: 0, sequence: 0 } })
  }

  async find(id: MessageId): Promise<QueuedMessage | null> {
    const shard = this.owned.get(placeOf(id).shard)
    return shard === undefined ? null : this.queries.find(shard, id)
  }

  async list(filter: QueueFilter, after: MessageId | null, limit: number, recipients = LISTED_RECIPIENTS) {
    const from = after === null ? { shard: -1, sequence: 0 } : placeOf(after)
    const found: ListedMessage[] = []
    for (const shard of this.byNumber()) {
      if (found.length >= limit) break
      if (shard.id < from.shard) continue
      const limits = { after: shard.id === from.shard ? from.sequence : 0, limit: limit - found.length, most: recipients }
      found.push(...(await this.queries.list(shard, filter, limits)))
    }
    return found
  }

  async walk(filter: QueueFilter, after: QueuePlace | null, rows: number) {
    for (const shard of this.byNumber()) {
      if (after !== null && shard.id < after.shard) continue
      const from = after?.shard === shard.id ? ([after.sequence, after.n] as const) : ([0, 0] as const)
      const { messages, next } = await this.queries.walk(shard, filter, from, rows)
      // At the end of a shard the walk stands behind all of it.
      const [sequence, n] = next ?? [Number.MAX_SAFE_INTEGER, 0]
      if (messages.length > 0) return { messages, next: { shard: shard.id, sequence, n } }
    }
    return { messages: [], next: null }
  }

  private byNumber(): OwnedShard[] {
    return [...this.owned.values()].toSorted((a, b) => a.id - b.id)
  }

  async count(filter: QueueFilter): Promise<{ readonly messages: number; readonly recipients: number }> {
    const counts = await Promise.all([...this.owned.values()].map((shard) => this.queries.count(shard, filter)))
    return {
      messages: counts.reduce((sum, { messages }) => sum + messages, 0),
      recipients: counts.reduce((sum, { recipients }) => sum + recipients, 0),
    }
  }

  noteInHand(shard: ShardId, sequences: readonly number[]): void {
    this.owned.get(shard)?.hand.note(sequences)
  }

  noteAnswered(shard: ShardId, sequence: number, numbers: readonly number[]): void {
    this.owned.get(shard)?.answers.note(numbers.map((n) => ({ sequence, n })))
  }

  async answered(shard: ShardId): Promise<readonly QueuedMessage[]> {
    const owned = this.ownerOf(shard)
    return owned.answered.length === 0 ? [] : this.queries.some(owned, owned.answered)
  }

  suspects(shard: ShardId): Promise<readonly QueuedMessage[]> {
    return this.queries.suspects(this.ownerOf(shard))
  }

  check(shard: ShardId) {
    const { folder } = this.options
    const isThere = async (id: MessageId): Promise<boolean> => (await this.find(id)) !== null
    return checkShard(this.ownerOf(shard), { folder, queries: this.queries, isThere })
  }

  // Outbox

  async read(shard: number, after: number, limit: number): Promise<OutboxLines> {
    const owned = this.ownerOf(shard)
    const from = owned.readAfter(after)
    const kept = owned.memory.read(from, limit)
    return kept === null ? { parts: await this.queries.outbox(owned, from), areOwn: true } : { parts: kept, areOwn: false }
  }

  release(shard: number, upTo: number): void {
    this.owned.get(shard)?.release(upTo)
    // It rides on the next commit; where none comes it gets one of its own.
    this.releasing ??= this.options.clock.after(RELEASE_AFTER, () => {
      this.releasing = null
      this.committer.wake()
    })
  }

  hold(longest: Ms): Promise<boolean> {
    return this.committer.hold(longest)
  }

  letGo(): boolean {
    return this.committer.letGo()
  }

  keepFiles(): Disposable {
    this.keeping++
    const release = new DisposableStack()
    release.defer(() => {
      if (--this.keeping === 0) void this.removeKept()
    })
    return release
  }

  private async removeKept(): Promise<void> {
    for (const id of this.kept.splice(0)) await this.keeper.removeFile(id)
  }

  onNew(fn: (shard: number, events: number) => void): void {
    this.newEvents.push(fn)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.committer.letGo()
    this.keeper.close()
    this.releasing?.[Symbol.dispose]()
    const isWritten = await this.committer.finish(CLOSE_PATIENCE)
    for (const shard of this.owned.values()) shard.abandon()
    // The reader first: the last connection of a database writes its WAL back, and that is to be the writer's.
    await this.reader.ended()
    for (const shard of this.owned.values()) {
      shard.hand.close()
      shard.answers.close(isWritten)
    }
    await this.storage.ask({ kind: 'close' }).catch((error: unknown) => {
      this.options.log.error('the spool was not closed in order', { reason: (error as StoreError).message })
    })
    await this.storage.ended()
  }
}

/** Opens the spool of one worker. Rejects only where the folder itself cannot be used; sick shards are in `health()`. */
export async function openSpool(options: SpoolOptions): Promise<SqliteSpool> {
  const spool = new SpoolOnSqlite(options)
  try {
    await spool.begin()
    return spool
  } catch (error) {
    await spool[Symbol.asyncDispose]()
    throw error
  }
}
