// jobs.db as a process has it: nothing is opened before it is asked for, and nothing made before there is a job.
import { existsSync } from 'node:fs'
import type { EpochMs, Ms } from '../../../base/brand.ts'
import { Fault, type FaultOptions } from '../../../base/fault.ts'
import type { BadRow, Job, JobRecipient, JobRow } from '../../../contract/jobs.ts'
import type { ChunkOutcome, ChunkPlace, JobBook, JobChunk, JobQueue, JobsAsked, NewJob, RowPlace } from '../../../engine/ports/jobs.ts'
import type { ErasedRows } from './jobs-erase.ts'
import type { JobsFile } from './jobs-file.ts'
import type { StoreError } from '../spool/protocol.ts'
import { ThreadLink } from '../thread-link.ts'

export class JobStore implements JobBook, JobQueue, AsyncDisposable {
  readonly #file: string
  readonly #epoch: string
  #thread: ThreadLink | null = null

  /** `epoch`: of the home. */
  constructor(file: string, epoch: string) {
    this.#file = file
    this.#epoch = epoch
  }

  add(job: NewJob): Promise<Job> {
    return this.#ask('add', job)
  }

  rows(id: number, after: number, rows: readonly JobRow[], at: EpochMs): Promise<Job> {
    return this.#ask('rows', id, after, rows, at)
  }

  begin(id: number): Promise<Job> {
    return this.#ask('begin', id)
  }

  async list(asked: JobsAsked): Promise<readonly Job[]> {
    return this.isThere ? this.#ask('list', asked) : []
  }

  show(id: number): Promise<{ readonly job: Job; readonly document: string }> {
    return this.#ask('show', id)
  }

  bad(id: number, after: number, limit: number): Promise<readonly BadRow[]> {
    return this.#ask('bad', id, after, limit)
  }

  first(id: number, limit: number): Promise<readonly JobRecipient[]> {
    return this.#ask('first', id, limit)
  }

  pause(id: number, by: string): Promise<Job> {
    return this.#ask('pause', id, by)
  }

  resume(id: number): Promise<Job> {
    return this.#ask('resume', id)
  }

  cancel(id: number, at: EpochMs): Promise<Job> {
    return this.#ask('cancel', id, at)
  }

  forget(id: number): Promise<void> {
    return this.#ask('forget', id)
  }

  async due(now: EpochMs, except: readonly number[], kept: Ms): Promise<readonly JobChunk[]> {
    return this.isThere ? this.#ask('due', now, except, kept) : []
  }

  settle(chunk: ChunkPlace, outcome: ChunkOutcome, at: EpochMs): Promise<boolean> {
    return this.#ask('settle', chunk, outcome, at)
  }

  trouble(id: number, trouble: string): Promise<void> {
    return this.#ask('trouble', id, trouble)
  }

  async erase(address: string, dryRun: boolean): Promise<number> {
    let found = 0
    for (let at: RowPlace | null = { job: 0, n: 0 }; at !== null && this.isThere;) {
      const part: ErasedRows = await this.#ask('erase', address, at, dryRun)
      found += part.found
      at = part.next
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread
    if (thread === null) return
    await this.#ask('close').catch(() => undefined)
    this.#thread = null
    await thread.ended()
  }

  get isThere(): boolean {
    return this.#thread !== null || existsSync(this.#file)
  }

  async #ask<K extends keyof JobsFile>(name: K, ...params: Parameters<JobsFile[K]>): Promise<ReturnType<JobsFile[K]>> {
    const data = { file: this.#file, epoch: this.#epoch }
    this.#thread ??= new ThreadLink('jobs', new URL('./jobs-thread.ts', import.meta.url), data, () => {})
    try {
      return (await this.#thread.ask({ name, params })) as ReturnType<JobsFile[K]>
    } catch (error) {
      const { message, fault } = error as StoreError & { readonly fault: (FaultOptions & { code: string; message: string }) | null }
      throw fault === null ? new Error(`${this.#file}: ${message}`, { cause: error }) : new Fault(fault.code, fault.message, fault)
    }
  }
}
