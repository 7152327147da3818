// Suppression as a worker asks it: questions of many messages go to the thread together, and whether a list has entries at all is known
// here, at most a second late.
import { existsSync } from 'node:fs'
import type { Ms } from '../../../base/brand.ts'
import { type Clock, every, machineClock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { SuppressedBy, Suppressions } from '../../../engine/ports/suppression.ts'
import type { SuppressionQuestion, SuppressionReading } from './suppression-reader-thread.ts'
import { ThreadLink } from '../thread-link.ts'

const LOOK_EVERY: Ms = 1000
/** Addresses that go to the thread at once. */
const MOST_AT_ONCE = 5000

interface Waiting {
  readonly question: SuppressionQuestion
  resolve(found: readonly (SuppressedBy | null)[]): void
  reject(error: Error): void
}

export interface SuppressionReaderOptions {
  readonly file: string
  /** For entries that tell no address; none: they match nobody. */
  readonly secret?: Uint8Array | null
  readonly clock: Clock
  readonly log: Log
}

export class SuppressionReader implements Suppressions, AsyncDisposable {
  readonly #options: SuppressionReaderOptions
  readonly #timer: Disposable
  #thread: ThreadLink | null = null
  #lists: ReadonlySet<string> = new Set()
  #waiting: Waiting[] = []
  #isAsking = false
  #trouble: string | null = null

  private constructor(options: SuppressionReaderOptions) {
    this.#options = options
    this.#timer = every(machineClock, LOOK_EVERY, () => void this.look())
  }

  /** With what there is at the start: the first message is looked at as any other. */
  static async open(options: SuppressionReaderOptions): Promise<SuppressionReader> {
    const reader = new SuppressionReader(options)
    await reader.look()
    return reader
  }

  /** What cannot be read may be on the list: whoever asks then is told so. */
  has(list: string): boolean {
    return this.#trouble !== null || this.#lists.has(list)
  }

  find(list: string, stream: string | null, addresses: readonly string[]): Promise<readonly (SuppressedBy | null)[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question: { list, stream, addresses }, resolve, reject })
      if (!this.#isAsking) void this.#askAll()
    })
  }

  /** Which lists have entries now. While it cannot be read, what was known stays. */
  async look(): Promise<void> {
    if (this.#thread === null && !existsSync(this.#options.file)) return
    try {
      await this.#ask([])
      this.#trouble = null
    } catch (error) {
      const { message } = error as Error
      if (message !== this.#trouble) this.#options.log.error('The suppression lists cannot be read.', { error: message })
      this.#trouble = message
    }
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      try {
        const found = await this.#ask(batch.map(({ question }) => question))
        for (const [i, { resolve }] of batch.entries()) resolve(found[i] ?? [])
      } catch (error) {
        for (const { reject } of batch) reject(error as Error)
      }
    }
    this.#isAsking = false
  }

  #nextBatch(): readonly Waiting[] {
    let [count, addresses] = [0, 0]
    for (const { question } of this.#waiting) {
      addresses += question.addresses.length
      if (count > 0 && addresses > MOST_AT_ONCE) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #ask(questions: readonly SuppressionQuestion[]): Promise<SuppressionReading['found']> {
    const { file, clock, secret = null } = this.#options
    this.#thread ??= new ThreadLink('suppressions', new URL('./suppression-reader-thread.ts', import.meta.url), { file, secret }, () => {})
    try {
      const { found, lists } = (await this.#thread.ask({ questions, now: clock.now() })) as SuppressionReading
      if (lists.length !== this.#lists.size || lists.some((list) => !this.#lists.has(list))) this.#lists = new Set(lists)
      return found
    } catch (error) {
      throw new Error(`${file}: ${(error as { message: string }).message}`, { cause: error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]()
    await this.#thread?.ended()
  }
}
