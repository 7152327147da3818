// The newest committed events of a shard, so that who follows the outbox normally reads no disk. Bounded: who is further
// behind than it reaches reads the rows.

const MOST_OCTETS = 4 * 1024 * 1024
/** Of one answer, but for the group that goes beyond it: what a message to thousands is told by is long. */
const MOST_READ = 2 * 1024 * 1024

/** Events of one outbox row, a line each; the last of them has the number `last`, the others those right before it. */
export interface EventGroup {
  readonly last: number
  readonly count: number
  readonly lines: Uint8Array
}

export class OutboxMemory {
  private groups: EventGroup[] = []
  private held = 0
  /** Every event after this number is here. */
  private from: number

  constructor(from: number) {
    this.from = from
  }

  add(group: EventGroup): void {
    this.groups.push(group)
    this.held += group.lines.length
    while (this.held > MOST_OCTETS && this.groups.length > 1) this.dropOldest()
  }

  /** Whole groups, until there are `limit` events or enough octets. Null where it does not reach back far enough. */
  read(after: number, limit: number): Uint8Array[] | null {
    if (after < this.from) return null
    const found: Uint8Array[] = []
    let [count, octets] = [0, 0]
    for (const group of this.groups) {
      if (count >= limit || octets >= MOST_READ) break
      if (group.last <= after) continue
      found.push(group.lines)
      count += group.count
      octets += group.lines.length
    }
    return found
  }

  release(upTo: number): void {
    while ((this.groups[0]?.last ?? Infinity) <= upTo) this.dropOldest()
  }

  private dropOldest(): void {
    const gone = this.groups.shift()
    if (gone === undefined) return
    this.held -= gone.lines.length
    this.from = gone.last
  }
}
