// Recipients on their way from a file to the server. They belong to the window rather than to a page of it: they go on while other pages are
// looked at, and whoever would close the window is asked first.
import { useSyncExternalStore } from 'react'
import type { Job } from '../../../../client/src/index.ts'
import type { JobRow } from '../../../../src/contract/jobs.ts'
import type { RecipientSource } from '../../../../src/policy/jobs/job-file.ts'
import { batched, formOf, recordsIn, RowReader } from '../../../../src/policy/jobs/rows.ts'
import { api } from '../../app/api.ts'
import { chunksOf } from '../../parts/file-chunks.ts'
import { jobs } from '../../texts/jobs.ts'

export interface Upload {
  /** Of 1. */
  readonly read: number
  readonly error: Error | null
}

const uploads = new Map<number, Upload>()
const listeners = new Set<() => void>()

const subscribe = (heard: () => void): (() => void) => {
  listeners.add(heard)
  return () => listeners.delete(heard)
}

/** Undefined: this window reads nothing for that job. */
export function useUpload(job: number): Upload | undefined {
  return useSyncExternalStore(subscribe, () => uploads.get(job))
}

const guard = (event: BeforeUnloadEvent): void => event.preventDefault()

function tell(job: number, upload: Upload | null): void {
  if (upload === null) uploads.delete(job)
  else uploads.set(job, upload)
  const isBusy = [...uploads.values()].some(({ error }) => error === null)
  if (isBusy) addEventListener('beforeunload', guard)
  else removeEventListener('beforeunload', guard)
  for (const heard of listeners) heard()
}

/** What cannot be read as a whole rejects, in a sentence. */
export class UnreadableFile extends Error {}

/** A file of recipients, and how a job file says that it is read. */
export interface Rows {
  readonly file: File
  readonly source?: RecipientSource
}

async function* rowsOf({ file, source }: Rows, tellRead: (read: number) => void): AsyncGenerator<readonly JobRow[]> {
  const form = source?.format ?? formOf(file.name)
  if (form === null) throw new UnreadableFile(jobs.make.fileForm)
  const isCsv = form === 'csv'
  const reader = new RowReader(source ?? {}, isCsv)
  let octets = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(file)) {
      octets += chunk.length
      yield chunk
    }
  }
  for await (const records of recordsIn(counted(), { ...source, isCsv })) {
    const rows: JobRow[] = []
    for (const record of records) {
      const row = reader.read(record)
      if (typeof row === 'string') throw new UnreadableFile(row)
      if (row !== null) rows.push(row)
    }
    tellRead(octets / Math.max(1, file.size))
    yield rows
  }
}

/** Hands all rows of the file over. */
export async function fill(job: Job, from: Rows, tellRead: (read: number) => void): Promise<Job> {
  let now = job
  let after = 0
  for await (const rows of batched(rowsOf(from, tellRead))) {
    now = await api.jobs.rows(job.id, { after, rows })
    after += rows.length
  }
  return now
}

/** Fills a job and begins it, whoever looks; what fails is told by `useUpload`. */
export function send(job: Job, rows: Rows, isPaused: boolean): void {
  tell(job.id, { read: 0, error: null })
  const run = async (): Promise<void> => {
    try {
      await fill(job, rows, (read) => tell(job.id, { read, error: null }))
      if (isPaused) await api.jobs.pause(job.id)
      await api.jobs.begin(job.id)
      tell(job.id, null)
    } catch (error) {
      tell(job.id, { read: 0, error: error instanceof Error ? error : new Error(String(error)) })
    }
  }
  void run()
}
