// The launcher, inside the process of `hms start`: takes the home's lock, binds the addresses, starts the workers and the
// desk, starts again what falls, and stops all in order. It is small and needs no package, as nothing watches it.
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Ms } from '../base/brand.ts'
import { Fault, messageOf } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import type { Config, SocketAddress } from '../contract/options.ts'
import { prepareHome } from '../lifecycle/start-guard.ts'
import { takeLockFile } from '../store/sqlite/lock-file.ts'
import { feedWatchdog, notifySystemd } from './notify.ts'
import { pause } from './pause.ts'
import { reloadReport } from './reload.ts'
import { bindAddress, type BoundAddress } from './addresses.ts'
import { Child, type ChildHooks, type ChildSpec } from './child.ts'
import { homeLockPath, runFolder, runningPath, type RunningServer } from './home.ts'
import {
  type ChildWord,
  encodeLaunch,
  EXIT_CONFIG,
  FIRST_SOCKET_FD,
  formatAddress,
  type ListenAddresses,
  type ListenOption,
} from './launch.ts'

/** What children need beyond `stop.grace` to close what they hold. */
const CLOSING_TIME: Ms = 10_000
/** An `hms` command that asks whether a server runs holds the lock for a moment. */
const LOCK_PATIENCE: Ms = 500
const LOCK_STEP: Ms = 100
const WORKER_OPTIONS: readonly ListenOption[] = ['smtp.listen', 'smtps.listen']
const DESK_OPTIONS: readonly ListenOption[] = ['panel.listen', 'simulator.listen']
/**
 * What passes through dies young or within seconds. Left to itself V8 lets the young generation of every thread grow to 128 MB and the
 * old one to 512 MB before it looks for what died; steps of this size cost no processor time that could be measured. Below 96 MB a
 * worker with thousands of open connections is looked through too often.
 */
const HEAP = {
  worker: ['--max-semi-space-size=8', '--initial-old-space-size=96', '--heap-growing-percent=50'],
  desk: ['--max-semi-space-size=4', '--initial-old-space-size=64', '--heap-growing-percent=50'],
} as const

export interface LauncherOptions {
  readonly config: Config
  readonly home: string
  readonly version: string
  readonly log: Log
  /** Lines for the person at the terminal. */
  readonly print: (line: string) => void
}

export interface Launcher {
  readonly addresses: ListenAddresses
  /** Resolves once every worker and the desk were ready. */
  readonly ready: Promise<void>
  /** Resolves with the exit code after the last child ended: 0 after an orderly stop. */
  readonly done: Promise<number>
  /** Stops in order; a second call kills what is left. */
  stop(): void
}

/** Starts the tree. Rejects with a Fault: `home-in-use`, `home-unusable`, or one that names an address. */
export async function launch(options: LauncherOptions): Promise<Launcher> {
  using held = new DisposableStack()
  held.use(await lockHome(options.home))
  const converted = await prepareHome(options.home, options.config)
  if (converted !== null) options.print(`Converted the settings: ${converted.rows} rows of ${converted.from} are in ${converted.to} now.`)
  const slots = options.config.workers > 0 ? options.config.workers : Math.max(1, availableParallelism() - 1)
  const bound: BoundAddress[] = []
  for (const option of [...WORKER_OPTIONS, ...DESK_OPTIONS]) {
    const count = WORKER_OPTIONS.includes(option) ? slots : 1
    for (const wanted of options.config[option]) bound.push(held.use(await bindAddress(option, wanted, count)))
  }
  const kept = held.move()
  try {
    return new Tree(options, slots, bound, kept)
  } catch (error) {
    kept.dispose()
    throw error
  }
}

async function lockHome(home: string): Promise<Disposable> {
  for (let waited = 0; waited <= LOCK_PATIENCE; waited += LOCK_STEP) {
    try {
      mkdirSync(runFolder(home), { recursive: true, mode: 0o700 })
      const lock = takeLockFile(homeLockPath(home))
      if (lock !== null) return lock
    } catch (cause) {
      throw unusable(home, cause)
    }
    await pause(LOCK_STEP)
  }
  throw new Fault('home-in-use', `Another hms is running on the home ${home}.`, {
    blame: 'caller',
    mend: "Use 'hms status' to see it, 'hms stop' to stop it, or another --home.",
  })
}

function unusable(home: string, cause: unknown): Fault {
  return new Fault('home-unusable', `The home ${home} cannot be used: ${messageOf(cause)}.`, { blame: 'owner', cause })
}

class Tree implements Launcher {
  readonly addresses: ListenAddresses
  readonly #options: LauncherOptions
  readonly #held: DisposableStack
  readonly #bound: readonly BoundAddress[]
  readonly #workers: readonly Child[]
  readonly #desk: Child
  readonly #notReady: Set<string>
  readonly #ready = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<number>()
  readonly #waitingFor = new Map<string, string>()
  #stopping = false
  #exitCode = 0

  constructor(options: LauncherOptions, slots: number, bound: readonly BoundAddress[], held: DisposableStack) {
    this.#options = options
    this.#held = held
    this.#bound = bound
    this.addresses = addressesOf(bound)
    const startedAt = Date.now()
    const ticketKeys = randomBytes(48).toString('base64')
    const specOf = (role: 'worker' | 'desk', slot: number): ChildSpec =>
      childSpec({ options, slots, bound, addresses: this.addresses, startedAt, ticketKeys }, role, slot)
    const hooks = this.#hooks()
    this.#workers = Array.from({ length: slots }, (_, slot) => new Child(specOf('worker', slot), hooks))
    this.#desk = new Child(specOf('desk', 0), hooks)
    this.#notReady = new Set([...this.#workers, this.#desk].map(({ spec }) => spec.name))
    writeRunning(options, { pid: process.pid, version: options.version, startedAt, workers: slots, addresses: this.addresses })
    for (const child of [...this.#workers, this.#desk]) child.start()
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get done(): Promise<number> {
    return this.#done.promise
  }

  stop(): void {
    if (!this.#stopping) void this.#stop()
    else for (const child of [...this.#workers, this.#desk]) child.kill()
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    // With our copies open the addresses would go on listening: clients would wait for a greeting that never comes.
    for (const address of this.#bound) address[Symbol.dispose]()
    const grace = this.#options.config['stop.grace'] + CLOSING_TIME
    for (const worker of this.#workers) worker.stop(grace)
    await Promise.all(this.#workers.map(({ gone }) => gone))
    // The desk goes last: it tells what the workers still did.
    this.#desk.stop(CLOSING_TIME)
    await this.#desk.gone
    rmSync(runningPath(this.#options.home), { force: true })
    this.#held.dispose()
    this.#done.resolve(this.#exitCode)
  }

  #hooks(): ChildHooks {
    return {
      log: this.#options.log,
      said: (name, word) => this.#hear(name, word),
      fell: (_name, code) => {
        const hopeless = code === EXIT_CONFIG && this.#notReady.size > 0
        if (!hopeless) return !this.#stopping
        this.#exitCode = EXIT_CONFIG
        if (!this.#stopping) queueMicrotask(() => this.stop())
        return false
      },
    }
  }

  #hear(name: string, word: ChildWord): void {
    if (word.say === 'ready') {
      if (this.#notReady.delete(name) && this.#notReady.size === 0) this.#ready.resolve()
      return
    }
    const text = word.for.join(', ')
    if (text !== '' && this.#waitingFor.get(name) !== text) this.#options.print(`Stopping: ${name} waits for ${text}.`)
    this.#waitingFor.set(name, text)
  }
}

interface TreeFacts {
  readonly options: LauncherOptions
  readonly slots: number
  readonly bound: readonly BoundAddress[]
  readonly addresses: ListenAddresses
  readonly startedAt: number
  readonly ticketKeys: string
}

function childSpec(
  { options, slots, bound, addresses, startedAt, ticketKeys }: TreeFacts,
  role: 'worker' | 'desk',
  slot: number,
): ChildSpec {
  const wanted = role === 'worker' ? WORKER_OPTIONS : DESK_OPTIONS
  const mine = bound.filter(({ option }) => wanted.includes(option))
  const fds = mine.map(({ sockets }) => sockets[slot]?.fd() ?? -1)
  const sockets = mine.map(({ option, address }, i) => ({ option, address, fd: FIRST_SOCKET_FD + i }))
  const { config, home, version } = options
  const main = role === 'worker' ? new URL('./worker-main.ts', import.meta.url) : new URL('./desk-main.ts', import.meta.url)
  return {
    name: role === 'worker' ? `worker ${slot}` : 'desk',
    main: fileURLToPath(main),
    heap: HEAP[role],
    launch: encodeLaunch({ role, slot, slots, version, home, startedAt, config, sockets, ticketKeys, addresses }),
    fds,
  }
}

function addressesOf(bound: readonly BoundAddress[]): ListenAddresses {
  const of = (wanted: ListenOption): readonly SocketAddress[] =>
    bound.filter(({ option }) => option === wanted).map(({ address }) => address)
  return {
    'smtp.listen': of('smtp.listen'),
    'smtps.listen': of('smtps.listen'),
    'panel.listen': of('panel.listen'),
    'simulator.listen': of('simulator.listen'),
  }
}

function writeRunning({ home }: LauncherOptions, running: RunningServer): void {
  try {
    try {
      writeFileSync(runningPath(home), `${JSON.stringify(running)}\n`, { mode: 0o600 })
    } catch (cause) {
      throw unusable(home, cause)
    }
  } catch (error) {
    const mend = 'Run hms as the user that owns the home, and let that user write all in it.'
    throw new Fault('home-unusable', `The home ${home} cannot be written: ${messageOf(error)}.`, { blame: 'owner', cause: error, mend })
  }
}

/** `hms start`: runs the tree in the foreground until a signal ends it. Resolves with the exit code. */
export async function runLauncher(options: LauncherOptions): Promise<number> {
  const launcher = await launch(options)
  using _watchdog = feedWatchdog()
  // The owner may have made the grace longer than the unit's TimeoutStopSec.
  const stopping = `STOPPING=1\nEXTEND_TIMEOUT_USEC=${(options.config['stop.grace'] + 3 * CLOSING_TIME) * 1000}`
  const stop = (): void => {
    void notifySystemd(stopping)
    launcher.stop()
  }
  const hangUp = (): void => {
    if (process.stdin.isTTY) stop()
    else for (const line of reloadReport(options.home, options.config)) options.print(line)
  }
  process.stderr.on('error', () => {})
  process.stdout.on('error', () => {})
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', hangUp)
  void launcher.ready.then(() => {
    options.print(readyLine(launcher.addresses))
    return notifySystemd('READY=1')
  })
  try {
    const code = await launcher.done
    if (code === 0) options.print('Stopped.')
    return code
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    process.off('SIGHUP', hangUp)
  }
}

function readyLine(addresses: ListenAddresses): string {
  const named = (name: string, list: readonly SocketAddress[]): string[] =>
    list.length === 0 ? [] : [`${name} ${list.map(formatAddress).join(', ')}`]
  return `Ready: ${[
    ...named('SMTP', addresses['smtp.listen']),
    ...named('SMTP over TLS', addresses['smtps.listen']),
    ...named('Control Panel', addresses['panel.listen']),
    ...named('mailbox simulator', addresses['simulator.listen']),
  ].join('; ')}.`
}
