// Assembly jobs: one message for many recipients, handed in little by little in the background.
import type { Count, Limit1000, RecordNumber } from './forms.ts'
import type { AccountId, EpochMs } from '../base/brand.ts'

/** How many at most. @integer @minimum 1 @maximum 10 */
export type Limit10 = number

/**
 * `reading`: its recipients are coming in; nothing leaves. `sending`: they are handed in, from `start` on, unless it is paused. `done`: all were.
 * `cancelled`: those not yet handed in never are. `failed`: its recipients broke off; nothing was sent.
 */
export type JobState = 'reading' | 'sending' | 'done' | 'cancelled' | 'failed'

export interface Job {
  readonly id: number
  readonly account: AccountId
  readonly name: string
  readonly by: string
  readonly at: EpochMs
  /** Nothing is handed in before. */
  readonly start: EpochMs
  readonly state: JobState
  /** By whom and why; null: it is not. */
  readonly paused: string | null
  /** Why it waits, or failed: a sentence. */
  readonly trouble: string | null
  /** When it was done or cancelled, or failed. */
  readonly ended: EpochMs | null
  /** Rows that were read: those of recipients, and those that could not be used. */
  readonly recipients: number
  readonly bad: number
  /** Recipients that were handed in: taken into the queue, and refused. */
  readonly queued: number
  readonly refused: number
}

/** Rows of one call. @maxItems 5000 */
export type JobRows = readonly JobRow[]
/** A row as it comes in. */
export type JobRow = JobRecipient | { readonly line: number; readonly problem: string }

export interface JobRecipient {
  /** Of the file, or the row of a query; from 1. */
  readonly line: number
  readonly to: string
  readonly name?: string
  readonly id?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A row that could not be used, or a recipient that was refused. */
export interface BadRow {
  readonly line: number
  readonly problem: string
}

export const JOB_BOUNDS = {
  /** Rows of one call. */
  rows: 5000,
  /** Recipients of a job. */
  recipients: 20_000_000,
  /** Bad rows that are listed; all are counted. */
  bad: 10_000,
  /** Jobs that are not over. */
  jobs: 1000,
  /** Without rows, after which a job whose recipients are still coming in is given up. */
  silence: 3_600_000,
  /** Characters of the data of one recipient, as JSON. */
  data: 16 * 1024,
  /** Characters of a job file. */
  file: 32 * 1024 * 1024,
} as const

export interface JobOperations {
  /**
   * Of a job file what is sent (policy/jobs/job-file.ts), without the recipients: they follow with `job.rows`. `trial`: it is only looked at,
   * uses up no number and cannot begin.
   */
  'job.add': { params: { document: unknown; trial?: boolean }; result: Job }
  /** `after`: rows that came before. Where none come for an hour, the job fails; no rows at all say that there will be. A row that cannot be used is told with its line; nobody is told of the job before it is begun. */
  'job.rows': { params: { id: RecordNumber; after: Count; rows: JobRows }; result: Job }
  /** All recipients are there: they are handed in from its start on. */
  'job.begin': { params: { id: RecordNumber }; result: Job }
  /** Newest first, of one account or all. `after`: the last that was told before. */
  'job.list': { params: { account?: AccountId; after?: RecordNumber; limit: Limit1000 }; result: { jobs: readonly Job[] } }
  'job.show': { params: { id: RecordNumber }; result: Job }
  /** Rows that could not be used and recipients that were refused, by line: of each job the first 10,000. */
  'job.bad': { params: { id: RecordNumber; after?: Count; limit: Limit1000 }; result: { rows: readonly BadRow[] } }
  /** Messages of the first recipients as they would leave, but for tracking and signatures. */
  'job.preview': { params: { id: RecordNumber; limit: Limit10 }; result: { messages: readonly { to: string; text: string }[] } }
  'job.pause': { params: { id: RecordNumber }; result: Job }
  'job.resume': { params: { id: RecordNumber }; result: Job }
  'job.cancel': { params: { id: RecordNumber }; result: Job }
  /** What is known of one that does not send. */
  'job.forget': { params: { id: RecordNumber }; result: Record<never, never> }
}
