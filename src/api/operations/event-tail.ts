// The newest events in the order in which they were committed, for those who follow. The store orders by time, and shards commit
// late: a follower that paged by time would miss events. A cursor is this process's run and a number; one that is of another
// run or fell out of here goes on with the oldest that is still here. Kept as lines: nobody may follow.
import type { NumberedEvent } from '../../contract/events.ts'
import { eventsOf } from '../../message/event-line.ts'

/** The newest so many are here, and what came in one batch with them. */
const MOST_KEPT = 10_000

interface Kept {
  /** Number of its first event. */
  readonly first: number
  readonly lines: Uint8Array
}

export class EventTail {
  readonly #run: string
  readonly #most: number
  /** Oldest first. */
  #kept: Kept[] = []
  /** Number of the next event, from 0. */
  #next = 0

  /** `run`: anything that differs at each start of the process. */
  constructor(run: string, most = MOST_KEPT) {
    this.#run = run
    this.#most = most
  }

  /** `count`: of the lines. */
  add(lines: Uint8Array, count: number): void {
    this.#kept.push({ first: this.#next, lines })
    this.#next += count
    while ((this.#kept[1]?.first ?? Infinity) <= this.#next - this.#most) this.#kept.shift()
  }

  /** Events after the cursor, oldest first; with a null cursor none, only where to go on from. */
  after(cursor: string | null, limit: number): { readonly events: readonly NumberedEvent[]; readonly last: string } {
    const oldest = this.#kept[0]?.first ?? 0
    const from = cursor === null ? this.#next : Math.max(oldest, this.#numberOf(cursor))
    const to = Math.min(this.#next, from + limit)
    const events: NumberedEvent[] = []
    for (const [i, { first, lines }] of this.#kept.entries()) {
      const behind = this.#kept[i + 1]?.first ?? this.#next
      if (behind > from && first < to) events.push(...eventsOf(lines).slice(Math.max(0, from - first), to - first))
    }
    return { events, last: `${this.#run}.${to}` }
  }

  #numberOf(cursor: string): number {
    const dot = cursor.lastIndexOf('.')
    const number = Number(cursor.slice(dot + 1))
    const ours = cursor.slice(0, Math.max(0, dot)) === this.#run && Number.isSafeInteger(number) && number >= 0 && number <= this.#next
    return ours ? number : 0
  }
}
