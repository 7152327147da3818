// A real server for scenarios: a home made by `hms init` in a temporary folder, `hms start` as a process of its own, ports
// drawn by the system. Everything that it started is ended by process id, and its folder removed, when it is disposed.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkerCalls } from '../src/contract/bus.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import type { OptionName } from '../src/contract/options.ts'
import type { OperationName, OperationParams, OperationResult, Operations, Status } from '../src/contract/operations.ts'
import { homeState } from '../src/lifecycle/home-state.ts'
import { connectBus } from '../src/net/bus/client.ts'
import { deskSocketPath, runningPath, type RunningServer, workerSocketPath } from '../src/services/home.ts'
import { PATIENCE_MS, untilNextLook } from './patience.ts'

const HMS = join(import.meta.dirname, '..', 'hms')
const STOP_WITHIN_MS = 90_000
const LAST_WORKER_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

/** What `hms init --json` prints. */
export interface InitAnswer {
  readonly admin: { readonly user: string; readonly password: string }
  readonly account: { readonly id: number; readonly user: string; readonly password: string; readonly apiKey: string }
}

export interface ServerOptions {
  /** Options of hms.yaml as their text there; given as environment, over what is set here for tests. */
  readonly config?: Partial<Record<OptionName, string>>
  readonly workers?: number
  /** Further variables of the environment, such as those of the crash points. */
  readonly environment?: Readonly<Record<string, string>>
  /** The `hms` to run; that of the checkout, unless given. */
  readonly program?: string
  /** A home to start on (again), made where there is none; it is not removed at the end. */
  readonly home?: string
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface TestServer extends AsyncDisposable {
  readonly home: string
  readonly account: InitAnswer['account']
  readonly admin: InitAnswer['admin']
  readonly smtpPort: number
  readonly panelPort: number
  readonly simulatorPort: number
  /** The port of the first address of a listener. */
  portOf(option: keyof RunningServer['addresses']): number
  /** Operational log so far: what launcher, workers and desk wrote to standard error. */
  readonly output: () => string
  /** Runs `hms … --json` and parses its answer; rejects with its standard error. */
  hms<T = unknown>(...args: readonly string[]): Promise<T>
  /** Runs `hms …` as a person would: what it printed and its exit code. */
  run(...args: readonly string[]): Promise<Ended>
  /** An operation over the desk's socket: what `hms` does, without a process. */
  call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>>
  status(): Promise<Status>
  /** Resolves once `condition` holds for the status; rejects with the last status after `most` ms. */
  until(condition: (status: Status) => boolean, most?: number): Promise<Status>
  /** What became of a recipient at first: its first event after it was accepted. */
  outcome(recipient: string, most?: number): Promise<Exclude<NumberedEvent, { kind: 'accepted' }>>
  /** GET on the panel: status and body. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>
  /** Resolves once the settings of now count in all workers, which without it is as soon as each looked at them. */
  settled(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** Resolves with the exit code of the process that was started, which is left alone. */
  ended(): Promise<number | null>
  /** SIGKILL to the launcher, one worker, the desk or control; resolves once it is gone. */
  kill9(which: 'launcher' | 'desk' | 'control' | number): Promise<void>
  pidOf(which: 'launcher' | 'desk' | 'control' | number): number
  /** Starts the stopped server again on the same home and ports. */
  startAgain(): Promise<void>
  /** Options for the next start, as for the first. */
  configure(config: Partial<Record<OptionName, string>>): void
}

const FOR_TESTS: Partial<Record<OptionName, string>> = {
  'smtp.listen': '127.0.0.1:0',
  'panel.listen': '127.0.0.1:0',
  'inject.listen': '127.0.0.1:0',
  'simulator.listen': '127.0.0.1:0',
  'host.name': 'mta.hms.test',
  'dns.servers': '127.0.0.1:9',
  'spool.low_water': '0',
  'spool.low_water_percent': '0',
  'spool.reserve': '1MiB',
  // A test that has mail put off says what comes of it.
  'delivery.backoff': 'false',
}

function environmentOf(config: Partial<Record<OptionName, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of Object.keys(env)) if (name.startsWith('HMS_')) delete env[name]
  // A server compiles what it runs, as an owner's does: what it takes of time and memory is what is tested.
  delete env['NODE_COMPILE_CACHE']
  return { ...env, ...variablesOf(config) }
}

function variablesOf(config: Partial<Record<OptionName, string>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [`HMS_${name.toUpperCase().replaceAll('.', '_')}`, value]))
}

class Server implements TestServer {
  readonly home: string
  readonly #removeHome: boolean
  #env: NodeJS.ProcessEnv
  #account: InitAnswer['account'] | null = null
  #admin: InitAnswer['admin'] | null = null
  #process: ChildProcess | null = null
  #running: RunningServer | null = null
  #output = ''
  /** Children seen, for after a launcher that was killed. */
  readonly #children = new Set<number>()

  readonly #hms: string

  constructor({ config = {}, workers = 1, home, environment = {}, program = HMS }: ServerOptions) {
    this.#hms = program
    this.home = home ?? mkdtempSync(join(tmpdir(), 'hms-test-'))
    this.#removeHome = home === undefined
    this.#env = { ...environmentOf({ ...FOR_TESTS, workers: String(workers), ...config }), ...environment }
  }

  get account(): InitAnswer['account'] {
    if (this.#account === null) throw new Error('this home was made elsewhere: its password is not known')
    return this.#account
  }

  get admin(): InitAnswer['admin'] {
    if (this.#admin === null) throw new Error('this home was made elsewhere: its password is not known')
    return this.#admin
  }

  get smtpPort(): number {
    return this.portOf('smtp.listen')
  }

  get panelPort(): number {
    return this.portOf('panel.listen')
  }

  get simulatorPort(): number {
    return this.portOf('simulator.listen')
  }

  readonly output = (): string => this.#output

  async init(): Promise<void> {
    const answer = await this.hms<InitAnswer>('init')
    this.#account = answer.account
    this.#admin = answer.admin
  }

  async start(): Promise<void> {
    const child = spawn(this.#hms, ['start', '--home', this.home], { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    const until = performance.now() + PATIENCE_MS
    while (!(await this.#isReady(child))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended at its start:\n${this.#output}`)
      if (performance.now() > until) throw new Error(`the server was not ready in time:\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await this.#allAreUp()
  }

  /** The first worker makes it ready; what is changed next is told to all of them. One that cannot start is not waited for. */
  async #allAreUp(): Promise<void> {
    const wanted = Number(this.#env['HMS_WORKERS'])
    if (wanted === 1) return
    for (const end = performance.now() + LAST_WORKER_WITHIN_MS; performance.now() < end;) {
      const status = await this.status().catch(() => null)
      if (status !== null && status.workers.length >= wanted) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async startAgain(): Promise<void> {
    const [smtp, panel, simulator] = [this.smtpPort, this.panelPort, this.simulatorPort]
    this.#env = {
      ...this.#env,
      HMS_SMTP_LISTEN: `127.0.0.1:${smtp}`,
      HMS_PANEL_LISTEN: `127.0.0.1:${panel}`,
      HMS_SIMULATOR_LISTEN: `127.0.0.1:${simulator}`,
    }
    await this.start()
  }

  configure(config: Partial<Record<OptionName, string>>): void {
    this.#env = { ...this.#env, ...variablesOf(config) }
  }

  hms<T>(...args: readonly string[]): Promise<T> {
    return new Promise((resolve, reject) => {
      const all = [...args, '--home', this.home, '--json']
      execFile(this.#hms, all, { env: this.#env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout === '' ? 'null' : stdout) as T)
        else reject(new Error(`hms ${args.join(' ')}: ${stderr || error.message}`))
      })
    })
  }

  run(...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(this.#hms, [...args, '--home', this.home], { env: this.#env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
      })
    })
  }

  async call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>> {
    using client = await connectBus<Operations>(deskSocketPath(this.home), { version: 'test', who: 'test', timeout: PATIENCE_MS })
    const call = client.call as (name: N, params: OperationParams<N>) => Promise<OperationResult<N>>
    return await call(name, params)
  }

  status(): Promise<Status> {
    return this.call('status', {})
  }

  async until(condition: (status: Status) => boolean, most = PATIENCE_MS): Promise<Status> {
    for (const end = performance.now() + most; ;) {
      const began = performance.now()
      // The desk may just have been killed.
      const status = await this.status().catch((error: unknown) => String(error))
      if (typeof status !== 'string' && condition(status)) return status
      if (performance.now() > end) throw new Error(`waited ${most} ms in vain; the status is ${JSON.stringify(status)}\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, untilNextLook(performance.now() - began, LOOK_EVERY_MS)))
    }
  }

  async outcome(recipient: string, most = PATIENCE_MS): Promise<Exclude<NumberedEvent, { kind: 'accepted' }>> {
    for (const end = performance.now() + most; ;) {
      const began = performance.now()
      const { events } = await this.call('events.find', { recipient, limit: 100 })
      const first = events.findLast((event) => event.kind !== 'accepted')
      if (first !== undefined) return first
      if (performance.now() > end) throw new Error(`nothing became of ${recipient} within ${most} ms\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, untilNextLook(performance.now() - began, LOOK_EVERY_MS)))
    }
  }

  get(path: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: this.panelPort, path, agent: false }, (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  async settled(): Promise<void> {
    const { workers } = await this.status()
    for (const { slot } of workers) {
      using client = await connectBus<WorkerCalls>(workerSocketPath(this.home, this.#running?.line ?? 'a', slot), { version: 'test' })
      await client.call('settings.changed', {})
    }
  }

  async stop(): Promise<number | null> {
    const child = this.#process
    if (child === null) return null
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await ended
      clearTimeout(timer)
    }
    return child.exitCode
  }

  async ended(): Promise<number | null> {
    const child = this.#process
    if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child?.exitCode ?? null
  }

  pidOf(which: 'launcher' | 'desk' | 'control' | number): number {
    const launcher = this.#process?.pid
    if (launcher === undefined) throw new Error('the server was not started')
    if (which === 'launcher') return launcher
    const wanted = typeof which === 'string' ? which : `worker ${which}`
    const child = childrenOf(launcher).find((pid) => titleOf(pid).startsWith(`hms ${wanted}`))
    if (child === undefined) throw new Error(`no process of the server is its ${wanted}`)
    return child
  }

  async kill9(which: 'launcher' | 'desk' | 'control' | number): Promise<void> {
    const pid = await this.#seen(which)
    process.kill(pid, 'SIGKILL')
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process?.pid !== undefined) for (const pid of childrenOf(this.#process.pid)) this.#children.add(pid)
    await this.stop()
    for (const pid of this.#children) if (isAlive(pid) && titleOf(pid).startsWith('hms ')) process.kill(pid, 'SIGKILL')
    if (this.#removeHome) rmSync(this.home, { recursive: true, force: true, maxRetries: 5 })
  }

  /** The process of a place; one that fell is waited for. */
  async #seen(which: 'launcher' | 'desk' | 'control' | number): Promise<number> {
    for (const end = performance.now() + PATIENCE_MS; ;) {
      try {
        return this.pidOf(which)
      } catch (error) {
        if (performance.now() > end) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #isReady(child: ChildProcess): Promise<boolean> {
    try {
      const running = JSON.parse(readFileSync(runningPath(this.home), 'utf8')) as RunningServer
      if (running.pid !== child.pid) return false
      this.#running = running
      for (const pid of childrenOf(running.pid)) this.#children.add(pid)
      return (await this.get('/readyz')).status === 200
    } catch {
      return false
    }
  }

  portOf(option: keyof RunningServer['addresses']): number {
    const port = this.#running?.addresses[option][0]?.port
    if (port === undefined) throw new Error(`the server does not listen at ${option}`)
    return port
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Makes a home, starts the server on it and waits until it accepts mail. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = new Server(options)
  try {
    if (homeState(server.home) !== 'home') await server.init()
    await server.start()
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}
