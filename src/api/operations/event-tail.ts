// The newest events in the order in which they were committed, for those who follow. The store orders by time, and shards commit
// late: a follower that paged by time would miss events. A cursor is this process's run and a number; one that is of another
// run or fell out of the ring goes on with the oldest that is still here.
import type { NumberedEvent } from '../../contract/events.ts'

const MOST_KEPT = 10_000

export class EventTail {
  readonly #run: string
  readonly #kept: (NumberedEvent | undefined)[] = []
  readonly #most: number
  /** Number of the next event, from 0. */
  #next = 0

  /** `run`: anything that differs at each start of the process. */
  constructor(run: string, most = MOST_KEPT) {
    this.#run = run
    this.#most = most
  }

  add(events: readonly NumberedEvent[]): void {
    for (const event of events) this.#kept[this.#next++ % this.#most] = event
  }

  /** Events after the cursor, oldest first; with a null cursor none, only where to go on from. */
  after(cursor: string | null, limit: number): { readonly events: readonly NumberedEvent[]; readonly last: string } {
    const oldest = Math.max(0, this.#next - this.#most)
    const from = cursor === null ? this.#next : Math.max(oldest, this.#numberOf(cursor))
    const to = Math.min(this.#next, from + limit)
    const events: NumberedEvent[] = []
    for (let n = from; n < to; n++) {
      const event = this.#kept[n % this.#most]
      if (event !== undefined) events.push(event)
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
