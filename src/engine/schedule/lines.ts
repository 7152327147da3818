// What waits on disk, as the scheduler's memory has it: per shard and domain a count, how many of them are in memory, and a
// time before which none of the others is due. Counts may be too high for a moment (the start reads slices while mail comes
// in), never too low: too high costs a look at the disk, too low would leave mail lying.
import type { Domain, EpochMs, ShardId } from '../../base/brand.ts'
import type { QueuedRecipient } from '../ports/spool.ts'

export interface Line {
  readonly shard: ShardId
  readonly domain: Domain
  /** Recipients in the state `waiting` on disk, those in memory included. */
  waiting: number
  /** How many of these are in memory. */
  inHand: number
  /** None of those outside memory is due before; Infinity: there are none, or it is being asked. */
  nextDue: EpochMs
  /** The same of those of the highest priority, as far as is known. */
  urgentDue: EpochMs
  /** How many of these are in memory. */
  urgentInHand: number
  /** Waits for a read of these. */
  isUrgent: boolean
  /** Where it stands in the heap; Infinity: nowhere. */
  wakeAt: EpochMs
  /** Waits for a refill. */
  hungry: boolean
  /** Some are outside memory, and nobody knows when the first of them is due. */
  unknown: boolean
}

/** Each of its properties is named here: there are as many of these as domains with mail. */
function emptyLine(shard: ShardId, domain: Domain): Line {
  return {
    shard,
    domain,
    waiting: 0,
    inHand: 0,
    nextDue: Infinity,
    urgentDue: Infinity,
    urgentInHand: 0,
    isUrgent: false,
    wakeAt: Infinity,
    hungry: false,
    unknown: false,
  }
}

/** None of those outside memory is due before. */
export function firstDue({ nextDue, urgentDue }: Line): EpochMs {
  return Math.min(nextDue, urgentDue)
}

export class Lines {
  readonly #shards = new Map<ShardId, Map<Domain, Line>>()
  #waiting = 0
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** Recipients waiting in all lines. */
  get waiting(): number {
    return this.#waiting
  }

  find(shard: ShardId, domain: Domain): Line | undefined {
    return this.#shards.get(shard)?.get(domain)
  }

  of(shard: ShardId, domain: Domain): Line {
    let lines = this.#shards.get(shard)
    if (lines === undefined) this.#shards.set(shard, (lines = new Map()))
    let line = lines.get(domain)
    if (line === undefined) {
      line = emptyLine(shard, domain)
      lines.set(domain, line)
      this.#size++
    }
    return line
  }

  /** A recipient of the line came into memory (1), or left it (-1). */
  hand({ priority }: Pick<QueuedRecipient, 'priority'>, line: Line, change: 1 | -1): void {
    line.inHand += change
    if (priority < 0) line.urgentInHand += change
  }

  /** Changes the count of waiting recipients. */
  count(line: Line, change: number): void {
    const before = line.waiting
    line.waiting = Math.max(line.inHand, before + change, 0)
    this.#waiting += line.waiting - before
  }

  /** Forgets a line that has nothing left. */
  tidy(line: Line): void {
    if (line.waiting === 0 && line.inHand === 0 && !line.hungry && !line.unknown && !line.isUrgent && firstDue(line) === Infinity) {
      this.#forget(line)
    }
  }

  /** Forgets a line whose mail is on disk only, and due later. False where somebody is about to read it. */
  drop(line: Line): boolean {
    if (line.inHand > 0 || line.hungry || line.unknown || line.isUrgent || line.nextDue === Infinity) return false
    this.#waiting -= line.waiting
    this.#forget(line)
    return true
  }

  #forget(line: Line): void {
    line.wakeAt = Infinity
    if (this.#shards.get(line.shard)?.delete(line.domain) === true) this.#size--
  }

  *all(): Iterable<Line> {
    for (const lines of this.#shards.values()) yield* lines.values()
  }

  /** Lines of a domain in every shard. */
  *ofDomain(domain: Domain): Iterable<Line> {
    for (const lines of this.#shards.values()) {
      const line = lines.get(domain)
      if (line !== undefined) yield line
    }
  }
}
