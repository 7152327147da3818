// Reports as the desk has them: a thread that counts what it commits, and is asked. On a stopped home the command counts and asks by itself.
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { LiveStatus } from '../../api/operations/context.ts'
import type { Report, ReportRebuild } from '../../contract/report-operations.ts'
import type { ReportDesk, ReportWish } from '../../engine/ports/reports.ts'
import { eventsFolder, reportsFolder } from '../../lifecycle/home-files.ts'
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
}

export class ReportsThread implements ReportDesk, AsyncDisposable {
  readonly #parts: ReportsParts
  readonly #thread: ThreadLink
  readonly #ear: Disposable
  #trouble: { readonly at: number; readonly what: string } | null = null
  #isClosed = false

  constructor(parts: ReportsParts) {
    this.#parts = parts
    const handover = new LineHandover((message, transfer) => this.#thread.post(message, transfer))
    const heard = (said: FromReports): void => ('took' in said ? handover.took(said.took) : this.#troubled(said.trouble))
    const url = new URL('./reports-thread.ts', import.meta.url)
    this.#thread = new ThreadLink('reports', url, homeOf(parts.home), (said) => heard(said as FromReports))
    this.#ear = parts.feed.add((told) => handover.committed(told))
  }

  query(wish: ReportWish): Promise<Report> {
    return this.#ask({ name: 'query', wish })
  }

  rebuild(): Promise<ReportRebuild> {
    return this.#ask({ name: 'rebuild' })
  }

  /** Lets go of months before this one (`2026-11`). */
  prune(before: string): Promise<void> {
    return this.#ask({ name: 'prune', before })
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
    this.#ear[Symbol.dispose]()
    await this.#ask({ name: 'close' }).catch(() => undefined)
    this.#isClosed = true
    await this.#thread.ended()
  }

  #troubled(what: string | null): void {
    this.#trouble = what === null ? null : { at: this.#parts.now(), what }
    if (what !== null) this.#parts.log.error('reports do not count now; it is tried again', { trouble: what })
  }

  async #ask<T>(asked: ReportsAsked): Promise<T> {
    if (this.#isClosed) throw new Fault('reports-failing', 'The server stops.', { blame: 'owner', temporary: true })
    try {
      return (await this.#thread.ask(asked)) as T
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
