// A block of events in the making, and what a search knows of it without reading it: the times between which it lies, the kinds that are
// in it, and a hash of every message, recipient, mailing and account.
import type { EpochMs } from '../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEventKind, type NumberedEvent } from '../../contract/events.ts'
import type { EventFilter } from '../../engine/ports/stores.ts'
import { type LinedEvent, LinePick } from '../../message/event-line.ts'

/** An event's number within its shard's outbox stays below this; shards are below 1,024. */
export const NUMBERS = 2 ** 43
/** Events in one block: what a search must read for one that it finds. */
const MOST_EVENTS = 1000

export function keyOf(id: string): number {
  const dot = id.indexOf('.')
  return Number(id.slice(0, dot)) * NUMBERS + Number(id.slice(dot + 1))
}

type Name = 'message' | 'recipient' | 'mailing' | 'account'

/** FNV-1a over UTF-16 units of the lower-cased name: spread, not secrecy. */
export function hashOf(of: Name, name: string | number): number {
  const text = String(name).toLowerCase()
  let hash = 0x811c9dc5 ^ of.charCodeAt(0)
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

const KIND_BITS = new Map<MailEventKind, number>(MAIL_EVENT_KINDS.map((kind, n) => [kind, 2 ** n]))

export function kindBits(kinds: Iterable<MailEventKind>): number {
  let bits = 0
  for (const kind of kinds) bits |= KIND_BITS.get(kind) ?? 0
  return bits
}

/** The hashes that a block has for certain where an event in it fits the filter. */
export function hashesOf({ message, recipient, mailing, account }: EventFilter): number[] {
  const hashes: number[] = []
  if (message !== undefined) hashes.push(hashOf('message', message))
  if (recipient !== undefined) hashes.push(hashOf('recipient', recipient))
  if (mailing !== undefined) hashes.push(hashOf('mailing', mailing))
  if (account !== undefined) hashes.push(hashOf('account', account))
  return hashes
}

/** What a search knows of a block's events. */
export function hashesOfEvents(events: readonly NumberedEvent[]): Set<number> {
  const hashes = new Set<number>()
  for (const { message, recipient, mailing, account } of events) {
    hashes.add(hashOf('message', message)).add(hashOf('recipient', recipient)).add(hashOf('account', account))
    if (mailing !== null) hashes.add(hashOf('mailing', mailing))
  }
  return hashes
}

export class EventBlock {
  /** Keys of its first and last event. */
  first = 0
  last = 0
  oldest: EpochMs = Infinity
  newest: EpochMs = -Infinity
  kinds = 0
  readonly hashes = new Set<number>()
  readonly lines = new LinePick()
  private readonly shard: number
  private count = 0

  constructor(shard: number) {
    this.shard = shard
  }

  get isFull(): boolean {
    return this.count >= MOST_EVENTS
  }

  add(one: LinedEvent): void {
    const { message, recipient, mailing, account, kind, at } = one.event
    this.last = this.shard * NUMBERS + one.number
    if (this.count++ === 0) this.first = this.last
    this.oldest = Math.min(this.oldest, at)
    this.newest = Math.max(this.newest, at)
    this.kinds |= KIND_BITS.get(kind) ?? 0
    this.hashes.add(hashOf('message', message)).add(hashOf('recipient', recipient)).add(hashOf('account', account))
    if (mailing !== null) this.hashes.add(hashOf('mailing', mailing))
    this.lines.add(one)
  }
}
