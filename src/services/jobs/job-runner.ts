// Jobs in the background: one worker of the installation, the one that holds the lock, hands in the recipients of each, a part at a time, each
// part under a key of its own, and then notes how far the job came: after a crash a part that was handed in is not handed in again. What
// cannot be taken now is tried again later; what will never be taken pauses the job, for a person to look.
import { createHash } from 'node:crypto'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every, machineClock } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { problemOf } from '../../api/inject/filled.ts'
import { Refused } from '../../api/inject/refused.ts'
import type { Merged, MergeParts } from '../../api/inject/merge.ts'
import type { Problem } from '../../contract/injection.ts'
import type { BadRow } from '../../contract/jobs.ts'
import type { InjectionClient, Injector } from '../../engine/accept/injector.ts'
import type { JobChunk, JobQueue } from '../../engine/ports/jobs.ts'
import type { JobDocument } from '../../policy/jobs/job-file.ts'
import { takeLockFile } from '../../store/sqlite/spool/lock-file.ts'
import { jobsLockPath } from '../home.ts'

const LOOK_EVERY: Ms = 1000
/** After an error that nobody expected. */
const AGAIN_AFTER: Ms = 10_000
const SHOWN = 300
/** A key is needed from when a part is handed in until that is noted; those of jobs that were cancelled go by themselves. */
const KEY_KEPT: Ms = 366 * 86_400_000

/** Loaded with the first job, as most servers never have any. */
async function handingIn() {
  const [{ inWords }, { jobCall }, { merge }] = await Promise.all([
    import('../../api/inject/submit.ts'),
    import('../../api/inject/job-call.ts'),
    import('../../api/inject/merge.ts'),
  ])
  return { inWords, jobCall, merge }
}

export interface JobRunnerParts {
  readonly home: string
  readonly queue: JobQueue & AsyncDisposable
  readonly injector: Pick<Injector, 'inject' | 'injectOnce' | 'keys'>
  /** Whether this worker may hand in mail now. */
  readonly mayRun: () => boolean
  /** For how long jobs that are over are shown. */
  readonly kept: Ms
  readonly clock: Clock
  readonly log: Log
}

export class JobRunner implements AsyncDisposable {
  readonly #parts: JobRunnerParts
  readonly #timer: Disposable
  /** Until when a job is left alone. */
  readonly #waiting = new Map<number, EpochMs>()
  #lock: Disposable | null = null
  #isStopping = false
  #running: Promise<void> | null = null

  constructor(parts: JobRunnerParts) {
    this.#parts = parts
    this.#timer = every(machineClock, LOOK_EVERY, () => this.#look())
  }

  /** Begins no other part; resolves when what is in hand is handed in and noted. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#timer[Symbol.dispose]()
    await this.#running
    await this.#parts.queue[Symbol.asyncDispose]()
    this.#lock?.[Symbol.dispose]()
    this.#lock = null
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #look(): void {
    if (this.#running !== null || this.#isStopping || !this.#parts.queue.isThere || !this.#parts.mayRun()) return
    this.#lock ??= takeLockFile(jobsLockPath(this.#parts.home))
    if (this.#lock === null) return
    this.#running = this.#run().finally(() => (this.#running = null))
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopping) {
        const now = this.#parts.clock.now()
        for (const [id, until] of this.#waiting) if (until <= now) this.#waiting.delete(id)
        const chunks = await this.#parts.queue.due(now, [...this.#waiting.keys()], this.#parts.kept)
        if (chunks.length === 0) return
        for (const chunk of chunks) if (!this.#isStopping) await this.#take(chunk)
      }
    } catch (error) {
      this.#parts.log.error('jobs cannot go on now', { error: messageOf(error) })
    }
  }

  async #take(chunk: JobChunk): Promise<void> {
    const { queue, clock, log } = this.#parts
    const { id } = chunk.job
    const { from, to } = chunk
    try {
      const outcome = await this.#handIn(chunk)
      if ('problem' in outcome) return await this.#put(chunk, outcome.problem)
      crashPoint('job-handed-in')
      const refused = outcome.results.flatMap((result, n): BadRow[] =>
        'error' in result ? [{ line: chunk.recipients[n]?.line ?? 0, problem: result.error.message.slice(0, SHOWN) }] : [],
      )
      const isLast = await queue.settle({ id, from, to }, { queued: outcome.results.length - refused.length, refused }, clock.now())
      if (isLast) await this.#parts.injector.keys?.forgetAll(chunk.job.account, keyOf(id, ''))
    } catch (error) {
      const problem = error instanceof Refused ? error.problem : problemOf(error)
      if (problem !== null) return await this.#put(chunk, problem)
      log.error('a part of a job could not be handed in, and is tried again', { job: id, error: messageOf(error) })
      this.#waiting.set(id, clock.now() + AGAIN_AFTER)
    }
  }

  async #handIn({ job, document, from, recipients }: JobChunk): Promise<Merged> {
    const { inWords, jobCall, merge } = await handingIn()
    const read = JSON.parse(document) as JobDocument
    const { spread, window } = read
    const client: InjectionClient = { address: '127.0.0.1', tls: null, user: null, account: job.account, protocol: 'JOB' }
    const digest = createHash('sha256').update(document).update(JSON.stringify(recipients)).digest('hex')
    const inject: MergeParts['inject'] = (made, tell) => {
      const wishes = [
        ...(made.wishes ?? []),
        ...(spread === undefined ? [] : [['X-xsSpread', spread] as const]),
        ...(window === undefined ? [] : [['X-xsWindow', window] as const]),
      ]
      const once = { account: job.account, key: keyOf(job.id, String(from)), digest, until: this.#parts.clock.now() + KEY_KEPT }
      const submission = { ...made, wishes }
      return this.#parts.injector.injectOnce([submission], once, (injected) => tell(inWords([submission], injected)))
    }
    return merge({ inject, client, ready: (message) => message }, jobCall(read, recipients))
  }

  /** Tried again when that may help; otherwise it waits for a person. */
  async #put({ job }: JobChunk, { message, field, retryAfter }: Problem): Promise<void> {
    const { queue, clock } = this.#parts
    const where = field === undefined ? '' : ` message.${field}:`
    if (retryAfter === undefined) await queue.pause(job.id, `the server:${where} ${message}`)
    else {
      this.#waiting.set(job.id, clock.now() + retryAfter * 1000)
      await queue.trouble(job.id, message)
    }
  }
}

function keyOf(job: number, part: string): string {
  return `job:${job}:${part}`
}
