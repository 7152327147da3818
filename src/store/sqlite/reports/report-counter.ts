// Counts events into the rollups: follows the desk, counts in memory, and writes what was counted together with how far it read. Small steps, as
// whoever asks for a report has its turn between two of them.
import type { EventFollower } from '../../../engine/ports/event-follower.ts'
import { readEvents } from '../../../message/event-line.ts'
import { Gathering } from '../../../policy/reports/gathering.ts'
import { LineFields, NUMBER } from '../../../policy/reports/line-fields.ts'
import { Tally } from '../../../policy/reports/tally.ts'
import type { ReportBook } from './report-book.ts'

const LINE_FEED = 0x0a

export class ReportCounter {
  readonly #book: ReportBook
  readonly #follower: EventFollower
  readonly #tally = new Tally()
  readonly #gathering = new Gathering(this.#tally)
  readonly #line = new LineFields()
  /** Read and not written yet, by shard. */
  readonly #read = new Map<number, number>()
  /** Days that were let go of before they were counted. */
  #missed: string | null = null

  /** `follower`: it begins at the position of the book. */
  constructor(book: ReportBook, follower: EventFollower) {
    this.#book = book
    this.#follower = follower
  }

  /** Whether anything waits to be written. */
  get isPending(): boolean {
    return this.#read.size > 0
  }

  /** The newest day of those that were let go of before they were counted; null: none. */
  get missed(): string | null {
    return this.#missed
  }

  /** Counts some; false: there are none for now. What was counted is to be written where `isFull` says so. */
  step(): boolean {
    if (this.#tally.isFull) this.write()
    const next = this.#follower.next()
    if (next === null) return false
    if (next.kind === 'gap') {
      this.#missed = next.day
      return true
    }
    this.#count(next.shard, next.after, next.lines)
    this.#read.set(next.shard, next.upTo)
    return true
  }

  write(): void {
    if (!this.isPending) return
    this.#book.commit(this.#tally, this.#gathering, this.#read)
    this.#gathering.weigh()
    this.#gathering.shrink()
    this.#tally.clear()
    this.#read.clear()
  }

  /** From a day (UTC) on anew. */
  rebuild(day: number): void {
    this.write()
    this.#book.rebuild(day)
    this.#follower.seek(this.#book.position())
  }

  #count(shard: number, after: number, lines: Uint8Array): void {
    const line = this.#line
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(LINE_FEED, start)
      if (end < 0) throw new Error('events end within a line')
      if (line.read(lines, start, end)) {
        const at = line.numbers[NUMBER.at] ?? 0
        if (line.number > after && this.#book.takes(shard, line.number, at)) this.#tally.addLine(line)
      } else
        for (const { event, number } of readEvents(lines.subarray(start, end + 1), after))
          if (this.#book.takes(shard, number, event.at)) this.#tally.add(event)
      start = end + 1
    }
  }
}
