// The spool of one worker on SQLite: the ports `Spool` and `Outbox` over one storage thread and one reader thread.
// What a message is on disk, step by step, and what a start does about it: docs/spool-states.md.
import { access, mkdir, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Domain, EpochMs, MessageId, Ms, ShardId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { parseMessageId, placeOf } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type {
  Body,
  BodyFile,
  NewMessage,
  QueuedMessage,
  QueueFilter,
  Settlement,
  Spool,
  SpoolHealth,
  SpoolListener,
} from '../../engine/ports/spool.ts'
import type { Outbox } from '../../engine/ports/stores.ts'
import { approachTo, candidates, shardsIn } from './adoption.ts'
import { openBodyFile, syncFolder } from './body-file.ts'
import { Committer } from './committer.ts'
import { lackOfRoom, type LowWater } from './disk-space.ts'
import { faultOf, OwnedShard, type Operation } from './owned-shard.ts'
import { fileFault, spoolFailing } from './faults.ts'
import { HandFile } from './hand-file.ts'
import type { OpenAnswer, ReaderData, StorageData, StorageReply, StoreError } from './protocol.ts'
import { ReserveFile } from './reserve-file.ts'
import { ShardQueries } from './shard-queries.ts'
import { judge } from './sqlite-error.ts'
import { ThreadLink } from './thread-link.ts'

const TICK: Ms = 500
/** Ticks between looks at the disk's room and at sick shards. */
const SLOW_TICK = 2
/** How long a slot waits for its own shard before it takes another: its last worker may still be ending. */
const OWN_SHARD_PATIENCE: Ms = 1000
/** How long an orderly end waits for what cannot be written. */
const CLOSE_PATIENCE: Ms = 5000
/** Sequences asked for at once when looking for left-over files. */
const FILES_SLICE = 500

export interface SpoolOptions {
  /** `<home>/spool`; made where it is missing. */
  readonly folder: string
  /** The home's epoch, from `SettingsStore.epoch()`. */
  readonly epoch: string
  /** Number of this worker, from 0, and how many there are. */
  readonly slot: number
  readonly workers: number
  readonly lowWater: LowWater
  /** Octets kept back per shard for outcomes. */
  readonly reserve: number
  readonly clock: Clock
  readonly log: Log
  /** Shards owned when `openSpool` resolves are in `shards()`, not told. */
  readonly listener: SpoolListener
  /** `worker`: owns the slot's shard and adopts others while it runs. `stopped`: owns all shards that exist, makes none (for the shell). */
  readonly mode: 'worker' | 'stopped'
}

export type SqliteSpool = Spool & Outbox & AsyncDisposable

class SpoolOnSqlite implements SqliteSpool {
  private readonly options: SpoolOptions
  private readonly owned = new Map<number, OwnedShard>()
  private readonly committer: Committer
  private readonly storage: ThreadLink
  private readonly reader: ThreadLink
  private readonly queries: ShardQueries
  private readonly newEvents: ((shard: number) => void)[] = []
  private lowRoom: SpoolHealth = { state: 'ok' }
  private primary = -1
  private looks = 0
  private readonly seenFree = new Map<number, number>()
  private readonly told = new Map<number, string>()
  private timer: Disposable | null = null
  private closed = false

  constructor(options: SpoolOptions) {
    this.options = options
    const { folder, clock, log, listener } = options
    const events = {
      health: (shard: ShardId, health: SpoolHealth) => listener.health(shard, health),
      newEvents: (shard: ShardId) => {
        for (const fn of this.newEvents) fn(shard)
      },
      removeFiles: (_shard: ShardId, ids: readonly MessageId[]) => {
        for (const id of ids) void this.removeFile(id)
      },
    }
    this.committer = new Committer(this.owned, { clock, log, events })
    const storageData: StorageData = { folder, staging: this.committer.memories }
    this.storage = new ThreadLink(new URL('./storage-thread.ts', import.meta.url), storageData, (message) =>
      this.committer.answered(message as Extract<StorageReply, { kind: 'committed' }>),
    )
    this.committer.begin(this.storage)
    const readerData: ReaderData = { folder }
    this.reader = new ThreadLink(new URL('./reader-thread.ts', import.meta.url), readerData, () => undefined)
    this.queries = new ShardQueries(this.reader)
  }

  async begin(): Promise<void> {
    const { folder, mode } = this.options
    await mkdir(folder, { recursive: true })
    // SQLite and the body files sync what is inside; that there is such a folder is for us to sync.
    await syncFolder(dirname(folder))
    await this.lookAtRoom()
    if (mode === 'stopped') {
      for (const shard of await shardsIn(folder)) await this.take(shard, false)
      return
    }
    await this.takeFirst()
    this.schedule()
  }

  /** The slot's own shard, waited for a little; then any other of its turn. Without any the ticks go on trying. */
  private async takeFirst(): Promise<void> {
    const { slot, clock, folder } = this.options
    const until = clock.mono() + OWN_SHARD_PATIENCE
    while (!(await this.take(slot, true)) && clock.mono() < until) await new Promise((resolve) => setTimeout(resolve, 100))
    for (const shard of candidates(await shardsIn(folder), this.options)) {
      if (this.owned.size > 0) return
      await this.take(shard, true)
    }
  }

  private schedule(): void {
    if (!this.closed) this.timer = this.options.clock.after(TICK, () => void this.tick())
  }

  private async tick(): Promise<void> {
    try {
      this.looks++
      await this.adopt()
      if (this.looks % SLOW_TICK === 0) {
        await this.lookAtRoom()
        await this.tend()
      }
    } catch (error) {
      this.options.log.error('looking after the spool failed', { reason: String(error) })
    } finally {
      this.schedule()
    }
  }

  private async adopt(): Promise<void> {
    const { folder, listener } = this.options
    const before = new Set(this.owned.keys())
    if (this.owned.size === 0) await this.takeFirst()
    for (const shard of await shardsIn(folder)) {
      if (this.closed) return
      if (!this.owned.has(shard)) await this.approach(shard)
    }
    for (const { id } of this.owned.values()) if (!before.has(id)) listener.adopted(id)
  }

  private async approach(shard: number): Promise<void> {
    const free = this.seenFree.get(shard) ?? 0
    const approach = approachTo(shard, this.options, { free, owned: this.owned.size, look: this.looks })
    if (approach === 'take') await this.take(shard, false)
    else if (approach === 'look') {
      const isFree = await this.storage.ask({ kind: 'look', shard })
      this.seenFree.set(shard, isFree === true ? free + 1 : 0)
    }
  }

  /** Logs the same trouble with a shard once, however often it is met. */
  private tell(shard: number, reason: string): void {
    if (this.told.get(shard) === reason) return
    this.told.set(shard, reason)
    this.options.log.error('a shard cannot be used', { shard, reason })
  }

  /** True when the shard is ours now. */
  private async take(shard: number, create: boolean): Promise<boolean> {
    if (this.owned.has(shard)) return true
    const { folder, epoch, log, reserve } = this.options
    const reserveFile = new ReserveFile(join(folder, `${shard}.reserve`), reserve)
    await reserveFile.begin()
    const answer = await this.openWithRoom(shard, create, reserveFile)
    if (answer?.kind === 'newer') this.tell(shard, answer.message)
    if (answer?.kind !== 'opened' || this.closed) return false
    const handPath = join(folder, `${shard}.hand`)
    const { opened } = answer
    const inHand = opened.clean ? [] : HandFile.read(handPath)
    if (inHand.length > 0) await this.storage.ask({ kind: 'suspect', shard, sequences: inHand })
    const own = new OwnedShard(opened, epoch, HandFile.open(handPath), reserveFile)
    own.hand.note([])
    this.owned.set(shard, own)
    if (this.primary < 0) this.primary = shard
    this.told.delete(shard)
    log.info('a shard is ours', { shard, clean: opened.clean, inHand: inHand.length })
    void this.removeLeftOvers(own)
    void this.makeReserve(own)
    return true
  }

  /** Opening writes a little: on a full disk the reserve makes room for it. Null where the store is not well; tried again. */
  private async openWithRoom(shard: number, create: boolean, reserve: ReserveFile): Promise<OpenAnswer | null> {
    const { epoch } = this.options
    for (;;) {
      try {
        return (await this.storage.ask({ kind: 'open', shard, epoch, create })) as OpenAnswer
      } catch (error) {
        const { message } = error as StoreError
        if (judge(error as StoreError) === 'full' && (await reserve.giveUp())) continue
        this.tell(shard, message)
        return null
      }
    }
  }

  private async lookAtRoom(): Promise<void> {
    const { folder, lowWater, clock, listener } = this.options
    const { reason } = await lackOfRoom(folder, lowWater)
    const before = this.lowRoom
    if (reason === null) this.lowRoom = { state: 'ok' }
    else this.lowRoom = { state: 'full', reason, since: before.state === 'ok' ? clock.now() : before.since }
    if (before.state === this.lowRoom.state) return
    for (const shard of this.owned.values()) if (shard.health.state === 'ok') listener.health(shard.id, this.lowRoom)
  }

  /** Each second: sick shards are probed, reserves made whole, a disk that does not answer is noticed. */
  private async tend(): Promise<void> {
    if (this.committer.hanging()) {
      for (const shard of this.owned.values()) this.committer.fault(shard, 'failing', 'the disk does not answer')
      return
    }
    for (const shard of this.owned.values()) {
      if (shard.health.state !== 'ok' || shard.paused) await this.probe(shard)
      else await this.makeReserve(shard)
    }
  }

  private async probe(shard: OwnedShard): Promise<void> {
    const { folder } = this.options
    try {
      await this.storage.ask({ kind: 'probe', shard: shard.id })
    } catch (error) {
      const verdict = judge(error as StoreError)
      this.committer.fault(shard, verdict === 'full' ? 'full' : 'failing', (error as StoreError).message)
      // Outcomes are tried all the same: a little may have become free, and the reserve may hold a little.
      if (verdict === 'full') await shard.reserve.giveUp()
      this.goOn(shard)
      return
    }
    // A full disk is well again only when the reserve can be made again, or accepting would eat what outcomes need.
    const { free } = await lackOfRoom(folder, this.options.lowWater)
    if (shard.health.state === 'full' && !shard.reserve.fits(free)) {
      this.committer.fault(shard, 'full', 'there is no room yet for the reserve that outcomes of deliveries need')
      this.goOn(shard)
      return
    }
    this.committer.healed(shard)
    await this.makeReserve(shard)
  }

  private goOn(shard: OwnedShard): void {
    shard.paused = false
    this.committer.wake()
  }

  private async makeReserve(shard: OwnedShard): Promise<void> {
    if (shard.reserve.missing === 0 || this.lowRoom.state !== 'ok' || this.options.mode !== 'worker') return
    const { free } = await lackOfRoom(this.options.folder, this.options.lowWater)
    if (shard.reserve.fits(free)) await shard.reserve.make()
  }

  private pathOf(id: MessageId): string {
    return join(this.options.folder, String(placeOf(id).shard), id)
  }

  private async removeFile(id: MessageId): Promise<void> {
    // A file that stays is named by no row: the next start removes it.
    await unlink(this.pathOf(id)).catch(() => undefined)
  }

  /** Files of earlier owners that no row names: accepted by nobody, or left by a crash after the row went. */
  private async removeLeftOvers(shard: OwnedShard): Promise<void> {
    const { folder, log } = this.options
    try {
      const names = await readdir(join(folder, String(shard.id)))
      const ids = names.map(parseMessageId).filter((id) => id !== undefined)
      const old = ids.filter((id) => placeOf(id).shard === shard.id && placeOf(id).sequence < shard.firstSequence)
      for (let at = 0; at < old.length; at += FILES_SLICE) {
        const slice = old.slice(at, at + FILES_SLICE)
        const named = new Set(await this.queries.ask(shard.id, 'named', { sequences: slice.map((id) => placeOf(id).sequence) }))
        const orphans = slice.filter((id) => !named.has(placeOf(id).sequence) || shard.epochs.idOf(placeOf(id).sequence) !== id)
        for (const id of orphans) await this.removeFile(id)
      }
    } catch (error) {
      log.warn('left-over body files were not looked for', { shard: shard.id, reason: String(error) })
    }
  }

  private ownerOf(shard: number): OwnedShard {
    const owned = this.owned.get(shard)
    if (owned === undefined) throw spoolFailing(`shard ${shard} is not owned here`)
    return owned
  }

  private healthiest(): OwnedShard | undefined {
    const first = this.owned.get(this.primary)
    if (first?.health.state === 'ok') return first
    return [...this.owned.values()].find(({ health }) => health.state === 'ok') ?? first
  }

  // Spool

  shards(): readonly ShardId[] {
    return [...this.owned.values()].map(({ id }) => id)
  }

  health(): SpoolHealth {
    const shard = this.healthiest()
    if (shard === undefined) return { state: 'failing', reason: 'no shard is owned yet', since: this.options.clock.now() }
    return shard.health.state === 'ok' ? this.lowRoom : shard.health
  }

  reserve(within?: ShardId): MessageId {
    // In a given shard it is for what an outcome gives rise to, and outcomes are written on a full disk too.
    if (within !== undefined) return this.ownerOf(within).nextId()
    const health = this.health()
    const shard = this.healthiest()
    if (health.state !== 'ok') throw faultOf(health)
    if (shard === undefined) throw spoolFailing('no shard is owned yet')
    return shard.nextId()
  }

  bodyFile(id: MessageId): BodyFile {
    return openBodyFile(this.pathOf(id), fileFault)
  }

  append(message: NewMessage): Promise<void> {
    const shard = this.owned.get(placeOf(message.head.id).shard)
    if (shard === undefined || this.closed) return Promise.reject(spoolFailing('its shard is not owned here'))
    if (shard.health.state !== 'ok') return Promise.reject(faultOf(shard.health))
    return this.enqueue(shard, message, null)
  }

  settle(settlement: Settlement): Promise<void> {
    const shard = this.owned.get(settlement.shard)
    if (shard === undefined || this.closed) return Promise.reject(spoolFailing('its shard is not owned here'))
    return this.enqueue(shard, null, settlement)
  }

  private enqueue(shard: OwnedShard, append: NewMessage | null, settle: Settlement | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const operation: Operation = { append, settle, resolve, reject, alone: false }
      shard.add(operation)
      this.committer.wake()
    })
  }

  async body(id: MessageId): Promise<Body> {
    const { shard, sequence } = placeOf(id)
    const { found, file, size, bytes } = await this.queries.ask(this.ownerOf(shard).id, 'body', { sequence })
    if (!found) throw new Fault('message-gone', `Message ${id} is not in the queue.`, { blame: 'caller' })
    if (!file && bytes !== null) return { kind: 'bytes', bytes }
    const path = this.pathOf(id)
    await access(path).catch((error: unknown) => {
      throw new Fault('body-missing', `The body of message ${id} is missing at ${path}.`, {
        blame: 'owner',
        temporary: true,
        mend: 'Put the file back, or delete the message.',
        cause: error,
      })
    })
    return { kind: 'file', path, size }
  }

  backlog(shard: ShardId) {
    return this.queries.backlog(this.ownerOf(shard).id)
  }

  due(shard: ShardId, domains: readonly Domain[], limit: number, now: EpochMs): Promise<readonly QueuedMessage[]> {
    return this.queries.due(this.ownerOf(shard), domains, limit, now)
  }

  expired(shard: ShardId, now: EpochMs, limit: number): Promise<readonly QueuedMessage[]> {
    return this.queries.expired(this.ownerOf(shard), now, limit)
  }

  async find(id: MessageId): Promise<QueuedMessage | null> {
    const shard = this.owned.get(placeOf(id).shard)
    return shard === undefined ? null : this.queries.find(shard, id)
  }

  async list(filter: QueueFilter, after: MessageId | null, limit: number): Promise<readonly QueuedMessage[]> {
    const from = after === null ? { shard: -1, sequence: 0 } : placeOf(after)
    const found: QueuedMessage[] = []
    for (const shard of [...this.owned.values()].toSorted((a, b) => a.id - b.id)) {
      if (found.length >= limit) break
      if (shard.id < from.shard) continue
      found.push(...(await this.queries.list(shard, filter, shard.id === from.shard ? from.sequence : 0, limit - found.length)))
    }
    return found
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

  suspects(shard: ShardId): Promise<readonly QueuedMessage[]> {
    return this.queries.suspects(this.ownerOf(shard))
  }

  async check(shard: ShardId): Promise<{ readonly recipients: number; readonly problems: readonly string[] }> {
    const { id, epochs, firstSequence } = this.ownerOf(shard)
    let recipients = 0
    const problems: string[] = []
    const files = new Set<string>()
    // Files are read before rows: a file that is made and named meanwhile is not taken for a left-over.
    const names = await readdir(join(this.options.folder, String(id)))
    for (const step of ['messages', 'recipients'] as const)
      for await (const slice of this.queries.check(id, step)) {
        recipients += slice.recipients
        problems.push(...slice.problems)
        for (const sequence of slice.files) files.add(epochs.idOf(sequence))
      }
    for (const name of files) {
      if (names.includes(name)) continue
      const there = await access(this.pathOf(name as MessageId)).then(
        () => true,
        () => false,
      )
      if (!there && (await this.find(name as MessageId)) !== null) problems.push(`the body file of message ${name} is missing`)
    }
    for (const name of names) {
      const old = parseMessageId(name)
      if (!files.has(name) && (old === undefined || placeOf(old).sequence < firstSequence)) {
        const still = await access(join(this.options.folder, String(id), name)).then(
          () => true,
          () => false,
        )
        if (still) problems.push(`the file ${id}/${name} belongs to no message`)
      }
    }
    return { recipients, problems }
  }

  // Outbox

  async read(shard: number, after: number, limit: number): Promise<readonly NumberedEvent[]> {
    const owned = this.ownerOf(shard)
    return owned.memory.read(after, limit) ?? this.queries.outbox(owned, after, limit)
  }

  release(shard: number, upTo: number): void {
    this.owned.get(shard)?.release(upTo)
  }

  onNew(fn: (shard: number) => void): void {
    this.newEvents.push(fn)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.timer?.[Symbol.dispose]()
    await this.committer.finish(CLOSE_PATIENCE)
    for (const shard of this.owned.values()) shard.abandon()
    // The reader first: the last connection of a database writes its WAL back, and that is to be the writer's.
    this.reader.post({ kind: 'close' })
    for (const shard of this.owned.values()) shard.hand.close()
    await this.storage.ask({ kind: 'close' }).catch((error: unknown) => {
      this.options.log.error('the spool was not closed in order', { reason: (error as StoreError).message })
    })
    await Promise.all([this.reader.ended(), this.storage.ended()])
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
