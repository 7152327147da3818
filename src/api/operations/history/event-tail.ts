// The newest events in the order in which they were committed, for those who follow. The store orders by time, and shards commit
// late: a follower that paged by time would miss events. A cursor is this process's run and a number; one that is of another
// run or fell out of here goes on with the oldest that is still here. Kept as lines, as nobody may follow, in memory that is used again
// and again: what lives this long would otherwise wait for a major collection.
import type { NumberedEvent } from '../../../contract/events.ts'
import { eventsOf } from '../../../message/event-line.ts'

/** The oldest page is written over when the newest is full: 6,000 to 12,000 events. A line is far smaller than a page. */
const PAGE = 1024 * 1024
const PAGES = 5

const LINE_FEED = 0x0a

interface Page {
  /** Number of its first event. */
  readonly first: number
  readonly memory: Buffer
  used: number
}

export class EventTail {
  readonly #run: string
  readonly #pageSize: number
  /** Oldest first. */
  readonly #pages: Page[] = []
  /** Number of the next event, from 0. */
  #next = 0

  /** `run`: anything that differs at each start of the process. */
  constructor(run: string, pageSize = PAGE) {
    this.#run = run
    this.#pageSize = pageSize
  }

  /** Whole lines. */
  add(lines: Uint8Array): void {
    for (let rest = Buffer.from(lines.buffer, lines.byteOffset, lines.length); rest.length > 0;) {
      const page = this.#pageFor(rest.indexOf(LINE_FEED) + 1)
      const room = page.memory.length - page.used
      const taken = rest.length <= room ? rest.length : rest.lastIndexOf(LINE_FEED, room - 1) + 1
      rest.copy(page.memory, page.used, 0, taken)
      for (let at = rest.indexOf(LINE_FEED); at >= 0 && at < taken; at = rest.indexOf(LINE_FEED, at + 1)) this.#next++
      page.used += taken
      rest = rest.subarray(taken)
    }
  }

  /** Events after the cursor, oldest first; with a null cursor none, only where to go on from. */
  after(cursor: string | null, limit: number): { readonly events: readonly NumberedEvent[]; readonly last: string } {
    const oldest = this.#pages[0]?.first ?? 0
    const from = cursor === null ? this.#next : Math.max(oldest, this.#numberOf(cursor))
    const to = Math.min(this.#next, from + limit)
    const events: NumberedEvent[] = []
    for (const [i, { first, memory, used }] of this.#pages.entries()) {
      const behind = this.#pages[i + 1]?.first ?? this.#next
      if (behind <= from || first >= to) continue
      // A reader that keeps up wants the last few of some thousand lines: the others are only counted.
      const start = afterLines(memory, 0, from - first)
      const end = to >= behind ? used : afterLines(memory, start, to - Math.max(from, first))
      events.push(...eventsOf(memory.subarray(start, end)))
    }
    return { events, last: `${this.#run}.${to}` }
  }

  #pageFor(line: number): Page {
    const newest = this.#pages.at(-1)
    if (newest !== undefined && newest.memory.length - newest.used >= line) return newest
    const gone = this.#pages.length < PAGES ? undefined : this.#pages.shift()
    const memory = gone !== undefined && gone.memory.length >= line ? gone.memory : Buffer.alloc(Math.max(this.#pageSize, line))
    const page = { first: this.#next, memory, used: 0 }
    this.#pages.push(page)
    return page
  }

  #numberOf(cursor: string): number {
    const dot = cursor.lastIndexOf('.')
    const number = Number(cursor.slice(dot + 1))
    const ours = cursor.slice(0, Math.max(0, dot)) === this.#run && Number.isSafeInteger(number) && number >= 0 && number <= this.#next
    return ours ? number : 0
  }
}

/** Where the octets behind so many lines begin. */
function afterLines(memory: Buffer, start: number, lines: number): number {
  let at = start
  for (let n = 0; n < lines; n++) at = memory.indexOf(LINE_FEED, at) + 1
  return at
}
