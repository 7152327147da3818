// The newest events in the order in which they were committed, for those who follow. The store orders by time, and shards commit
// late: a follower that paged by time would miss events. A cursor is this process's run and a number; one that is of another
// run or fell out of here goes on with the oldest that is still here. Kept as lines, as nobody may follow, in memory that is used again
// and again: what lives this long would otherwise wait for a major collection.
import type { AccountId } from '../../../base/brand.ts'
import type { NewestEvents, NumberedEvent } from '../../../contract/events.ts'
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

  /** The last ones after the cursor, oldest first, and how many came before them: of all accounts, or of one. */
  newest(cursor: string | null, most: number, account: AccountId | null): NewestEvents {
    const last = `${this.#run}.${this.#next}`
    const from = cursor === null ? this.#next : Math.max(this.#pages[0]?.first ?? 0, this.#numberOf(cursor))
    if (account === null) {
      const events = this.#lastOf(Math.min(most, this.#next - from))
      return { events, left: this.#next - from - events.length, last }
    }
    const own = this.#ownAfter(from, account)
    return { events: own.slice(-most), left: Math.max(0, own.length - most), last }
  }

  /** Read from the end: what is left out costs nothing. */
  #lastOf(count: number): NumberedEvent[] {
    const parts: NumberedEvent[][] = []
    let wanted = count
    for (const [i, { first, memory, used }] of [...this.#pages.entries()].toReversed()) {
      if (wanted === 0) break
      const taken = Math.min(wanted, (this.#pages[i + 1]?.first ?? this.#next) - first)
      parts.unshift(eventsOf(memory.subarray(beforeLines(memory, used, taken), used)))
      wanted -= taken
    }
    return parts.flat()
  }

  /** Lines of others are not read, as long as they do not name the account. */
  #ownAfter(from: number, account: AccountId): NumberedEvent[] {
    const named = `"account":${account}`
    return this.#pages.flatMap(({ first, memory, used }, i) => {
      if ((this.#pages[i + 1]?.first ?? this.#next) <= from) return []
      const own: NumberedEvent[] = []
      const lines = memory.subarray(0, used)
      let at = afterLines(lines, 0, from - first)
      for (let found = lines.indexOf(named, at); found >= 0; found = lines.indexOf(named, at)) {
        at = lines.indexOf(LINE_FEED, found) + 1
        const line = lines.subarray(lines.lastIndexOf(LINE_FEED, found) + 1, at)
        // It may be about the account without being its own, or of one whose number begins so.
        own.push(...eventsOf(line).filter((event) => event.account === account))
      }
      return own
    })
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

/** Where the last so many lines before `end` begin. */
function beforeLines(memory: Buffer, end: number, lines: number): number {
  let at = end
  for (let n = 0; n < lines; n++) at = at < 2 ? 0 : memory.lastIndexOf(LINE_FEED, at - 2) + 1
  return at
}
