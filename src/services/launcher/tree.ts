// The processes below a launcher: its workers and the desk, on bound sockets. States of the tree:
//   waiting   only in a launcher that is to succeed another: workers are up but do not listen; one that falls is the end of the attempt
//   serving   what falls is started again
//   resting   nothing runs, the addresses stay: the home is being restored
//   leaving   another launcher's workers serve at the same addresses: these end what they had begun
//   stopping  everything ends, the desk last
// `#state` is changed by `serve`, `rest`, `wake`, `leave` and `stop`.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { PerhapsDelivered } from '../../contract/bus.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { Config } from '../../contract/options.ts'
import type { BoundAddress } from './addresses.ts'
import { Child, type ChildHooks, type ChildSpec } from './child.ts'
import type { WorkerLine } from '../home.ts'
import {
  type ChildWord,
  encodeLaunch,
  EXIT_CONFIG,
  FIRST_SOCKET_FD,
  type Launch,
  type ListenAddresses,
  type ListenOption,
} from '../launch.ts'

export const WORKER_OPTIONS: readonly ListenOption[] = [
  'smtp.listen',
  'smtps.listen',
  'inject.listen',
  'inject.tls_listen',
  'tracking.listen',
  'tracking.tls_listen',
]
export const DESK_OPTIONS: readonly ListenOption[] = ['panel.listen', 'panel.tls_listen', 'simulator.listen']
const OPTIONS_OF = { worker: WORKER_OPTIONS, desk: DESK_OPTIONS, control: [] as readonly ListenOption[] } as const
const MAIN = {
  worker: new URL('../worker-main.ts', import.meta.url),
  desk: new URL('../desk-main.ts', import.meta.url),
  control: new URL('../control-main.ts', import.meta.url),
} as const
/** What children need beyond the grace to close what they hold. */
export const CLOSING_TIME: Ms = 10_000
/**
 * What passes through dies young or within seconds. Left to itself V8 lets the young generation of every thread grow to 128 MB and the
 * old one to 512 MB before it looks for what died; steps of this size cost no processor time that could be measured. A worker sees to
 * its own (heap-growth.ts).
 */
const HEAP = {
  worker: ['--max-semi-space-size=8', '--initial-old-space-size=96', '--heap-growing-percent=50'],
  desk: ['--max-semi-space-size=4', '--initial-old-space-size=32', '--heap-growing-percent=150'],
  control: ['--max-semi-space-size=2', '--initial-old-space-size=16', '--heap-growing-percent=50'],
} as const

/**
 * The desk reads in batches of megabytes. Left to itself glibc raises what it maps by itself to the largest of them, and keeps it for good, for
 * each thread apart (mallopt(3)). Who sets these says it better; other systems do not heed them.
 */
const DESK_MALLOC = { MALLOC_MMAP_THRESHOLD_: String(128 * 1024), MALLOC_ARENA_MAX: '2' } as const

export interface LauncherOptions {
  readonly config: Config
  readonly home: string
  readonly version: string
  readonly log: Log
  /** Lines for the person at the terminal. */
  readonly print: (line: string) => void
}

export interface TreeParts {
  readonly options: LauncherOptions
  readonly slots: number
  readonly bound: readonly BoundAddress[]
  readonly line: WorkerLine
  /** Given by the launcher before this one, with its workers that still leave; null: there is none. */
  readonly before: { readonly ticketKeys: string; readonly leaving: NonNullable<Launch['leaving']> } | null
}

/** What a release shows of itself before it serves. */
export interface Trial {
  readonly port: Promise<number>
  readonly delivered: Promise<void>
  /** Resolves with the reason when one of its processes ends. */
  readonly broken: Promise<string>
}

export class Tree {
  readonly addresses: ListenAddresses
  readonly startedAt: EpochMs = systemClock.now()
  readonly ticketKeys: string
  readonly #parts: TreeParts
  #state: 'waiting' | 'serving' | 'resting' | 'leaving' | 'stopping'
  #leaving: Launch['leaving']
  #workers: readonly Child[]
  #desk: Child
  /** Where there are several workers. */
  #control: Child | null
  readonly #notReady: Set<string>
  readonly #notServing: Set<string>
  readonly #ready = Promise.withResolvers<void>()
  readonly #serving = Promise.withResolvers<void>()
  readonly #hopeless = Promise.withResolvers<number>()
  readonly #trial = {
    port: Promise.withResolvers<number>(),
    delivered: Promise.withResolvers<void>(),
    broken: Promise.withResolvers<string>(),
  }
  readonly #waitingFor = new Map<string, string>()
  readonly #failures = new Map<string, string>()
  readonly #perhaps: PerhapsDelivered[] = []

  constructor(parts: TreeParts) {
    const { bound, before } = parts
    this.#parts = parts
    this.#state = before === null ? 'serving' : 'waiting'
    this.#leaving = before?.leaving ?? null
    this.addresses = addressesOf(bound)
    this.ticketKeys = before?.ticketKeys ?? randomBytes(48).toString('base64')
    this.#workers = this.#newWorkers()
    this.#desk = new Child(this.#specOf('desk', 0), this.#hooks())
    this.#control = this.#newControl()
    this.#notServing = new Set(this.#workers.map(({ spec }) => spec.name))
    this.#notReady = new Set([...this.#notServing, ...this.#others.map(({ spec }) => spec.name)])
  }

  /** Resolves once every process was up. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves with an exit code where a first start found that the configuration or the home cannot be used. */
  get hopeless(): Promise<number> {
    return this.#hopeless.promise
  }

  get trial(): Trial {
    const { port, delivered, broken } = this.#trial
    return { port: port.promise, delivered: delivered.promise, broken: broken.promise }
  }

  start(): void {
    for (const child of [...this.#others, ...this.#workers]) child.start()
  }

  /** Workers that waited begin to listen. Resolves when all do. */
  serve(): Promise<void> {
    this.#state = 'serving'
    for (const worker of this.#workers) worker.order({ do: 'serve' })
    return this.#serving.promise
  }

  /** The last of the launcher before this one is gone. */
  nobodyLeaves(): void {
    this.#leaving = null
  }

  async stopDesk(): Promise<void> {
    this.#desk.stop(CLOSING_TIME)
    await this.#desk.gone
  }

  /** After `stopDesk`. */
  startDesk(): void {
    this.#desk = new Child(this.#specOf('desk', 0), this.#hooks())
    this.#desk.start()
  }

  /** Ends all in order; the addresses stay. */
  async rest(): Promise<void> {
    this.#state = 'resting'
    await this.#endAll()
  }

  /** After `rest`: all begins anew. */
  wake(): void {
    this.#state = 'serving'
    this.#workers = this.#newWorkers()
    this.#desk = new Child(this.#specOf('desk', 0), this.#hooks())
    this.#control = this.#newControl()
    this.start()
  }

  /** Workers end what they have begun, for at most `grace`. Resolves with what was cut after its final dot. The desk is stopped before. */
  async leave(grace: Ms): Promise<readonly PerhapsDelivered[]> {
    this.#state = 'leaving'
    this.#closeAddresses()
    const leaving = this.#control === null ? this.#workers : [...this.#workers, this.#control]
    for (const child of leaving) child.stop(grace + CLOSING_TIME, { do: 'leave', grace })
    await Promise.all(leaving.map(({ gone }) => gone))
    return this.#perhaps
  }

  async stop(): Promise<void> {
    this.#state = 'stopping'
    // With our copies open the addresses would go on listening: clients would wait for a greeting that never comes.
    this.#closeAddresses()
    await this.#endAll()
  }

  /** The desk goes last: it tells what the workers still did. */
  async #endAll(): Promise<void> {
    const grace = this.#parts.options.config['stop.grace'] + CLOSING_TIME
    for (const worker of this.#workers) worker.stop(grace)
    await Promise.all(this.#workers.map(({ gone }) => gone))
    this.#control?.stop(CLOSING_TIME)
    await Promise.all([this.#control?.gone, this.stopDesk()])
  }

  #newWorkers(): readonly Child[] {
    return Array.from({ length: this.#parts.slots }, (_, slot) => new Child(this.#specOf('worker', slot), this.#hooks()))
  }

  /** Slots whose workers run. */
  #living(): readonly number[] {
    return this.#workers.flatMap(({ pid }, slot) => (pid === undefined ? [] : [slot]))
  }

  #newControl(): Child | null {
    return this.#parts.slots > 1 ? new Child(this.#specOf('control', 0), this.#hooks()) : null
  }

  get #others(): readonly Child[] {
    return this.#control === null ? [this.#desk] : [this.#control, this.#desk]
  }

  kill(): void {
    for (const child of [...this.#workers, ...this.#others]) child.kill()
  }

  #closeAddresses(): void {
    for (const address of this.#parts.bound) address[Symbol.dispose]()
  }

  #hooks(): ChildHooks {
    return {
      log: this.#parts.options.log,
      said: (name, word) => this.#hear(name, word),
      fell: (name, code) => this.#fell(name, code),
    }
  }

  /** Whether it is started again. */
  #fell(name: string, code: number | null): boolean {
    const slot = this.#workers.findIndex(({ spec }) => spec.name === name)
    if (slot >= 0) this.#control?.order({ do: 'died', slot })
    if (this.#state === 'waiting') {
      this.#trial.broken.resolve(this.#failures.get(name) ?? `Its ${name} ended with code ${code ?? 'none'}.`)
      return false
    }
    if (code === EXIT_CONFIG && this.#notReady.size > 0) {
      this.#hopeless.resolve(code)
      return false
    }
    return this.#state === 'serving'
  }

  #hear(name: string, word: ChildWord): void {
    switch (word.say) {
      case 'ready':
        if (this.#notReady.delete(name) && this.#notReady.size === 0) this.#ready.resolve()
        // One that was started again did not wait any more.
        if (this.#state === 'serving') this.#serves(name)
        break
      case 'serving':
        this.#serves(name)
        break
      case 'trial':
        this.#trial.port.resolve(word.port)
        break
      case 'delivered':
        this.#trial.delivered.resolve()
        break
      case 'failed':
        this.#failures.set(name, word.reason)
        break
      case 'perhaps':
        this.#perhaps.push(...word.recipients)
        break
      case 'waiting':
        this.#tellWaiting(name, word.for.join(', '))
        break
      default:
        word satisfies never
    }
  }

  #serves(name: string): void {
    if (this.#notServing.delete(name) && this.#notServing.size === 0) this.#serving.resolve()
  }

  #tellWaiting(name: string, text: string): void {
    if (text !== '' && this.#waitingFor.get(name) !== text)
      this.#parts.options.print(`${this.#state === 'leaving' ? 'Handing over' : 'Stopping'}: ${name} waits for ${text}.`)
    this.#waitingFor.set(name, text)
  }

  #specOf(role: Launch['role'], slot: number): ChildSpec {
    const { options, slots, bound, line } = this.#parts
    const { config, home, version } = options
    const mine = bound.filter(({ option }) => OPTIONS_OF[role].includes(option))
    const sockets = mine.map(({ option, address }, i) => ({ option, address, fd: FIRST_SOCKET_FD + i }))
    const { addresses, startedAt, ticketKeys } = this
    const launch = { role, slot, slots, version, home, startedAt, config, sockets, ticketKeys, addresses, line }
    return {
      name: role === 'worker' ? `worker ${slot}` : role,
      main: fileURLToPath(MAIN[role]),
      heap: HEAP[role],
      environment: role === 'desk' ? DESK_MALLOC : {},
      launch: () => {
        const waiting = role === 'worker' && this.#state === 'waiting'
        return encodeLaunch({
          ...launch,
          waiting,
          trial: waiting && slot === 0,
          leaving: role === 'desk' ? this.#leaving : null,
          living: this.#living(),
        })
      },
      fds: mine.map((address) => address.sockets[slot]?.fd() ?? -1),
    }
  }
}

function addressesOf(bound: readonly BoundAddress[]): ListenAddresses {
  const of = (wanted: ListenOption): readonly SocketAddress[] =>
    bound.filter(({ option }) => option === wanted).map(({ address }) => address)
  return {
    'smtp.listen': of('smtp.listen'),
    'smtps.listen': of('smtps.listen'),
    'inject.listen': of('inject.listen'),
    'inject.tls_listen': of('inject.tls_listen'),
    'tracking.listen': of('tracking.listen'),
    'tracking.tls_listen': of('tracking.tls_listen'),
    'panel.listen': of('panel.listen'),
    'panel.tls_listen': of('panel.tls_listen'),
    'simulator.listen': of('simulator.listen'),
  }
}
