// Where jobs are: their recipients, and how far each came.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import type { BadRow, Job, JobRecipient, JobRow } from '../../contract/jobs.ts'

export interface NewJob {
  readonly account: AccountId
  readonly name: string
  readonly by: string
  readonly at: EpochMs
  readonly start: EpochMs
  /** What is sent, as JSON. */
  readonly document: string
  /** It is only looked at. */
  readonly trial?: true
}

export interface JobsAsked {
  readonly account?: AccountId
  /** The last that was told before. */
  readonly after?: number
  readonly limit: number
}

/** What an owner does with jobs. Those that name one reject with a Fault where there is none, or it is not in the state for that. */
export interface JobBook {
  add(job: NewJob): Promise<Job>
  /** `after`: rows that came before; what came already is not taken again. */
  rows(id: number, after: number, rows: readonly JobRow[], at: EpochMs): Promise<Job>
  /** All rows are there. */
  begin(id: number): Promise<Job>
  /** Newest first. */
  list(asked: JobsAsked): Promise<readonly Job[]>
  show(id: number): Promise<{ readonly job: Job; readonly document: string }>
  /** In the order of their lines. */
  bad(id: number, after: number, limit: number): Promise<readonly BadRow[]>
  first(id: number, limit: number): Promise<readonly JobRecipient[]>
  pause(id: number, by: string): Promise<Job>
  resume(id: number): Promise<Job>
  cancel(id: number, at: EpochMs): Promise<Job>
  /** Erases a person from all jobs; how many rows were his. */
  erase(address: string, dryRun: boolean): Promise<number>
  /** With all that is known of it; not while it sends. */
  forget(id: number): Promise<void>
}

/** Of a row of recipients. */
export interface RowPlace {
  readonly job: number
  readonly n: number
}

export interface JobChunk {
  readonly job: Job
  readonly document: string
  /** The number of its first recipient: no other chunk of the job has it. */
  readonly from: number
  readonly to: number
  readonly recipients: readonly JobRecipient[]
}

/** What a worker does with them. */
export interface JobQueue extends Pick<JobBook, 'pause'> {
  /** There may be jobs. */
  readonly isThere: boolean
  /** The next recipients of jobs that are to send now, of a few of them; none of `except`. Jobs that were over for longer than `kept` are forgotten. */
  due(now: EpochMs, except: readonly number[], kept: Ms): Promise<readonly JobChunk[]>
  /** What became of a chunk, which had that many recipients; true: the job is done. */
  settle(chunk: ChunkPlace, outcome: ChunkOutcome, at: EpochMs): Promise<boolean>
  /** Why it waits, until a chunk is settled. */
  trouble(id: number, trouble: string): Promise<void>
}

export interface ChunkPlace {
  readonly id: number
  readonly from: number
  readonly to: number
}

export interface ChunkOutcome {
  readonly queued: number
  readonly refused: readonly BadRow[]
}
