// Group commit: what arrives while the storage thread is busy goes into the next batch. At most two batches are under way,
// the second only when it is worth a commit of its own, so that the disk neither idles nor syncs for single messages.
import { crashPoint } from '../../../base/crash-point.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { MessageId, Ms, ShardId } from '../../../base/brand.ts'
import type { SpoolHealth } from '../../../engine/ports/spool.ts'
import { CommitTimes } from './commit-times.ts'
import { refused } from '../faults.ts'
import { Staging, type OwnedShard, type SentBatch } from './owned-shard.ts'
import type { BatchResult, StorageReply, StoreError } from './protocol.ts'
import { judge } from '../sqlite-error.ts'
import type { ThreadLink } from '../thread-link.ts'

const STAGINGS = 2
/** Room that another shard's batch needs at least: one body. */
const ROOM_FOR_ONE = 256 * 1024
/** Operations that justify a second batch under way. */
const SECOND_BATCH = 64
/** After this long without an answer the disk is taken for hanging. */
const HANGING_AFTER = 15_000

/** Commits wait; `quiet` is told once whether none is under way, `timer` ends it. */
interface Hold {
  readonly quiet: (isQuiet: boolean) => void
  readonly timer: Disposable
}

export interface CommitterEvents {
  health(shard: ShardId, health: SpoolHealth): void
  newEvents(shard: ShardId, events: number): void
  /** Messages that are gone and whose files may go. */
  removeFiles(shard: ShardId, ids: readonly MessageId[]): void
}

export class Committer {
  private readonly stagings = Array.from({ length: STAGINGS }, (_unused, index) => new Staging(index))
  private readonly shards: ReadonlyMap<number, OwnedShard>
  private readonly clock: Clock
  private readonly log: Log
  private readonly events: CommitterEvents
  private storage: ThreadLink | null = null
  private readonly sent = new Map<number, { readonly batches: SentBatch[]; readonly at: number }>()
  /** How long commits take. */
  private readonly times = new CommitTimes()
  private scheduled = false
  private held: Hold | null = null

  constructor(shards: ReadonlyMap<number, OwnedShard>, options: { clock: Clock; log: Log; events: CommitterEvents }) {
    this.shards = shards
    this.clock = options.clock
    this.log = options.log
    this.events = options.events
  }

  /** To be shared with the storage thread; a commit names the one that it uses. */
  memories(): readonly SharedArrayBuffer[] {
    return this.stagings.map(({ memory }) => memory)
  }

  begin(storage: ThreadLink): void {
    this.storage = storage
  }

  /** Something waits: sent at the end of this turn of the loop, so that one turn makes one batch. */
  wake(): void {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      this.flush()
    })
  }

  private flush(): void {
    while (this.sent.size < STAGINGS && this.held === null) {
      const work = [...this.shards.values()].filter((shard) => shard.hasWork)
      if (work.length === 0) return
      if (this.sent.size > 0 && work.every((shard) => shard.waiting < SECOND_BATCH)) return
      this.send(work)
    }
  }

  private send(work: readonly OwnedShard[]): void {
    const staging = this.stagings.find(({ index }) => !this.sent.has(index))
    if (staging === undefined || this.storage === null) return
    staging.clear()
    const batches: SentBatch[] = []
    for (const shard of work) {
      // A batch of an earlier shard may have filled the memory: the rest follows with the next.
      if (!staging.fits(ROOM_FOR_ONE)) break
      batches.push(shard.take(staging))
    }
    this.sent.set(staging.index, { batches, at: this.clock.mono() })
    this.storage.hold()
    this.storage.post({ kind: 'commit', batches: batches.map(({ batch }) => batch), staging: staging.index })
  }

  answered(reply: Extract<StorageReply, { kind: 'committed' }>): void {
    const sent = this.sent.get(reply.staging)
    this.sent.delete(reply.staging)
    const now = this.clock.mono()
    if (sent !== undefined) this.times.add(now - sent.at, now)
    this.storage?.free()
    crashPoint('commit-answered')
    reply.results.forEach((result, n) => {
      const batch = sent?.batches[n]
      const shard = this.shards.get(result.shard)
      if (batch !== undefined && shard !== undefined) this.concluded(shard, batch, result)
    })
    if (this.sent.size === 0) this.held?.quiet(true)
    this.flush()
  }

  private concluded(shard: OwnedShard, batch: SentBatch, result: BatchResult): void {
    if (result.error !== null) return this.failed(shard, batch, result.error)
    const events = shard.committed(batch)
    if (events > 0) this.events.newEvents(shard.id, events)
    if (result.files.length > 0)
      this.events.removeFiles(
        shard.id,
        result.files.map((sequence) => shard.epochs.idOf(sequence)),
      )
  }

  private failed(shard: OwnedShard, batch: SentBatch, error: StoreError): void {
    const verdict = judge(error)
    if (verdict === 'op') {
      const [only] = batch.operations
      if (batch.operations.length > 1) return shard.returned(batch, true)
      shard.returned({ ...batch, operations: [] }, false)
      this.log.error('an operation on the spool was refused', { shard: shard.id, reason: error.message })
      return only?.reject(refused(error))
    }
    shard.paused = true
    shard.returned(batch, false)
    this.fault(shard, verdict, error.message)
    if (verdict === 'full') void this.useReserve(shard)
  }

  /** The shard is not well: appends are refused from now on, and the tick probes. */
  fault(shard: OwnedShard, state: 'full' | 'failing', reason: string): void {
    const { health } = shard
    if (health.state === state && health.reason === reason) return
    this.log.error('the spool is not well', { shard: shard.id, state, reason })
    shard.setHealth({ state, reason, since: health.state === 'ok' ? this.clock.now() : health.since })
    this.events.health(shard.id, shard.health)
  }

  private async useReserve(shard: OwnedShard): Promise<void> {
    if (!(await shard.reserve.giveUp())) return
    shard.paused = false
    this.wake()
  }

  /** A probe was written: what waits goes on. */
  healed(shard: OwnedShard): void {
    shard.paused = false
    if (shard.health.state !== 'ok') {
      this.log.info('the spool is well again', { shard: shard.id })
      shard.setHealth({ state: 'ok' })
      this.events.health(shard.id, shard.health)
    }
    this.wake()
  }

  /**
   * Sends nothing more until `letGo`, at the latest after `longest`. Resolves when nothing is under way: with false where that took
   * too long, or where it is held already.
   */
  hold(longest: Ms): Promise<boolean> {
    if (this.held !== null) return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = this.clock.after(longest, () => this.letGo())
      this.held = { quiet: resolve, timer }
      if (this.sent.size === 0) resolve(true)
    })
  }

  /** Goes on; false where nothing was held any more. */
  letGo(): boolean {
    const { held } = this
    this.held = null
    held?.timer[Symbol.dispose]()
    held?.quiet(false)
    this.flush()
    return held !== null
  }

  /** What 99 of 100 commits of the last minute or two took at most, one that is under way too; null: there were none. */
  p99(): number | null {
    const now = this.clock.mono()
    const oldest = [...this.sent.values()][0]
    const times = [this.times.p99(now), oldest === undefined ? null : now - oldest.at].filter((one) => one !== null)
    return times.length === 0 ? null : Math.max(...times)
  }

  /** Whether the storage thread, or the disk behind it, is taken for hanging. */
  hanging(): boolean {
    const oldest = [...this.sent.values()][0]
    return oldest !== undefined && this.clock.mono() - oldest.at > HANGING_AFTER
  }

  /** Resolves when nothing waits and nothing is under way, at the latest after `patience`; tells whether all was written. */
  async finish(patience: Ms): Promise<boolean> {
    const until = this.clock.mono() + patience
    const isWritten = (): boolean => this.sent.size === 0 && [...this.shards.values()].every(({ waiting }) => waiting === 0)
    this.flush()
    while (this.clock.mono() < until && !isWritten()) await new Promise((resolve) => setTimeout(resolve, 5))
    return isWritten()
  }
}
