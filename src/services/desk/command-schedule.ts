// What the server does by itself every so often, in a process of its own as a command at the shell. What failed is told as an alert
// until it succeeds, and tried again.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Status } from '../../contract/operations.ts'
import { type RunningCommand, startCommand } from '../lifecycle/command-process.ts'

const LOOK_EVERY: Ms = 1000

export interface CommandScheduleOptions {
  readonly home: string
  /** Of `hms`. */
  readonly command: readonly string[]
  /** When it is to be done next; null: never. Asked at the start and after each that succeeded. */
  readonly due: () => EpochMs | null
  /** While nothing is due `due` is asked anew so often: what it depends on changes. Without it only when something was done. */
  readonly askEvery?: Ms
  /** Never sooner after the one before, however that ended. */
  readonly againAfter: Ms
  readonly words: { readonly done: string; readonly failed: string; readonly mend: string }
  readonly log: Log
  readonly clock: Clock
}

export class CommandSchedule implements AsyncDisposable {
  readonly #options: CommandScheduleOptions
  readonly #timer: Disposable | null
  #due: EpochMs | null
  #asked: EpochMs
  #notBefore: EpochMs = 0
  #running: RunningCommand | null = null
  #ended: Promise<void> = Promise.resolve()
  #trouble: { readonly at: EpochMs; readonly what: string } | null = null

  constructor(options: CommandScheduleOptions) {
    this.#options = options
    this.#due = options.due()
    this.#asked = options.clock.now()
    this.#timer = this.#due === null && options.askEvery === undefined ? null : every(options.clock, LOOK_EVERY, () => this.#look())
  }

  alerts(): Status['alerts'] {
    if (this.#trouble === null) return []
    const { failed, mend } = this.#options.words
    const { at, what } = this.#trouble
    return [{ at, what: `${failed}: ${what}`, mend }]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#running?.stop()
    await this.#ended
  }

  #look(): void {
    if (this.#running !== null || !this.#isDue()) return
    const { home, command } = this.#options
    this.#running = startCommand({ home, words: command })
    this.#ended = this.#running.ended.then(({ failure }) => this.#conclude(failure?.message ?? null))
  }

  #isDue(): boolean {
    const { askEvery = Infinity, due, clock } = this.#options
    const now = clock.now()
    if (now - this.#asked >= askEvery) {
      this.#asked = now
      this.#due = this.#later(due())
    }
    return this.#due !== null && now >= this.#due
  }

  #later(due: EpochMs | null): EpochMs | null {
    return due === null ? null : Math.max(due, this.#notBefore)
  }

  #conclude(failure: string | null): void {
    this.#running = null
    const { due, againAfter, words, clock, log } = this.#options
    const at = clock.now()
    this.#notBefore = at + againAfter
    this.#due = this.#later(failure === null ? due() : at)
    this.#trouble = failure === null ? null : { at, what: failure }
    if (failure === null) log.info(words.done, {})
    else log.error(words.failed, { reason: failure })
  }
}
