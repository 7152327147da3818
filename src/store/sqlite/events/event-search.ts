// A search through one day, newest first, a step at a time: block by block, passing over those that cannot hold what is asked for. Blocks
// of several shards overlap in time, so it ends only when the last event that is wanted is newer than all of the blocks that are left.
import type { EpochMs } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { EventFilter } from '../../../engine/ports/stores.ts'
import { keyOf } from './event-block.ts'
import type { EventMatcher } from './event-match.ts'
import type { BlockHead, SearchedDay } from './searched-day.ts'

const HEADS = 256
/** Blocks that the index finds, and others beside it, up to which all are looked at at once. */
const MOST_CHOSEN = 1000

/** Where a page ended. */
export interface EventPlace {
  readonly id: string
  readonly at: EpochMs
}

/** What a search is for; the same for all of its days. */
export interface Search {
  readonly filter: EventFilter
  readonly matcher: EventMatcher
  /** Events older than it. */
  readonly before: EventPlace | null
}

export class DaySearch {
  readonly #search: Search
  readonly #limit: number
  readonly #day: SearchedDay
  readonly #clauses: readonly (readonly number[])[]
  /** Keys of blocks that the index gives; null: it was not asked. */
  readonly #indexed: ReadonlySet<number> | null
  #heads: BlockHead[] = []
  #behind: BlockHead | null = null
  #isLast = false
  /** Newest first, at most the limit. Final when `step` has said false. */
  found: NumberedEvent[] = []

  constructor(search: Search, limit: number, day: SearchedDay) {
    this.#search = search
    this.#limit = limit
    this.#day = day
    this.#clauses = search.matcher.clauses(day.format)
    this.#indexed = this.#clauses.length === 0 ? null : day.indexed(this.#clauses)
    if (this.#indexed === null || this.#indexed.size > MOST_CHOSEN || day.hasOpen(MOST_CHOSEN)) return
    this.#heads = day.chosen(this.#indexed).filter((head) => this.#isInTime(head))
    this.#isLast = true
  }

  /** Reads at most one block with its events, and looks at no more than `HEADS`. False at the end. */
  step(): boolean {
    if (this.#heads.length === 0) {
      if (this.#isLast) return false
      this.#heads = this.#nextHeads()
      this.#isLast = this.#heads.length < HEADS
    }
    for (let head = this.#heads.shift(); head !== undefined; head = this.#heads.shift()) {
      this.#behind = head
      if ((this.found[this.#limit - 1]?.at ?? -Infinity) > head.newest) return false
      if (!this.#mayHold(head)) continue
      this.#take(this.#day.lines(head.last))
      return true
    }
    return !this.#isLast
  }

  /** Nothing newer than this is left to be read. */
  get reached(): EpochMs {
    return this.#heads[0]?.newest ?? this.#behind?.newest ?? this.#until
  }

  get #until(): EpochMs {
    const { before, filter } = this.#search
    return Math.min(filter.until ?? Number.MAX_SAFE_INTEGER, before?.at ?? Number.MAX_SAFE_INTEGER)
  }

  #isInTime({ oldest, newest }: BlockHead): boolean {
    return newest >= (this.#search.filter.since ?? 0) && oldest <= this.#until
  }

  #nextHeads(): BlockHead[] {
    const range = { since: this.#search.filter.since ?? 0, until: this.#until, behind: this.#behind, limit: HEADS }
    return this.#day.blocks(range, this.#indexed !== null)
  }

  #mayHold({ last, kinds, hashes }: BlockHead): boolean {
    const wanted = this.#search.matcher.kinds
    if (wanted !== 0 && (kinds & wanted) === 0) return false
    if (this.#indexed === null || this.#indexed.has(last)) return true
    return hashes !== null && this.#clauses.every((clause) => clause.some((hash) => hashes.includes(hash)))
  }

  #take(lines: string): void {
    const { matcher, before } = this.#search
    for (const line of lines.split('\n')) {
      if (line === '' || !matcher.mayFit(line)) continue
      const { time: _time, ...event } = JSON.parse(line) as NumberedEvent & { readonly time: string }
      const one = event as NumberedEvent
      if (matcher.fits(one) && (before === null || newestFirst(before, one) < 0)) this.found.push(one)
    }
    this.found = this.found.toSorted(newestFirst).slice(0, this.#limit)
  }
}

function newestFirst(a: EventPlace, b: EventPlace): number {
  return b.at - a.at || keyOf(b.id) - keyOf(a.id)
}
