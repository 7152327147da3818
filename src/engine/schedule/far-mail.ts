// Mail that is due much later, of more domains than there is memory for a line of each: it is on disk only, counted by shard, and the backlog
// of the shard is read again before the first of it is due. Whoever may send can name as many domains as he likes, a month ahead.
import type { EpochMs, Ms, ShardId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'

/** What is due within that time has a line, however many there are: it is soon in hand, and the backlog is not read more often. */
const SOON: Ms = 600_000
/** Before the first is due: a backlog of millions takes a while to be read. */
const AHEAD: Ms = 60_000

interface Far {
  /** Recipients. */
  waiting: number
  /** None of them is due before. */
  due: EpochMs
  timer: Disposable | null
  /** The backlog is being read: what it finds is counted from there on. */
  isRead: boolean
}

export interface FarMailParts {
  readonly clock: Clock
  /** Reads the backlog of a shard. */
  readonly read: (shard: ShardId) => void
}

export class FarMail implements Disposable {
  readonly #parts: FarMailParts
  readonly #shards = new Map<ShardId, Far>()

  constructor(parts: FarMailParts) {
    this.#parts = parts
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#shards.values()) timer?.[Symbol.dispose]()
    this.#shards.clear()
  }

  /** Recipients without a line. */
  get waiting(): number {
    let waiting = 0
    for (const far of this.#shards.values()) waiting += far.waiting
    return waiting
  }

  /** Shards that have any, or may have: while the backlog is read it is not known yet. */
  shards(): readonly ShardId[] {
    return [...this.#shards].filter(([, { waiting, isRead }]) => waiting > 0 || isRead).map(([shard]) => shard)
  }

  isFar(due: EpochMs): boolean {
    return due > this.#parts.clock.now() + SOON
  }

  add(shard: ShardId, waiting: number, due: EpochMs): void {
    const far = this.#of(shard)
    far.waiting += waiting
    if (due >= far.due) return
    far.due = due
    if (!far.isRead) this.#arm(shard, far)
  }

  /** Some got a line, or are gone. The next reading counts them anew. */
  less(shard: ShardId, waiting: number): void {
    const far = this.#shards.get(shard)
    if (far !== undefined && !far.isRead) far.waiting = Math.max(0, far.waiting - waiting)
  }

  /** The backlog of the shard is read from its beginning. */
  begin(shard: ShardId): void {
    const far = this.#of(shard)
    far.timer?.[Symbol.dispose]()
    Object.assign(far, { waiting: 0, due: Infinity, timer: null, isRead: true })
  }

  /** It was read to its end. */
  end(shard: ShardId): void {
    const far = this.#of(shard)
    far.isRead = false
    if (far.due === Infinity) this.#shards.delete(shard)
    else this.#arm(shard, far)
  }

  #of(shard: ShardId): Far {
    let far = this.#shards.get(shard)
    if (far === undefined) this.#shards.set(shard, (far = { waiting: 0, due: Infinity, timer: null, isRead: false }))
    return far
  }

  #arm(shard: ShardId, far: Far): void {
    far.timer?.[Symbol.dispose]()
    const { clock, read } = this.#parts
    far.timer = clock.after(Math.max(0, far.due - AHEAD - clock.now()), () => {
      far.timer = null
      read(shard)
    })
  }
}
