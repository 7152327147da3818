// Which shards a worker owns and how they fare: takes its own at the start, adopts those that nobody owns, recovers what a
// crash left, watches the disk's room, probes what is not well. docs/spool-states.md says what a recovery does.
import { existsSync } from 'node:fs'
import { mkdir, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { MessageId, Ms } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { parseMessageId, placeOf } from '../../../base/message-id.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { SpoolHealth, SpoolListener } from '../../../engine/ports/spool.ts'
import { approachTo, candidates, shardsIn } from './adoption.ts'
import { syncFolder } from '../../../base/sync-folder.ts'
import type { Committer } from './committer.ts'
import { lackOfRoom, type LowWater } from '../disk-space.ts'
import { type Answered, AnswerFile } from './answer-file.ts'
import { HandFile } from './hand-file.ts'
import { OwnedShard } from './owned-shard.ts'
import type { OpenAnswer, StoreError } from './protocol.ts'
import { ReserveFile } from './reserve-file.ts'
import { formatOfFile } from '../format-of.ts'
import type { ShardQueries } from './shard-queries.ts'
import { judge } from '../sqlite-error.ts'
import type { ThreadLink } from '../thread-link.ts'

const TICK: Ms = 500
/** Ticks between looks at the disk's room and at sick shards. */
const SLOW_TICK = 2
/** Ticks between looks at which of the shards are empty. */
const EMPTY_TICK = 60
/** How long a slot waits for its own shard before it takes another: its last worker may still be ending. */
const OWN_SHARD_PATIENCE: Ms = 1000
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
  /** Asked at each look: whether shards of others may be taken beside the first. Always, unless given. */
  readonly mayAdopt?: () => boolean
}

export interface KeeperParts {
  readonly owned: Map<number, OwnedShard>
  readonly committer: Committer
  readonly storage: ThreadLink
  readonly queries: ShardQueries
}

export class ShardKeeper {
  private readonly options: SpoolOptions
  private readonly owned: Map<number, OwnedShard>
  private readonly committer: Committer
  private readonly storage: ThreadLink
  private readonly queries: ShardQueries
  private lowRoom: SpoolHealth = { state: 'ok' }
  /** What room is left is for mail of customers. */
  isTight = false
  private primary = -1
  private looks = 0
  private readonly seenFree = new Map<number, number>()
  private readonly empty = new Set<number>()
  private readonly told = new Map<number, string>()
  private timer: Disposable | null = null
  private isTicking = false
  private closed = false

  constructor(options: SpoolOptions, { owned, committer, storage, queries }: KeeperParts) {
    this.options = options
    this.owned = owned
    this.committer = committer
    this.storage = storage
    this.queries = queries
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

  close(): void {
    this.closed = true
    this.timer?.[Symbol.dispose]()
  }

  /** Where new messages go: the first shard that was taken while it is well, so that commits are shared; never an older format beside a newer. */
  healthiest(): OwnedShard | undefined {
    const first = this.owned.get(this.primary)
    if (first?.health.state === 'ok') return first
    const least = first?.hasExtra ?? false
    return [...this.owned.values()].find(({ health, hasExtra }) => health.state === 'ok' && (hasExtra || !least)) ?? first
  }

  health(): SpoolHealth {
    const shard = this.healthiest()
    if (shard === undefined) return { state: 'failing', reason: 'no shard is owned yet', since: this.options.clock.now() }
    return shard.health.state === 'ok' ? this.lowRoom : shard.health
  }

  pathOf(id: MessageId): string {
    return join(this.options.folder, String(placeOf(id).shard), id)
  }

  async removeFile(id: MessageId): Promise<void> {
    // A file that stays is named by no row: the next start removes it.
    await unlink(this.pathOf(id)).catch(() => undefined)
  }

  /** The slot's own shard, waited for a little; then any other of its turn. Without any the ticks go on trying. */
  private async takeFirst(): Promise<void> {
    const { slot, clock, folder } = this.options
    const until = clock.mono() + OWN_SHARD_PATIENCE
    while (!(await this.take(slot, true)) && clock.mono() < until) await new Promise((resolve) => setTimeout(resolve, 100))
    for (const shard of candidates(await shardsIn(folder), this.options)) {
      if (this.owned.size > 0) break
      await this.take(shard, true)
    }
    await this.takeNewer()
  }

  /** A shard keeps its format: where the first one has an older one, new messages go to another, made where there is none. */
  private async takeNewer(): Promise<void> {
    const { folder } = this.options
    if (this.owned.get(this.primary)?.hasExtra !== false) return
    for (const shard of candidates(await shardsIn(folder), this.options)) {
      if (this.owned.has(shard) || isOlder(join(folder, `${shard}.db`)) || !(await this.take(shard, true))) continue
      this.primary = shard
      return
    }
  }

  private schedule(): void {
    if (this.closed) return
    this.timer = this.options.clock.after(TICK, () => {
      this.schedule()
      this.noticeHanging()
      void this.tick()
    })
  }

  /** Apart from the tick, whose questions to the storage thread wait for the same disk. */
  private noticeHanging(): void {
    if (!this.committer.hanging()) return
    for (const shard of this.owned.values()) this.committer.fault(shard, 'failing', 'the disk does not answer')
  }

  private async tick(): Promise<void> {
    if (this.isTicking) return
    this.isTicking = true
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
      this.isTicking = false
    }
  }

  private async adopt(): Promise<void> {
    const { folder, listener } = this.options
    const before = new Set(this.owned.keys())
    if (this.owned.size === 0) await this.takeFirst()
    else await this.takeNewer()
    const mayAdopt = this.options.mayAdopt?.() ?? true
    for (const shard of mayAdopt ? await shardsIn(folder) : []) {
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
    const { opened } = answer
    const answerPath = join(folder, `${shard}.answered`)
    const answered = await this.stillQueued(shard, AnswerFile.read(answerPath))
    const files = {
      hand: HandFile.open(HandFile.pathOf(folder, shard)),
      answers: AnswerFile.open(answerPath, answered),
      answered,
      reserve: reserveFile,
    }
    const own = new OwnedShard(opened, epoch, files)
    this.owned.set(shard, own)
    if (this.primary < 0) this.primary = shard
    this.told.delete(shard)
    log.info('a shard is ours', { shard, clean: opened.clean, suspects: opened.suspects })
    void this.removeLeftOvers(own)
    void this.makeReserve(own)
    return true
  }

  /** Of what was noted as answered, what is not settled: the outcome was not committed before the crash. */
  private async stillQueued(shard: number, noted: readonly Answered[]): Promise<readonly Answered[]> {
    if (noted.length === 0) return []
    try {
      return await this.queries.ask(shard, 'present', { recipients: noted })
    } catch {
      return noted
    }
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
    const { folder, lowWater, clock, listener, log } = this.options
    const { reason, isTight } = await lackOfRoom(folder, lowWater)
    if (isTight && !this.isTight) log.warn('Free disk space is under twice the low-water mark: what people write to own domains waits.')
    this.isTight = isTight
    const before = this.lowRoom
    if (reason === null) this.lowRoom = { state: 'ok' }
    else this.lowRoom = { state: 'full', reason, since: before.state === 'ok' ? clock.now() : before.since }
    if (before.state === this.lowRoom.state) return
    for (const shard of this.owned.values()) if (shard.health.state === 'ok') listener.health(shard.id, this.lowRoom)
  }

  /** Each second: sick shards are probed, reserves made whole. */
  private async tend(): Promise<void> {
    if (this.committer.hanging()) return
    for (const shard of this.owned.values()) {
      if (shard.health.state !== 'ok' || shard.paused) await this.probe(shard)
      else {
        if (this.looks % EMPTY_TICK === 0) await this.lookIfEmpty(shard)
        if (!this.empty.has(shard.id)) await this.makeReserve(shard)
      }
    }
  }

  /** Each hand-over to another release leaves a shard more: those without a message need no reserve for its outcome. */
  private async lookIfEmpty(shard: OwnedShard): Promise<void> {
    this.empty.delete(shard.id)
    if (shard.id === this.primary || (await this.queries.list(shard, {}, { after: 0, limit: 1, most: 1 })).length > 0) return
    this.empty.add(shard.id)
    await shard.reserve.drop()
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
}

/** Whether there is such a shard, in a format of before. */
function isOlder(path: string): boolean {
  try {
    return existsSync(path) && formatOfFile(path) < FORMATS.shard.writes
  } catch {
    // Whoever takes it tells.
    return true
  }
}
