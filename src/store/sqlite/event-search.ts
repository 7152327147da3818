// A search through one day, newest first, a step at a time: block by block, passing over those that cannot hold what is asked for. Blocks
// of several shards overlap in time, so it ends only when the last event that is wanted is newer than all of the blocks that are left.
import type { EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventFilter } from '../../engine/ports/stores.ts'
import { hashesOf, keyOf, kindBits } from './event-block.ts'
import type { BlockHead, DayFile } from './event-day.ts'

const HEADS = 256

/** Where a page ended. */
export interface EventPlace {
  readonly id: string
  readonly at: EpochMs
}

export class DaySearch {
  private readonly filter: EventFilter
  private readonly before: EventPlace | null
  private readonly limit: number
  private readonly hashes: readonly number[]
  private readonly kinds: number
  private heads: BlockHead[] = []
  private behind: BlockHead | null = null
  private isLast = false
  /** Newest first, at most the limit. Final when `step` has said false. */
  found: NumberedEvent[] = []

  /** Events older than `before`. */
  constructor(filter: EventFilter, before: EventPlace | null, limit: number) {
    this.filter = filter
    this.before = before
    this.limit = limit
    this.hashes = hashesOf(filter)
    this.kinds = kindBits(filter.kinds ?? [])
  }

  /** Reads at most one block with its events, and looks at no more than `HEADS`. False at the end. */
  step(day: DayFile): boolean {
    if (this.heads.length === 0) {
      if (this.isLast) return false
      this.heads = this.nextHeads(day)
      this.isLast = this.heads.length < HEADS
    }
    for (let head = this.heads.shift(); head !== undefined; head = this.heads.shift()) {
      this.behind = head
      if ((this.found[this.limit - 1]?.at ?? -Infinity) > head.newest) return false
      if (!this.mayHold(head)) continue
      this.take(day.eventsFrom(head.last))
      return true
    }
    return !this.isLast
  }

  private nextHeads(day: DayFile): BlockHead[] {
    const { since = 0, until = Number.MAX_SAFE_INTEGER } = this.filter
    const range = { since, until: Math.min(until, this.before?.at ?? until), behind: this.behind, limit: HEADS }
    return day.blocks(range, this.hashes.length > 0)
  }

  private mayHold({ kinds, hashes }: BlockHead): boolean {
    if (this.filter.kinds !== undefined && (kinds & this.kinds) === 0) return false
    return hashes === null || this.hashes.every((hash) => hashes.includes(hash))
  }

  private take(events: readonly NumberedEvent[]): void {
    for (const event of events) if (this.fits(event)) this.found.push(event)
    this.found = this.found.toSorted(newestFirst).slice(0, this.limit)
  }

  private fits(event: NumberedEvent): boolean {
    const { account, message, recipient, mailing, kinds, since = 0, until = Infinity } = this.filter
    if (event.at < since || event.at > until) return false
    if (this.before !== null && newestFirst(this.before, event) >= 0) return false
    if (account !== undefined && event.account !== account) return false
    if (message !== undefined && event.message !== message) return false
    if (mailing !== undefined && event.mailing !== mailing) return false
    if (recipient !== undefined && event.recipient.toLowerCase() !== recipient.toLowerCase()) return false
    return kinds === undefined || kinds.includes(event.kind)
  }
}

function newestFirst(a: EventPlace, b: EventPlace): number {
  return b.at - a.at || keyOf(b.id) - keyOf(a.id)
}
