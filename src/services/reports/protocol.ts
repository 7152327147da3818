// What the desk and its thread of reports say to each other.
import type { FaultOptions } from '../../base/fault.ts'
import type { ReportWish } from '../../engine/ports/reports.ts'
import type { ToFollower } from '../following/line-handover.ts'

export type ReportsAsked =
  | { readonly name: 'query'; readonly wish: ReportWish }
  | { readonly name: 'rebuild' }
  | { readonly name: 'prune'; readonly before: string }
  /** Whether there is nothing to do; what was counted is on the disk then. */
  | { readonly name: 'rest' }
  | { readonly name: 'close' }

export type ToReports = ToFollower | (ReportsAsked & { readonly id: number })

/** What is no answer: a batch was taken, or why it does not count now (null: it does). */
export type FromReports = { readonly took: number } | { readonly trouble: string | null }

export interface ReportsError {
  readonly message: string
  /** Where it is one. */
  readonly fault: (FaultOptions & { readonly code: string }) | null
}
