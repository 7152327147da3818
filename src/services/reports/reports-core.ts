// Rollups of one home: counts events into them as they come, and answers from them. In a thread of the desk while a server runs; on a stopped home
// in the process of the command. What fails is begun again from what is on the disk, as after a crash.
import { messageOf } from '../../base/fault.ts'
import type { Report, ReportRebuild } from '../../contract/report-operations.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import type { ReportWish } from '../../engine/ports/reports.ts'
import { DAY } from '../../policy/reports/months.ts'
import { eventDays } from '../../store/sqlite/events/day-reader.ts'
import { DayFollower } from '../../store/sqlite/events/event-follower.ts'
import { ReportBook } from '../../store/sqlite/reports/report-book.ts'
import { ReportCounter } from '../../store/sqlite/reports/report-counter.ts'
import { queryReports } from '../../store/sqlite/reports/report-query.ts'

export interface ReportsHome {
  /** `<home>/events` */
  readonly events: string
  /** `<home>/reports` */
  readonly reports: string
}

interface Opened {
  readonly book: ReportBook
  readonly follower: DayFollower
  readonly counter: ReportCounter
}

export class ReportsCore implements Disposable {
  readonly #home: ReportsHome
  #opened: Opened | null = null
  #isAtEdge = false

  constructor(home: ReportsHome) {
    this.#home = home
  }

  [Symbol.dispose](): void {
    this.#opened?.book[Symbol.dispose]()
    this.#opened = null
  }

  offer(lines: ShardLines): void {
    this.#opened?.follower.offer(lines)
    this.#isAtEdge = false
  }

  look(): void {
    this.#opened?.follower.look()
    this.#isAtEdge = false
  }

  /** Works a little; false: nothing is left to do for now. Throws where it fails, and begins anew the next time. */
  step(): boolean {
    return this.#safely(({ counter, book }) => {
      if (counter.step()) return true
      this.#isAtEdge = true
      return book.closeSome()
    })
  }

  /** What was counted is on the disk behind it. */
  write(): void {
    this.#safely(({ counter }) => counter.write())
  }

  /** Whether all that was told is counted and on the disk. */
  isAtRest(): boolean {
    if (!this.#isAtEdge) return false
    this.write()
    return this.#safely(({ book }) => book.rebuilding() === null)
  }

  query(wish: ReportWish): Report {
    this.write()
    const isBehind = !this.#isAtEdge || this.#safely(({ book }) => book.rebuilding() !== null)
    return { ...queryReports(this.#home.reports, wish), isBehind }
  }

  /** From the first day on whose events are all there. */
  rebuild(): ReportRebuild {
    const [oldest] = eventDays(this.#home.events)
    if (oldest === undefined) return { since: null }
    this.#safely(({ counter }) => counter.rebuild(Date.parse(oldest) / DAY))
    this.look()
    return { since: oldest }
  }

  /** Lets go of months before this one. */
  prune(before: string): void {
    this.#safely(({ book }) => book.prune(before))
  }

  #safely<T>(work: (opened: Opened) => T): T {
    try {
      return work(this.#open())
    } catch (error) {
      try {
        this[Symbol.dispose]()
      } catch {
        // It could not be written: nor closed.
        this.#opened = null
      }
      throw new Error(`${this.#home.reports}: ${messageOf(error)}`, { cause: error })
    }
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened
    const book = new ReportBook(this.#home.reports)
    const follower = new DayFollower({ folder: this.#home.events, from: book.position(), passing: true })
    this.#isAtEdge = false
    return (this.#opened = { book, follower, counter: new ReportCounter(book, follower) })
  }
}
