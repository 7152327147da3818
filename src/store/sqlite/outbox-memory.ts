// The newest committed events of a shard, so that who follows the outbox normally reads no disk. Bounded: who is further
// behind than it reaches reads the rows.
import type { MailEvent, NumberedEvent } from '../../contract/events.ts'

const MOST_EVENTS = 8_192

/** Events of one outbox row; the last of them has the number `last`, the others those right before it. */
export interface EventGroup {
  readonly last: number
  readonly events: readonly MailEvent[]
}

/** Adds the events of `group` after `after` to `into`, up to `limit` in all. */
export function numberEvents(shard: number, group: EventGroup, into: NumberedEvent[], after: number, limit: number): void {
  const first = group.last - group.events.length + 1
  for (let n = Math.max(0, after + 1 - first); n < group.events.length && into.length < limit; n++) {
    const event = group.events[n]
    if (event !== undefined) into.push({ ...event, id: `${shard}.${first + n}` })
  }
}

export class OutboxMemory {
  private readonly shard: number
  private groups: EventGroup[] = []
  private held = 0
  /** Every event after this number is here. */
  private from: number

  constructor(shard: number, from: number) {
    this.shard = shard
    this.from = from
  }

  add(group: EventGroup): void {
    this.groups.push(group)
    this.held += group.events.length
    while (this.held > MOST_EVENTS && this.groups.length > 1) this.dropOldest()
  }

  /** Null where it does not reach back far enough. */
  read(after: number, limit: number): NumberedEvent[] | null {
    if (after < this.from) return null
    const found: NumberedEvent[] = []
    for (const group of this.groups) {
      if (found.length >= limit) break
      if (group.last > after) numberEvents(this.shard, group, found, after, limit)
    }
    return found
  }

  release(upTo: number): void {
    while ((this.groups[0]?.last ?? Infinity) <= upTo) this.dropOldest()
  }

  private dropOldest(): void {
    const gone = this.groups.shift()
    if (gone === undefined) return
    this.held -= gone.events.length
    this.from = gone.last
  }
}
