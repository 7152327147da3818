// One place in the tree (worker 0, the desk) and the process that fills it now. States of a place:
//   up       a process runs; its exit leads to `down`
//   down     it ended by itself; a timer leads back to `up`: at once after a long life, later the quicker it fell
//   stopping SIGTERM was sent; its exit leads to `gone`, SIGKILL comes when its time is over
//   gone     the end
import { type ChildProcess, spawn } from 'node:child_process'
import type { Ms } from '../base/brand.ts'
import type { Log } from '../base/log.ts'
import type { ChildWord } from './launch.ts'

/** A process that lived this long did not fall at its start. */
const LONG_LIFE: Ms = 10_000
const BACKOFF: readonly Ms[] = [0, 500, 1000, 2000, 5000, 10_000]
const MOST_LINE = 64 * 1024
export interface ChildSpec {
  /** `worker 0`, `desk`. */
  readonly name: string
  readonly main: string
  /** Options of the runtime. */
  readonly heap: readonly string[]
  /** HMS_LAUNCH. */
  readonly launch: string
  /** Descriptors for 4 and up. */
  readonly fds: readonly number[]
}

export interface ChildHooks {
  readonly log: Log
  said(name: string, word: ChildWord): void
  /** It ended though nobody asked. Return false to leave it down. */
  fell(name: string, code: number | null): boolean
}

export class Child {
  readonly spec: ChildSpec
  readonly #hooks: ChildHooks
  #state: 'up' | 'down' | 'stopping' | 'gone' = 'down'
  #process: ChildProcess | null = null
  #timer: NodeJS.Timeout | undefined
  #startedAt = 0
  #falls = 0
  readonly #gone = Promise.withResolvers<void>()

  constructor(spec: ChildSpec, hooks: ChildHooks) {
    this.spec = spec
    this.#hooks = hooks
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Resolves when the place is empty for good. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  start(): void {
    const { main, launch, fds } = this.spec
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...this.spec.heap, main], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...fds],
      env: { ...process.env, HMS_LAUNCH: launch },
    })
    this.#process = child
    this.#state = 'up'
    this.#startedAt = performance.now()
    child.once('error', (error) => {
      this.#hooks.log.error(`${this.spec.name} cannot be started`, { error: error.message })
      // Out of descriptors no process comes about, and no `close` follows.
      if (child.pid === undefined) setImmediate(() => this.#ended(child, null, null))
    })
    child.once('close', (code, signal) => this.#ended(child, code, signal))
    this.#listen(child)
  }

  /** Asks for an orderly end, and kills after `grace` ms. */
  stop(grace: Ms): void {
    if (this.#state === 'gone' || this.#state === 'stopping') return
    clearTimeout(this.#timer)
    if (this.#state === 'down') {
      this.#leave()
      return
    }
    this.#state = 'stopping'
    this.#process?.kill('SIGTERM')
    this.#timer = setTimeout(() => {
      this.#hooks.log.warn(`${this.spec.name} did not end in time and is killed`, { pid: this.pid })
      this.kill()
    }, grace)
  }

  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  #listen(child: ChildProcess): void {
    const lifeline = child.stdio[3]
    let text = ''
    lifeline?.on('error', () => {})
    lifeline?.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString('utf8')).split('\n')
      text = (lines.pop() ?? '').slice(0, MOST_LINE)
      for (const line of lines) this.#hear(line)
    })
  }

  #hear(line: string): void {
    let word: ChildWord
    try {
      word = JSON.parse(line) as ChildWord
    } catch {
      this.#hooks.log.warn(`${this.spec.name} said what is no JSON`, { line: line.slice(0, 200) })
      return
    }
    this.#hooks.said(this.spec.name, word)
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#process !== child) return
    this.#process = null
    if (this.#state === 'stopping') {
      this.#leave()
      return
    }
    this.#state = 'down'
    const lived = performance.now() - this.#startedAt
    this.#falls = lived >= LONG_LIFE ? 0 : this.#falls + 1
    const wait = BACKOFF[Math.min(Math.max(this.#falls - 1, 0), BACKOFF.length - 1)] ?? 0
    const again = this.#hooks.fell(this.spec.name, code)
    // A signal to the whole group (systemd, a shell) reaches children before the launcher has asked them.
    if (!again && code === 0) return
    this.#hooks.log.error(`${this.spec.name} ended unexpectedly${again ? ' and is started again' : ''}`, {
      code,
      signal,
      livedMs: Math.round(lived),
      waitMs: wait,
    })
    if (again) this.#timer = setTimeout(() => this.start(), wait)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#state = 'gone'
    this.#gone.resolve()
  }
}
