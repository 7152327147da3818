// Backups that the server makes by itself: every so often a process of its own, as `hms backup --scheduled` at the shell. One that failed
// is told as an alert until one succeeds, and tried again soon.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EpochMs, Ms } from '../base/brand.ts'
import { type Clock, every } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Status } from '../contract/operations.ts'

const LOOK_EVERY: Ms = 1000
const AGAIN_AFTER: Ms = 10 * 60_000
const MOST_SAID = 64 * 1024

export interface BackupScheduleOptions {
  readonly home: string
  /** 0: none. */
  readonly every: Ms
  /** When the last one that made itself was made; null: none was. */
  readonly last: EpochMs | null
  readonly log: Log
  readonly clock: Clock
}

export class BackupSchedule implements AsyncDisposable {
  readonly #options: BackupScheduleOptions
  readonly #timer: Disposable | null
  #due: EpochMs
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #trouble: { readonly at: EpochMs; readonly what: string } | null = null

  constructor(options: BackupScheduleOptions) {
    this.#options = options
    this.#due = options.last === null ? 0 : options.last + options.every
    this.#timer = options.every > 0 ? every(options.clock, LOOK_EVERY, () => this.#look()) : null
  }

  alerts(): Status['alerts'] {
    if (this.#trouble === null) return []
    const { at, what } = this.#trouble
    return [
      { at, what: `No backup could be made: ${what}`, mend: "It is tried again every 10 minutes; 'hms backup --scheduled' does it now." },
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#child?.kill('SIGTERM')
    await this.#ended
  }

  #look(): void {
    if (this.#child !== null || this.#options.clock.now() < this.#due) return
    const { home } = this.#options
    const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
    const args = ['--disable-warning=ExperimentalWarning', main, 'backup', '--scheduled', '--json', '--home', home]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(0, MOST_SAID)
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = promise
    child.once('error', (error) => this.#conclude(error.message))
    child.once('close', (code) => {
      this.#conclude(code === 0 ? null : reasonIn(said))
      resolve()
    })
  }

  #conclude(failure: string | null): void {
    if (this.#child === null) return
    this.#child = null
    const { clock, log, every: interval } = this.#options
    const at = clock.now()
    this.#due = at + (failure === null ? interval : Math.min(interval, AGAIN_AFTER))
    this.#trouble = failure === null ? null : { at, what: failure }
    if (failure === null) log.info('a backup was made', {})
    else log.error('a backup could not be made', { reason: failure })
  }
}

/** What `hms … --json` says on standard error. */
function reasonIn(said: string): string {
  try {
    return (JSON.parse(said.trim().split('\n').at(-1) ?? '') as { error: { message: string } }).error.message
  } catch {
    return said.trim() === '' ? 'it was ended.' : said.trim()
  }
}
