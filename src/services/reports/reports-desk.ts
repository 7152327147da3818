// Reports as the desk has them: a thread that counts what it commits, and is asked. It runs while there is something to count or somebody asks, and
// ends when nothing happened for a while: a server at rest has no memory of it. On a stopped home the command counts and asks by itself.
import type { Ms } from '../../base/brand.ts'
import { every, machineClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { LiveStatus } from '../../api/operations/context.ts'
import type { Report, ReportRebuild } from '../../contract/report-operations.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import type { ReportDesk, ReportWish } from '../../engine/ports/reports.ts'
import { eventsFolder, reportsFolder } from '../../lifecycle/home-files.ts'
import { eventDays } from '../../store/sqlite/events/day-reader.ts'
import { reportMonths } from '../../store/sqlite/reports/report-book.ts'
import { ThreadLink } from '../../store/sqlite/thread-link.ts'
import type { CommittedFeed } from '../following/committed-feed.ts'
import { LineHandover } from '../following/line-handover.ts'
import type { FromReports, ReportsAsked, ReportsError } from './protocol.ts'
import { ReportsCore, type ReportsHome } from './reports-core.ts'

const homeOf = (home: string): ReportsHome => ({ events: eventsFolder(home), reports: reportsFolder(home) })

export interface ReportsParts {
  readonly home: string
  readonly feed: CommittedFeed
  readonly log: Log
  readonly now: () => number
  readonly pauses?: ReportPauses
}

export interface ReportPauses {
  /** What is committed while nothing counts waits so long, or until it is much: the day files have it. */
  readonly countedWithin: Ms
  /** Nothing was committed and nobody asked for so long: the thread ends. */
  readonly restsAfter: Ms
}

const PAUSES: ReportPauses = { countedWithin: 60_000, restsAfter: 60_000 }
const MOST_WAITING = 1024 * 1024

interface Running {
  readonly thread: ThreadLink
  readonly handover: LineHandover
}

export class ReportsThread implements ReportDesk, AsyncDisposable {
  readonly #parts: ReportsParts
  readonly #pauses: ReportPauses
  readonly #opened = new DisposableStack()
  #running: Running | null = null
  /** The one before is at its end: never two write. */
  #ending: Promise<void> = Promise.resolve()
  /** Octets that were committed since nothing counts. */
  #waiting = 0
  #due: Disposable | null = null
  /** How often something was committed or asked. */
  #uses = 0
  #trouble: { readonly at: number; readonly what: string } | null = null
  #isClosed = false

  constructor(parts: ReportsParts) {
    this.#parts = parts
    this.#pauses = parts.pauses ?? PAUSES
    this.#opened.use(parts.feed.add((told) => this.#committed(told)))
    let seen = -1
    this.#opened.use(
      every(machineClock, this.#pauses.restsAfter, () => {
        if (this.#running !== null && seen === this.#uses) void this.#rest(this.#running)
        seen = this.#uses
      }),
    )
    // What happened before, and was not counted.
    if (eventDays(homeOf(parts.home).events).length > 0) this.#soon()
  }

  query(wish: ReportWish): Promise<Report> {
    return this.#ask({ name: 'query', wish })
  }

  rebuild(): Promise<ReportRebuild> {
    return this.#ask({ name: 'rebuild' })
  }

  /** Lets go of months before this one (`2026-11`). */
  async prune(before: string): Promise<void> {
    const [oldest, ...later] = reportMonths(homeOf(this.#parts.home).reports)
    if (oldest !== undefined && oldest < before && later.length > 0) await this.#ask({ name: 'prune', before })
  }

  alerts(): LiveStatus['alerts'] {
    if (this.#trouble === null) return []
    const { at, what } = this.#trouble
    return [
      {
        key: 'reports',
        at,
        what: `Reports do not count now: ${what}.`,
        mend: 'Events wait; what is counted goes on by itself once the disk is well.',
      },
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#opened.dispose()
    this.#due?.[Symbol.dispose]()
    const running = this.#running
    if (running !== null) this.#end(running)
    await this.#ending
  }

  #committed(told: ShardLines): void {
    this.#uses++
    if (this.#running !== null) return this.#running.handover.committed(told)
    this.#waiting += told.lines.length
    if (this.#waiting >= MOST_WAITING) this.#start()
    else this.#soon()
  }

  #soon(): void {
    this.#due ??= machineClock.after(this.#pauses.countedWithin, () => this.#start())
  }

  #start(): void {
    this.#due?.[Symbol.dispose]()
    this.#due = null
    void this.#ending.then(() => (this.#isClosed ? undefined : this.#begun()))
  }

  /** The thread, which is started where there is none. Only behind `#ending`. */
  #begun(): ThreadLink {
    if (this.#running !== null) return this.#running.thread
    this.#due?.[Symbol.dispose]()
    this.#due = null
    this.#waiting = 0
    const handover = new LineHandover((message, transfer) => thread.post(message, transfer))
    const heard = (said: FromReports): void => ('took' in said ? handover.took(said.took) : this.#troubled(said.trouble))
    const url = new URL('./reports-thread.ts', import.meta.url)
    const thread = new ThreadLink('reports', url, homeOf(this.#parts.home), (said) => heard(said as FromReports))
    this.#running = { thread, handover }
    return thread
  }

  /** Ends it where it has counted all, and nothing came while it was asked. */
  async #rest(running: Running): Promise<void> {
    const uses = this.#uses
    const isDone = await running.thread.ask({ name: 'rest' } satisfies ReportsAsked).catch(() => false)
    if (isDone === true && uses === this.#uses && this.#running === running) this.#end(running)
  }

  #end({ thread }: Running): void {
    this.#running = null
    const close = { name: 'close' } satisfies ReportsAsked
    this.#ending = thread.ask(close).then(
      () => thread.ended(),
      () => thread.ended(),
    )
  }

  #troubled(what: string | null): void {
    this.#trouble = what === null ? null : { at: this.#parts.now(), what }
    if (what !== null) this.#parts.log.error('reports do not count now; it is tried again', { trouble: what })
  }

  async #ask<T>(asked: ReportsAsked): Promise<T> {
    this.#uses++
    await this.#ending
    if (this.#isClosed) throw new Fault('reports-failing', 'The server stops.', { blame: 'owner', temporary: true })
    try {
      return (await this.#begun().ask(asked)) as T
    } catch (error) {
      throw faultOf(error as ReportsError)
    }
  }
}

function faultOf({ message, fault }: ReportsError): Fault {
  if (fault !== null) return new Fault(fault.code, message, fault)
  return new Fault('reports-failing', `Reports cannot be read or written: ${message}.`, {
    blame: 'owner',
    temporary: true,
    mend: "Look at the disk of the home; 'hms doctor' says what is wrong. A month that is damaged may be moved away, and counted again as far as events are kept ('hms report rebuild').",
  })
}

/** Of a stopped home: what happened is counted before it is asked. */
export function reportsAtRest(home: string): ReportDesk {
  const counted = <T>(work: (core: ReportsCore) => T, isBefore: boolean): T => {
    using core = new ReportsCore(homeOf(home))
    const countAll = (): void => {
      while (core.step()) continue
      core.write()
    }
    try {
      if (isBefore) countAll()
      const result = work(core)
      if (!isBefore) countAll()
      return result
    } catch (error) {
      throw error instanceof Fault ? error : faultOf({ message: (error as Error).message, fault: null })
    }
  }
  return {
    query: async (wish) => counted((core) => core.query(wish), true),
    rebuild: async () => counted((core) => core.rebuild(), false),
  }
}
