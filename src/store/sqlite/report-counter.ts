// Counts events into the rollups: follows the desk, counts in memory, and writes what was counted together with how far it read. Small steps, as
// whoever asks for a report has its turn between two of them.
import type { EventFollower } from '../../engine/ports/event-follower.ts'
import { readEvents } from '../../message/event-line.ts'
import { Tally } from '../../policy/reports/tally.ts'
import type { ReportBook } from './report-book.ts'

export class ReportCounter {
  readonly #book: ReportBook
  readonly #follower: EventFollower
  readonly #tally = new Tally()
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
    for (const { event, number } of readEvents(next.lines, next.after))
      if (this.#book.takes(next.shard, number, event.at)) this.#tally.add(event)
    this.#read.set(next.shard, next.upTo)
    return true
  }

  write(): void {
    if (!this.isPending) return
    this.#book.commit(this.#tally, this.#read)
    this.#tally.clear()
    this.#read.clear()
  }

  /** From a day (UTC) on anew. */
  rebuild(day: number): void {
    this.write()
    this.#book.rebuild(day)
    this.#follower.seek(this.#book.position())
  }
}
