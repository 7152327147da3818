// A block of events in the making, and what a search knows of it without reading it: the times between which it lies, the kinds that are
// in it, and a hash of every name.
import type { EpochMs } from '../../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEventKind } from '../../../contract/events.ts'
import { type LinedEvent, LinePick } from '../../../message/event-line.ts'
import { NameHashes } from './event-names.ts'

/** An event's number within its shard's outbox stays below this; shards are below 1,024. */
export const NUMBERS = 2 ** 43
/** Events in one block: what a search must read for one that it finds. Those of messages to many have thousands of names each. */
const MOST_EVENTS = 1000
const MOST_NAMES = 16_384

export function keyOf(id: string): number {
  const dot = id.indexOf('.')
  return Number(id.slice(0, dot)) * NUMBERS + Number(id.slice(dot + 1))
}

const KIND_BITS = new Map<MailEventKind, number>(MAIL_EVENT_KINDS.map((kind, n) => [kind, 2 ** n]))

export function kindBits(kinds: Iterable<MailEventKind>): number {
  let bits = 0
  for (const kind of kinds) bits |= KIND_BITS.get(kind) ?? 0
  return bits
}

export class EventBlock {
  /** Keys of its first and last event. */
  first = 0
  last = 0
  oldest: EpochMs = Infinity
  newest: EpochMs = -Infinity
  kinds = 0
  readonly names = new NameHashes()
  readonly lines = new LinePick()
  private readonly shard: number
  private count = 0

  constructor(shard: number) {
    this.shard = shard
  }

  get isFull(): boolean {
    return this.count >= MOST_EVENTS || this.names.hashes.size >= MOST_NAMES
  }

  add(one: LinedEvent): void {
    const { kind, at } = one.event
    this.last = this.shard * NUMBERS + one.number
    if (this.count++ === 0) this.first = this.last
    this.oldest = Math.min(this.oldest, at)
    this.newest = Math.max(this.newest, at)
    this.kinds |= KIND_BITS.get(kind) ?? 0
    this.names.add(one.event)
    this.lines.add(one)
  }
}
