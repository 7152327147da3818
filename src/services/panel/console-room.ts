// Runs lines of the console, each in a process of its own that has nothing but the program: no home, no environment, no input. What it asks comes
// as messages, and is answered by whoever gave the line. Bounded in time, in what it prints, in what it asks, and in how many run.
import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { ConsoleAnswer, ConsoleAsk, ConsoleCommand, ConsoleNews, ConsoleReply } from '../../contract/console.ts'
import type { OperationName } from '../../contract/operations.ts'
import { callerOf, SharedPlaces } from '../../api/management/limits.ts'
import type { ConsoleCall, ConsoleLineGiven, ConsoleRoom } from '../../engine/ports/console.ts'
import { programFolder } from '../../lifecycle/program.ts'

const LONGEST: Ms = 30_000
const MOST_PRINTED = 256 * 1024
const MOST_CALLS = 1000
/** Lines that run at once. */
const PLACES = { all: 4, each: 1, account: 2, accounts: 3 } as const
/** MB of JavaScript's heap. */
const HEAP = 192
/** As the shell has it for what was ended by a signal. */
const ENDED = 137

interface Ending {
  readonly code: number
  readonly failure: string | null
  readonly isCut: boolean
}

export class ConsoleProcesses implements ConsoleRoom, Disposable {
  readonly #clock: Clock
  readonly #log: Log
  readonly #places = new SharedPlaces(PLACES, 'lines of the console run')
  readonly #running = new Set<ChildProcess>()
  #commands: Promise<readonly ConsoleCommand[]> | null = null

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  async run({ line, width, by, account, call }: ConsoleLineGiven): Promise<ConsoleAnswer> {
    using _place = this.#places.enter(callerOf({ name: by, account }, ''))
    let text = ''
    let isFull = false
    const ending = await this.#process(
      { kind: 'run', line, width },
      (news, stop) => {
        if (news.kind !== 'text' || isFull) return
        text += news.text
        isFull = text.length > MOST_PRINTED
        if (isFull) stop()
      },
      call,
    )
    const isCut = ending.isCut || isFull
    const { code, failure } = ending
    return { text: isFull ? text.slice(0, MOST_PRINTED) : text, code, failure, isCut }
  }

  /** The same as long as this process runs. */
  commands(): Promise<readonly ConsoleCommand[]> {
    const known = this.#commands
    if (known !== null) return known
    const asked = this.#ask()
    this.#commands = asked
    asked.catch(() => {
      this.#commands = null
    })
    return asked
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }

  async #ask(): Promise<readonly ConsoleCommand[]> {
    let commands: readonly ConsoleCommand[] | null = null
    await this.#process(
      { kind: 'commands' },
      (news, stop) => {
        if (news.kind !== 'commands') return
        ;({ commands } = news)
        stop()
      },
      noCalls,
    )
    if (commands === null)
      throw new Fault('run-ended', 'The console did not say which commands it has.', { blame: 'owner', temporary: true })
    return commands
  }

  async #process(ask: ConsoleAsk, took: (news: ConsoleNews, stop: () => void) => void, call: ConsoleCall): Promise<Ending> {
    const child = startConsole()
    this.#running.add(child)
    const { promise, resolve } = Promise.withResolvers<Ending>()
    const stop = (isCut: boolean) => (): void => {
      resolve({ code: ENDED, failure: null, isCut })
      child.kill('SIGKILL')
    }
    using _timer = this.#clock.after(LONGEST, stop(true))
    let calls = 0
    child.on('message', (news: ConsoleNews) => {
      if (news.kind === 'end') {
        resolve({ code: news.code, failure: news.failure, isCut: false })
        return void child.kill('SIGKILL')
      }
      if (news.kind !== 'call') return took(news, stop(false))
      if (++calls > MOST_CALLS) return stop(true)()
      void this.#answer(child, news, call)
    })
    child.once('error', (error) => this.#log.error('the console did not start', { error: messageOf(error) }))
    child.once('close', () => resolve({ code: ENDED, failure: null, isCut: true }))
    child.send(ask, () => {})
    try {
      return await promise
    } finally {
      this.#running.delete(child)
    }
  }

  async #answer(child: ChildProcess, { n, name, params }: Extract<ConsoleNews, { kind: 'call' }>, call: ConsoleCall): Promise<void> {
    const reply = await call(name as OperationName, params).then(
      (result): ConsoleReply => ({ kind: 'answer', n, result }),
      (error: unknown): ConsoleReply => this.#faultOf(n, name, error),
    )
    if (child.connected) child.send(reply, () => {})
  }

  #faultOf(n: number, name: string, error: unknown): ConsoleReply {
    if (error instanceof Fault) {
      const { code, message, mend = null, temporary } = error
      return { kind: 'fault', n, code, message, mend, temporary }
    }
    const told = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
    this.#log.error('a call of the console failed', { call: name, error: told })
    return {
      kind: 'fault',
      n,
      code: 'internal',
      message: 'The call failed here. It is in the log of the server.',
      mend: null,
      temporary: false,
    }
  }
}

const noCalls: ConsoleCall = () => Promise.reject(new Fault('not-allowed', 'Nothing is asked here.', { blame: 'caller' }))

function startConsole(): ChildProcess {
  const sources = fileURLToPath(new URL('../..', import.meta.url))
  const parts = ['node_modules', 'package.json'].map((name) => join(programFolder, name))
  // Where they are links, they are looked up by both names.
  const readable = new Set([sources, ...parts, ...parts.map((path) => realpathSync(path))])
  const { TZ } = process.env
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      `--max-old-space-size=${HEAP}`,
      // Writes, processes, threads and add-ons are refused with it, whatever a line makes the program do.
      '--permission',
      ...[...readable].map((path) => `--allow-fs-read=${path}`),
      fileURLToPath(new URL('../../cli/console/main.ts', import.meta.url)),
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { ...(TZ !== undefined && { TZ }) }, cwd: '/' },
  )
}
