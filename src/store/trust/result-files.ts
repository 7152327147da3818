// Counts of TLS sessions until they are reported: `trust/results/DAY.WORKER`, one file of each worker and day (UTC), replaced as a whole
// every minute; `DAY.sent` has the domains whose report has gone out. Bounded by what `ResultCounts` keeps.
import { readFileSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { TlsResultSink } from '../../engine/ports/trust.ts'
import { dayOf } from '../../policy/trust/tls-report.ts'
import { type DayResults, decodeResults, encodeResults, ResultCounts, type SessionResult } from '../../policy/trust/tls-results.ts'

const FLUSH_EVERY: Ms = 60_000
const NAME = /^(\d{4}-\d\d-\d\d)\.[ab]\d{1,4}$/
const LARGEST = 64 * 1024 * 1024
const FOR_ME = { mode: 0o600 } as const

export interface ResultBookOptions {
  readonly folder: string
  /** Of the worker: no other that runs now has it. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
}

/** What a worker counts. What was counted and not written yet is lost by a crash: a minute at most. */
export class ResultBook implements TlsResultSink, AsyncDisposable {
  readonly #options: ResultBookOptions
  #day: string
  #counts: ResultCounts
  #timer: Disposable | null = null
  #isFull = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: ResultBookOptions) {
    this.#options = options
    this.#day = dayOf(options.clock.now())
    this.#counts = this.#before(this.#day)
  }

  count(result: SessionResult): void {
    const day = dayOf(this.#options.clock.now())
    if (day !== this.#day) {
      this.#write()
      this.#day = day
      this.#counts = new ResultCounts()
      this.#isFull = false
    }
    if (!this.#counts.add(result) && !this.#isFull) {
      this.#isFull = true
      this.#options.log.warn('More domains have TLS policies today than reports are kept for: not all are counted.', {
        domain: result.domain,
      })
    }
    this.#timer ??= this.#options.clock.after(FLUSH_EVERY, () => this.#write())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#write()
    await this.#writing
  }

  /** What this worker counted before it was started again. */
  #before(day: string): ResultCounts {
    const counts = new ResultCounts()
    try {
      const read = decodeResults(readFileSync(this.#fileOf(day), 'utf8'))
      if (read !== null) counts.merge(read)
    } catch {
      // Nothing was counted today.
    }
    return counts
  }

  #fileOf(day: string): string {
    return join(this.#options.folder, `${day}.${this.#options.name}`)
  }

  /** Only where something was counted since. */
  #write(): void {
    if (this.#timer === null) return
    this.#timer[Symbol.dispose]()
    this.#timer = null
    const { folder, name, log } = this.#options
    const [text, file] = [encodeResults(this.#counts.results()), this.#fileOf(this.#day)]
    this.#writing = this.#writing.then(async () => {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const fresh = join(folder, `.new-${name}`)
        await writeFile(fresh, text, FOR_ME)
        await rename(fresh, file)
      } catch (error) {
        log.warn('Results of TLS sessions could not be kept for their report.', { file, reason: messageOf(error) })
      }
    })
  }
}

/** What all workers counted, for whoever makes the reports. */
export class ResultFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Days of which there is anything, ascending. */
  async days(): Promise<readonly string[]> {
    const days = (await this.#names()).flatMap((name) => NAME.exec(name)?.[1] ?? [])
    return [...new Set(days)].toSorted()
  }

  async read(day: string): Promise<DayResults> {
    const counts = new ResultCounts()
    for (const name of await this.#names()) {
      if (NAME.exec(name)?.[1] !== day) continue
      try {
        const file = join(this.#folder, name)
        const results = (await stat(file)).size > LARGEST ? null : decodeResults(await readFile(file, 'utf8'))
        if (results !== null) counts.merge(results)
      } catch {
        // What is not as it was written must not keep back the reports of others, today or ever.
      }
    }
    return counts.results()
  }

  /** Domains whose report of the day needs no further try. */
  async done(day: string): Promise<ReadonlySet<string>> {
    try {
      return new Set((await readFile(join(this.#folder, `${day}.sent`), 'utf8')).split('\n'))
    } catch {
      return new Set()
    }
  }

  async markDone(day: string, domain: string): Promise<void> {
    await appendFile(join(this.#folder, `${day}.sent`), `${domain}\n`, FOR_ME)
  }

  async remove(day: string): Promise<void> {
    for (const name of await this.#names()) if (name.startsWith(`${day}.`)) await rm(join(this.#folder, name), { force: true })
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder)
    } catch {
      return []
    }
  }
}
