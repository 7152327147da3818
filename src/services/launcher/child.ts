// One place in the tree (worker 0, the desk) and the process that fills it now. States of a place:
//   up       a process runs; its exit leads to `down`
//   down     it ended by itself; a timer leads back to `up`: at once after a long life, later the quicker it fell
//   stopping it was asked to end; its exit leads to `gone`, SIGKILL comes when its time is over
//   gone     the end
import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { constants } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Ms } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { ChildOrder, ChildWord } from '../launch.ts'
import { type LineWriter, speakLines } from '../lines.ts'

/** A process that lived this long did not fall at its start. */
const LONG_LIFE: Ms = 10_000
const LIFELINE = 3
/** As a shell says it of a program that it cannot run. */
const CANNOT_START = 126
const BACKOFF: readonly Ms[] = [0, 500, 1000, 2000, 5000, 10_000]

export interface ChildSpec {
  /** `worker 0`, `desk`. */
  readonly name: string
  readonly main: string
  /** Options of the runtime. */
  readonly heap: readonly string[]
  /** Of its environment, besides ours. */
  readonly environment: Readonly<Record<string, string>>
  /** HMS_LAUNCH, for a process that is started now. */
  readonly launch: () => string
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
  #lines: LineWriter | null = null
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
      env: { ...this.spec.environment, ...process.env, HMS_LAUNCH: launch() },
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

  /** Asks for an orderly end, and kills after `grace` ms. With an order it is asked by that. */
  stop(grace: Ms, order: ChildOrder | null = null): void {
    if (this.#state === 'gone' || this.#state === 'stopping') return
    clearTimeout(this.#timer)
    if (this.#state === 'down') {
      this.#leave()
      return
    }
    this.#state = 'stopping'
    if (order === null) this.#process?.kill('SIGTERM')
    else this.order(order)
    this.#timer = setTimeout(() => {
      this.#hooks.log.warn(`${this.spec.name} did not end in time and is killed`, { pid: this.pid })
      this.kill()
    }, grace)
  }

  order(order: ChildOrder): void {
    void this.#lines?.say(order)
  }

  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  #listen(child: ChildProcess): void {
    const { name } = this.spec
    const lifeline = child.stdio[LIFELINE] as Duplex | null | undefined
    this.#lines =
      lifeline === null || lifeline === undefined
        ? null
        : speakLines(lifeline, {
            heard: (said) => this.#hooks.said(name, said as ChildWord),
            nonsense: (line) => this.#hooks.log.warn(`${name} said what is no JSON`, { line }),
          })
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

export interface ProgramSpec {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly fds: readonly number[]
  /** As root: it runs as the owner of this folder. */
  readonly like?: string
}

/** A program that is started once, with a lifeline. */
export interface StartedProgram {
  readonly pid: number | undefined
  readonly lifeline: Duplex | null
  /** Resolves with its exit code; with 128 and more where a signal or the system ended it. */
  readonly ended: Promise<number>
  kill(signal: NodeJS.Signals): void
  /** It goes on without this process, and does not keep it. */
  letGo(): void
}

/** Starts it in a session of its own: what is sent to the group at a terminal comes by way of this process, and once. */
export function startProgram({ file, args, environment, fds, like }: ProgramSpec): StartedProgram {
  const { uid, gid } = like === undefined || process.getuid?.() !== 0 ? {} : statSync(like)
  const child = spawn(file, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...fds],
    env: { ...process.env, ...environment },
    detached: true,
    ...(uid === undefined ? {} : { uid, gid }),
  })
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => {
      if (child.pid === undefined) resolve(CANNOT_START)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)))
  })
  return {
    pid: child.pid,
    lifeline: (child.stdio[LIFELINE] as Duplex | null | undefined) ?? null,
    ended,
    kill: (signal) => void child.kill(signal),
    letGo: () => {
      child.unref()
      child.stdio[LIFELINE]?.destroy()
    },
  }
}
