// A thread that is rarely needed: it begins with the first question, and ends when nobody asked for a while, as each thread is some 10 MiB
// that an idle server would hold. It is for threads that only answer: what one of them keeps to itself does not outlive it. States:
//   none      no thread; a question leads to `asked`
//   asked     questions are under way; the last answer leads to `resting`
//   resting   a thread, nothing under way; a question leads back to `asked`, a while without one to `none`
//   closed    the end: who asks is refused
import type { Ms } from '../../base/brand.ts'
import { type Clock, machineClock } from '../../base/clock.ts'
import type { ThreadLink } from './thread-link.ts'

const REST: Ms = 60_000

export interface RestingOptions {
  readonly clock?: Clock
  /** How long it waits for a question. */
  readonly rest?: Ms
}

export class RestingLink {
  readonly #begin: () => ThreadLink
  readonly #clock: Clock
  readonly #rest: Ms
  #state: 'none' | 'asked' | 'resting' | 'closed' = 'none'
  #link: ThreadLink | null = null
  #underWay = 0
  #timer: Disposable | null = null
  /** Of the thread that ended last. */
  #ending: Promise<void> = Promise.resolve()

  constructor(begin: () => ThreadLink, { clock = machineClock, rest = REST }: RestingOptions = {}) {
    this.#begin = begin
    this.#clock = clock
    this.#rest = rest
  }

  /** Whether there is a thread now. */
  get isAwake(): boolean {
    return this.#link !== null
  }

  /** As `ThreadLink.ask`. */
  async ask(message: object): Promise<unknown> {
    if (this.#state === 'closed') throw new Error('the thread is asked after its end')
    this.#become('asked')
    this.#underWay++
    const link = (this.#link ??= this.#begin())
    try {
      return await link.ask(message)
    } finally {
      this.#underWay--
      this.#answered()
    }
  }

  /** For what is under way: without a thread it concerns nobody. */
  post(message: unknown): void {
    this.#link?.post(message)
  }

  async ended(): Promise<void> {
    this.#become('closed')
    await this.#ending
  }

  #answered(): void {
    if (this.#underWay === 0 && this.#state === 'asked') this.#become('resting')
  }

  #become(state: 'none' | 'asked' | 'resting' | 'closed'): void {
    this.#state = state
    this.#timer?.[Symbol.dispose]()
    this.#timer = state === 'resting' ? this.#clock.after(this.#rest, () => this.#become('none')) : null
    if (state === 'none' || state === 'closed') this.#endThread()
  }

  #endThread(): void {
    const link = this.#link
    this.#link = null
    if (link !== null) this.#ending = link.ended()
  }
}
