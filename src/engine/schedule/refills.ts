// Refills: which lines want rows from disk, a few lines a read and one read a shard at a time, round robin. A line whose due rows
// are all in memory is asked once for the time of its next row, as soon as few of its rows are left in memory.
import type { EpochMs, ShardId } from '../../base/brand.ts'
import type { MessageHead, QueuedMessage, WantedRows } from '../ports/spool.ts'
import { HIGHEST, orderOf, type Rank } from '../../contract/priority.ts'
import type { Surroundings } from '../surroundings.ts'
import { DEEP_ROWS, DeepLooks, placeAfter } from './deep-looks.ts'
import type { InHand } from './in-hand.ts'
import type { Line, Lines } from './lines.ts'
import type { Read } from './reads.ts'

/** Rows of a line in memory at most by refills, and below how many it wants more. */
const MOST_ROWS = 2000
const LOW_ROWS = MOST_ROWS / 2
/** Lines asked in one read. */
const LINES = 32
/** With so many rows in memory the time of the next one can wait. */
const FEW_ROWS = 32
/** Rows that one read returns at most, about: a read is a copy between threads. */
const ROWS_PER_READ = 4000
/** Until a line whose site is full is looked at again if nobody wakes it. */
const FULL_PATIENCE = 60_000
const FAR = 2 ** 53 - 1
/** Rows of the highest priority that are read at once of a line, past all others. */
const URGENT_ROWS = 500
const URGENT = orderOf({ priority: 'high' })
/** Until a line with more of these than its site takes is looked at again. */
const URGENT_PATIENCE = 1000

export interface RefillHost {
  readonly around: Surroundings
  readonly lines: Lines
  readonly inHand: InHand
  readonly isStopping: boolean
  beginRead(): Read
  takeRead(message: QueuedMessage, read: Read): number
  dueFrom(line: Line, due: number, isUrgent: boolean): void
  wakeAt(line: Line, at: number): void
  notBefore(line: Line): number
  isFull(line: Line, rank: Rank): boolean
  starving(line: Line): ReadonlySet<string> | null
  sourceOf(line: Line, head: MessageHead): string | null
  troubled(lines: readonly Line[], error: unknown): void
}

interface ShardRefill {
  readonly hungry: Line[]
  readonly unknown: Line[]
  /** With mail of the highest priority outside memory that is due. */
  readonly urgent: Line[]
  /** With too little in memory of some source. */
  readonly deep: Line[]
  isReading: boolean
}

export class Refills {
  readonly #host: RefillHost
  readonly #shards = new Map<ShardId, ShardRefill>()
  readonly #deep = new DeepLooks()
  #isStarved = false

  constructor(host: RefillHost) {
    this.#host = host
  }

  /** The line has rows outside memory that are due. */
  want(line: Line): void {
    if (line.hungry || this.#host.isStopping) return
    if (line.inHand >= LOW_ROWS) return this.#wantDeeper(line)
    const notBefore = this.#host.notBefore(line)
    if (notBefore > this.#host.around.clock.now()) return this.#host.wakeAt(line, notBefore)
    if (this.#host.isFull(line, 0)) return this.#sleeps(line)
    line.hungry = true
    const shard = this.#shardOf(line.shard)
    shard.hungry.push(line)
    this.#pump(line.shard, shard)
  }

  /** Enough of it is in memory, but perhaps not of each source that it may leave from. */
  #wantDeeper(line: Line): void {
    const host = this.#host
    const now = host.around.clock.now()
    if (!host.around.rules().hasPools || !this.#deep.mayLook(line, now) || host.inHand.isFull) return
    if (host.starving(line) === null) return this.#deep.restsFor(line, now)
    this.#deep.asked(line)
    const shard = this.#shardOf(line.shard)
    shard.deep.push(line)
    this.#pump(line.shard, shard)
  }

  /** A row of the line was put off without an attempt. */
  putOff(line: Line, due: EpochMs): void {
    if (this.#host.around.rules().hasPools) this.#deep.putOff(line, due)
  }

  /** The line has rows of the highest priority outside memory that are due: they go past what is read, and past a full memory. */
  wantUrgent(line: Line): void {
    if (line.isUrgent || this.#host.isStopping) return
    const now = this.#host.around.clock.now()
    const notBefore = this.#host.notBefore(line)
    if (notBefore > now) return this.#host.wakeAt(line, notBefore)
    if (this.#host.inHand.isFullFor(HIGHEST) || this.#host.isFull(line, HIGHEST)) return this.#host.wakeAt(line, now + URGENT_PATIENCE)
    line.isUrgent = true
    const shard = this.#shardOf(line.shard)
    shard.urgent.push(line)
    this.#pump(line.shard, shard)
  }

  /** A row of the line left memory, or it woke. */
  relieved(line: Line): void {
    if (this.#isStarved && this.#host.inHand.hasRoom) {
      this.#isStarved = false
      for (const [id, shard] of this.#shards) this.#pump(id, shard)
    }
    if (line.nextDue <= this.#host.around.clock.now()) this.want(line)
    else if (line.unknown && line.inHand < FEW_ROWS) this.#ask(line)
  }

  #shardOf(id: ShardId): ShardRefill {
    let shard = this.#shards.get(id)
    if (shard === undefined) this.#shards.set(id, (shard = { hungry: [], unknown: [], urgent: [], deep: [], isReading: false }))
    return shard
  }

  #pump(id: ShardId, shard: ShardRefill): void {
    if (shard.isReading || this.#host.isStopping) return
    if (shard.urgent.length > 0) void this.#readUrgent(id, shard, shard.urgent.splice(0, LINES))
    else if (shard.unknown.length > 0) void this.#readNext(id, shard, shard.unknown.splice(0, LINES))
    else if (shard.deep.length > 0) void this.#readDeeper(id, shard, shard.deep.splice(0, 1))
    else if (shard.hungry.length === 0) return
    else if (this.#host.inHand.isFull) this.#isStarved = true
    else {
      const lines = this.#nextHungry(shard)
      if (lines.length > 0) void this.#refill(id, shard, lines)
    }
  }

  /** Lines whose site has become full meanwhile go to sleep. */
  #nextHungry(shard: ShardRefill): readonly Line[] {
    const lines: Line[] = []
    let looked = 0
    for (const line of shard.hungry) {
      if (lines.length === LINES) break
      looked++
      if (!this.#host.isFull(line, 0)) lines.push(line)
      else {
        line.hungry = false
        this.#sleeps(line)
      }
    }
    shard.hungry.splice(0, looked)
    return lines
  }

  /** Its site wakes it; where that is forgotten, time does. */
  #sleeps(line: Line): void {
    this.#host.wakeAt(line, this.#host.around.clock.now() + FULL_PATIENCE)
  }

  async #refill(id: ShardId, shard: ShardRefill, lines: readonly Line[]): Promise<void> {
    shard.isReading = true
    const { around, inHand } = this.#host
    const now = around.clock.now()
    const most = Math.min(MOST_ROWS, Math.max(1, Math.floor(Math.min(ROWS_PER_READ, inHand.room) / lines.length)))
    // Those in memory are among the first and come again.
    const wanted = lines.map((line) => ({ line, domain: line.domain, limit: most + line.inHand }))
    using read = this.#host.beginRead()
    try {
      const found = await around.spool.due(id, rowsOf(wanted), now)
      const returned = countByDomain(found)
      for (const line of lines) line.hungry = false
      for (const message of found) this.#host.takeRead(message, read)
      for (const { line, domain, limit } of wanted) if ((returned.get(domain) ?? 0) < limit) this.#ranDry(line)
    } catch (error) {
      for (const line of lines) line.hungry = false
      this.#host.troubled(lines, error)
    }
    shard.isReading = false
    for (const line of lines) if (line.nextDue <= now) this.want(line)
    this.#pump(id, shard)
  }

  /** All that was due is in memory: what is left is due later, and when is asked once few are in memory. */
  #ranDry(line: Line): void {
    line.nextDue = Infinity
    if (line.waiting <= line.inHand) return
    line.unknown = true
    if (line.inHand < FEW_ROWS) this.#ask(line)
  }

  /** More came into memory while it was being asked. */
  #askLater(line: Line): void {
    line.unknown = true
    this.#host.wakeAt(line, this.#host.around.clock.now() + 1000)
  }

  /** Asks for the time of the line's next row. */
  #ask(line: Line): void {
    line.unknown = false
    const shard = this.#shardOf(line.shard)
    shard.unknown.push(line)
    this.#pump(line.shard, shard)
  }

  /** Takes what is due of the highest priority, whatever else waits; what follows tells from when there is more. */
  async #readUrgent(id: ShardId, shard: ShardRefill, lines: readonly Line[]): Promise<void> {
    shard.isReading = true
    const { around, inHand } = this.#host
    const now = around.clock.now()
    const wanted = lines.map(({ domain, urgentInHand }) => ({ domain, limit: URGENT_ROWS + urgentInHand, priority: URGENT }))
    using read = this.#host.beginRead()
    for (const line of lines) line.isUrgent = false
    try {
      const found = await around.spool.due(id, wanted, FAR)
      const returned = countByDomain(found)
      const later = new Map<string, number>()
      for (const { head, recipients } of found)
        for (const { n, domain, due } of recipients)
          if (due > now && !inHand.has(head.id, n)) later.set(domain, Math.min(due, later.get(domain) ?? Infinity))
      for (const [i, line] of lines.entries()) {
        const isCut = (returned.get(line.domain) ?? 0) >= (wanted[i]?.limit ?? 0)
        line.urgentDue = later.get(line.domain) ?? (isCut ? now : Infinity)
      }
      for (const { head, recipients } of found) this.#host.takeRead({ head, recipients: recipients.filter(({ due }) => due <= now) }, read)
      shard.isReading = false
      for (const line of lines) if (line.urgentDue < Infinity) this.#host.dueFrom(line, line.urgentDue, true)
    } catch (error) {
      shard.isReading = false
      this.#host.troubled(lines, error)
    }
    this.#pump(id, shard)
  }

  /** Takes, of one slice of a line, what leaves from sources that have too little. */
  async #readDeeper(id: ShardId, shard: ShardRefill, lines: readonly Line[]): Promise<void> {
    shard.isReading = true
    const host = this.#host
    const now = host.around.clock.now()
    using read = host.beginRead()
    try {
      for (const line of lines) {
        const after = this.#deep.begin(line, now)
        const found = await host.around.spool.due(id, [{ domain: line.domain, limit: DEEP_ROWS, after }], now)
        const starving = host.starving(line)
        for (const message of found) if (starving?.has(host.sourceOf(line, message.head) ?? '') === true) host.takeRead(message, read)
        host.wakeAt(line, this.#deep.seen(line, placeAfter(found, after), now))
      }
    } catch (error) {
      for (const line of lines) this.#deep.seen(line, null, now)
      host.troubled(lines, error)
    }
    shard.isReading = false
    this.#pump(id, shard)
  }

  /** The time of the first row of each line that is not in memory; where there is none, the count was too high. */
  async #readNext(id: ShardId, shard: ShardRefill, lines: readonly Line[]): Promise<void> {
    shard.isReading = true
    const { around, inHand, lines: all } = this.#host
    const wanted = lines.map((line) => ({ line, domain: line.domain, limit: 1 + line.inHand }))
    using read = this.#host.beginRead()
    try {
      const found = await around.spool.due(id, rowsOf(wanted), FAR)
      const next = new Map<string, number>()
      for (const { head, recipients } of found) {
        for (const { n, domain, due } of recipients) {
          if (inHand.has(head.id, n) || read.isStale(head.id, n)) continue
          next.set(domain, Math.min(due, next.get(domain) ?? Infinity))
        }
      }
      const returned = countByDomain(found)
      for (const { line, domain, limit } of wanted) {
        const due = next.get(domain)
        if (all.find(id, domain) !== line) {
          // It was dropped meanwhile: what was found now is not forgotten.
          if (due !== undefined) this.#host.dueFrom(all.of(id, domain), due, false)
          continue
        }
        if (due !== undefined) this.#host.dueFrom(line, due, false)
        else if ((returned.get(domain) ?? 0) >= limit) this.#askLater(line)
        else if (line.nextDue === Infinity) all.count(line, line.inHand - line.waiting)
        all.tidy(line)
      }
    } catch (error) {
      for (const line of lines) line.unknown = true
      this.#host.troubled(lines, error)
    }
    shard.isReading = false
    this.#pump(id, shard)
  }
}

function rowsOf(wanted: readonly WantedRows[]): readonly WantedRows[] {
  return wanted.map(({ domain, limit }) => ({ domain, limit }))
}

function countByDomain(messages: readonly QueuedMessage[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { recipients } of messages) for (const { domain } of recipients) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  return counts
}
