// A launcher that holds the home's lock and has its tree: stops it in order, answers at run/launcher.sock, and hands over to another
// release. After it has handed over it is no server any more: where systemd does not watch it, it stays for as long as its successor
// runs, passes signals on and ends with its exit code, as whoever started it knows no other process.
import { rmSync, writeFileSync } from 'node:fs'
import type { Ms } from '../../base/brand.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { HandOverEnd, LauncherCalls } from '../../contract/bus.ts'
import { serveBus } from '../../net/bus/server.ts'
import type { BoundAddress } from './addresses.ts'
import { HandOver, nothingToCommit, type Target } from '../succession/hand-over.ts'
import { launcherSocketPath, runningPath, type RunningServer, type WorkerLine } from '../home.ts'
import { inheritHomeLock } from '../home-lock.ts'
import { EXIT_CONFIG, type ListenAddresses } from '../launch.ts'
import { notifySystemd } from './notify.ts'
import { settleAndPrepare } from './prepare.ts'
import type { Predecessor } from '../succession/succession.ts'
import { CLOSING_TIME, type LauncherOptions, type Tree } from './tree.ts'

const RETAKE_WITHIN: Ms = 10_000

export interface Launcher {
  readonly addresses: ListenAddresses
  /** Resolves once every worker and the desk were ready. */
  readonly ready: Promise<void>
  /** Resolves with the exit code after the last child ended: 0 after an orderly stop. */
  readonly done: Promise<number>
  /** Stops in order; a second call kills what is left. */
  stop(): void
  /** Whether SIGHUP is another launcher's matter, which has it now. */
  passHangUp(): boolean
}

export interface LauncherParts {
  readonly options: LauncherOptions
  readonly tree: Tree
  readonly bound: readonly BoundAddress[]
  readonly slots: number
  readonly line: WorkerLine
  /** The home's. */
  readonly lock: Disposable
  /** The launcher that this one came from, and its version. */
  readonly predecessor: { readonly lifeline: Predecessor; readonly version: string } | null
}

export class RunningLauncher implements Launcher {
  readonly #parts: LauncherParts
  readonly #isWatched = (process.env['NOTIFY_SOCKET'] ?? '') !== ''
  readonly #done = Promise.withResolvers<number>()
  readonly #held = new AsyncDisposableStack()
  #lock: Disposable
  #isStopping = false
  #exitCode = 0
  #handOver: HandOver | null = null
  #attempt: Promise<void> = Promise.resolve()
  /** While workers of the launcher before this one are ending. */
  #drainsFrom: string | null = null
  #last: HandOverEnd | null = null
  /** While the home is at rest for another program; resolves when that has ended. */
  #rest: Promise<void> | null = null

  private constructor(parts: LauncherParts) {
    this.#parts = parts
    this.#lock = parts.lock
    if (parts.predecessor !== null) void this.#followDrain(parts.predecessor)
    void parts.tree.hopeless.then((code) => {
      this.#exitCode = code
      if (!this.#isStopping) this.stop()
    })
  }

  /** The parts are the launcher's when it resolves. Rejects where the home cannot be written. */
  static async begin(parts: LauncherParts): Promise<RunningLauncher> {
    writeRunning(parts)
    const launcher = new RunningLauncher(parts)
    await launcher.#listen()
    return launcher
  }

  get addresses(): ListenAddresses {
    return this.#parts.tree.addresses
  }

  get ready(): Promise<void> {
    return this.#parts.tree.ready
  }

  get done(): Promise<number> {
    return this.#done.promise
  }

  stop(): void {
    const { tree, predecessor } = this.#parts
    if (this.#handOver?.isLed === true) {
      // systemd tells the successor itself.
      if (!this.#isWatched) this.#handOver.successor.signal('SIGTERM')
    } else if (!this.#isStopping) {
      this.#isStopping = true
      void this.#stop()
    } else {
      tree.kill()
      this.#handOver?.successor.signal('SIGKILL')
      void predecessor?.lifeline.say({ say: 'stopping', now: true })
    }
  }

  passHangUp(): boolean {
    if (this.#handOver?.isLed !== true) return false
    this.#handOver.successor.signal('SIGHUP')
    return true
  }

  async #stop(): Promise<void> {
    const { tree, options, predecessor } = this.#parts
    // The owner may have made the grace longer than the unit's TimeoutStopSec.
    void notifySystemd(`STOPPING=1\nEXTEND_TIMEOUT_USEC=${(options.config['stop.grace'] + 3 * CLOSING_TIME) * 1000}`)
    void predecessor?.lifeline.say({ say: 'stopping', now: false })
    this.#handOver?.cancel()
    await this.#attempt
    await this.#rest
    if (this.#handOver !== null) {
      // It came too late: the successor leads.
      this.#handOver.successor.signal('SIGTERM')
      return
    }
    await tree.stop()
    if (predecessor !== null) await Promise.race([predecessor.lifeline.ordered('left'), predecessor.lifeline.gone])
    predecessor?.lifeline[Symbol.dispose]()
    rmSync(runningPath(options.home), { force: true })
    await this.#held.disposeAsync()
    this.#lock[Symbol.dispose]()
    if (this.#exitCode === 0) options.print('Stopped.')
    this.#done.resolve(this.#exitCode)
  }

  async #listen(): Promise<void> {
    const { options } = this.#parts
    const { home, version, log } = options
    const server = await serveBus<LauncherCalls>(
      launcherSocketPath(home),
      {
        'launcher.status': () => ({ pid: process.pid, version, under: this.#under(), last: this.#last }),
        'launcher.hand_over': (target) => {
          this.#begin(target)
          return {}
        },
        'launcher.commit': () => {
          if (this.#handOver === null) throw nothingToCommit()
          this.#handOver.commit()
          return {}
        },
        'launcher.rest': async (_params, signal) => {
          await this.#beginRest(signal)
          return {}
        },
      },
      { version, log },
    )
    this.#held.use(server)
  }

  async #beginRest(signal: AbortSignal): Promise<void> {
    const { options, tree } = this.#parts
    this.#requireQuiet()
    options.print('Workers and desk end, as the home is needed at rest; clients wait.')
    const gone = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve())
    })
    const resting = tree.rest()
    this.#rest = Promise.all([gone, resting])
      .then(() => this.#wake())
      .finally(() => {
        this.#rest = null
      })
    await resting
  }

  /** Who wanted the rest is gone, done or not. */
  async #wake(): Promise<void> {
    const { options, tree } = this.#parts
    if (this.#isStopping) return
    try {
      await settleAndPrepare(options)
      if (this.#isStopping) return
      tree.wake()
      options.print('Workers and desk start again.')
    } catch (error) {
      options.log.error('the home cannot be used after its rest', { reason: messageOf(error) })
      options.print(messageOf(error))
      this.#exitCode = EXIT_CONFIG
      this.stop()
    }
  }

  #under(): LauncherCalls['launcher.status']['result']['under'] {
    const { options } = this.#parts
    if (this.#handOver !== null) return this.#handOver.status
    return this.#drainsFrom === null ? null : { from: this.#drainsFrom, to: options.version, step: 'draining' }
  }

  #requireQuiet(): void {
    if (!this.#isStopping && this.#under() === null && this.#rest === null) return
    throw new Fault('hand-over-under-way', 'The server is stopping, handing over or at rest already.', {
      blame: 'caller',
      temporary: true,
      mend: "'hms status' shows it.",
    })
  }

  #begin(target: Target): void {
    const { options, tree, bound, slots, line } = this.#parts
    this.#requireQuiet()
    options.print(`Handing over to version ${target.version}.`)
    const releaseLock = (): void => this.#lock[Symbol.dispose]()
    const retakeLock = async (): Promise<void> => {
      this.#lock = (await inheritHomeLock(options.home, RETAKE_WITHIN)) ?? this.#lock
    }
    const parts = { options, tree, bound, slots, line, isWatched: this.#isWatched, releaseLock, retakeLock }
    this.#last = null
    this.#handOver = new HandOver(parts, target)
    this.#attempt = this.#run(this.#handOver, target)
  }

  /** Resolves when it is decided who is the server. */
  async #run(handOver: HandOver, { version: to }: Target): Promise<void> {
    const { options } = this.#parts
    const from = options.version
    try {
      await handOver.run()
    } catch (error) {
      this.#handOver = null
      const mend = error instanceof Fault && error.mend !== undefined ? ` ${error.mend}` : ''
      this.#last = { from, to, failed: messageOf(error) + mend, perhaps: [] }
      options.log.error('the hand-over failed; this version goes on', { to, reason: messageOf(error) })
      options.print(`Version ${to} could not take over: ${messageOf(error)} Version ${from} goes on.${mend}`)
      if (!this.#isStopping) writeRunning(this.#parts)
      return
    }
    options.print(`Version ${to} is the server now, process ${handOver.successor.pid ?? 'unknown'}.`)
    void this.#leave(handOver, to)
  }

  async #leave(handOver: HandOver, to: string): Promise<void> {
    const from = this.#parts.options.version
    const perhaps = await handOver.drain()
    this.#last = { from, to, failed: null, perhaps }
    await this.#held.disposeAsync()
    if (this.#isWatched) handOver.successor.letGo()
    const code = this.#isWatched ? 0 : await handOver.successor.ended
    this.#parts.predecessor?.lifeline[Symbol.dispose]()
    this.#done.resolve(code)
  }

  async #followDrain({ lifeline, version }: NonNullable<LauncherParts['predecessor']>): Promise<void> {
    const { tree, options } = this.#parts
    this.#drainsFrom = version
    await Promise.race([lifeline.ordered('left'), lifeline.gone])
    tree.nobodyLeaves()
    this.#drainsFrom = null
    this.#last = { from: version, to: options.version, failed: null, perhaps: lifeline.perhaps }
  }
}

function writeRunning({ options, tree, slots, line }: LauncherParts): void {
  const { home, version } = options
  const running: RunningServer = {
    pid: process.pid,
    version,
    startedAt: tree.startedAt,
    workers: slots,
    line,
    addresses: tree.addresses,
  }
  try {
    writeFileSync(runningPath(home), `${JSON.stringify(running)}\n`, { mode: 0o600 })
  } catch (cause) {
    const mend = 'Run hms as the user that owns the home, and let that user write all in it.'
    throw new Fault('home-unusable', `The home ${home} cannot be written: ${messageOf(cause)}.`, { blame: 'owner', cause, mend })
  }
}
