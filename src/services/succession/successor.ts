// A launcher that takes over from a running one, step by step as it is told (succession.ts). Until it leads, whatever goes wrong is the
// end of all that it started, and of nothing else.
import { closeSync } from 'node:fs'
import type { Ms } from '../../base/brand.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { endUpgrade, nextStep, readUpgrade, type UpgradeRecord } from '../../lifecycle/upgrade/record.ts'
import { abandonUpgrade, settleUpgrade } from '../../lifecycle/upgrade/recover.ts'
import { bindAddress, type BoundAddress, inheritedAddress } from '../launcher/addresses.ts'
import type { WorkerLine } from '../home.ts'
import { announceSuccessor, inheritHomeLock } from '../home-lock.ts'
import type { ListenOption } from '../launch.ts'
import { notifySystemd } from '../launcher/notify.ts'
import { prepare } from '../launcher/prepare.ts'
import { RunningLauncher } from '../launcher/running-launcher.ts'
import { Predecessor, type Succession, type SuccessorWord } from './succession.ts'
import { DESK_OPTIONS, type LauncherOptions, Tree, WORKER_OPTIONS } from '../launcher/tree.ts'
import { tryOut } from './trial.ts'

const LOCK_WITHIN: Ms = 10_000
const TELL_EVERY: Ms = 10_000
const SERVING_WITHIN: Ms = 50_000
/** Mail that came in meanwhile has this long to go where it was on its way to. */
const GOING_BACK: Ms = 10_000

/** Resolves when it leads. Rejects with a Fault, which the predecessor has been told, where it does not come to that. */
export async function succeed(options: LauncherOptions, succession: Succession, stopped: AbortSignal): Promise<RunningLauncher> {
  const lifeline = new Predecessor()
  const attempt = new Attempt(options, succession, { lifeline, stopped })
  try {
    return await attempt.run()
  } catch (error) {
    await attempt.end()
    const mend = error instanceof Fault ? (error.mend ?? null) : null
    await lifeline.say({ say: 'failed', reason: messageOf(error), mend })
    lifeline[Symbol.dispose]()
    throw error
  }
}

/** Where it comes to an end before there was an attempt: the predecessor is told why. */
export async function refuseSuccession(error: unknown): Promise<void> {
  using lifeline = new Predecessor()
  await lifeline.say({ say: 'failed', reason: messageOf(error), mend: error instanceof Fault ? (error.mend ?? null) : null })
}

class Attempt {
  readonly #options: LauncherOptions
  readonly #succession: Succession
  readonly #lifeline: Predecessor
  readonly #ended: Promise<never>
  readonly #held = new DisposableStack()
  #tree: Tree | null = null
  #isServing = false
  #record: UpgradeRecord | null = null

  constructor(options: LauncherOptions, succession: Succession, around: { lifeline: Predecessor; stopped: AbortSignal }) {
    this.#options = options
    this.#succession = succession
    this.#lifeline = around.lifeline
    this.#ended = endOf(around)
    this.#ended.catch(() => {})
  }

  async run(): Promise<RunningLauncher> {
    const { home, version } = this.#options
    const { slots, line: lineBefore, ticketKeys } = this.#succession
    const next = await announceSuccessor(home, LOCK_WITHIN)
    if (next === null) throw inUse(`Another server is about to take over the home ${home}.`)
    this.#held.use(next)
    const bound = await this.#addresses()
    const line: WorkerLine = lineBefore === 'a' ? 'b' : 'a'
    const before = { ticketKeys, leaving: { line: lineBefore, slots } }
    const tree = new Tree({ options: this.#options, slots, bound, line, before })
    await this.#told({ say: 'here', version }, 'try')
    await this.#prepare()
    this.#tree = tree
    tree.start()
    await Promise.race([tryOut(tree), this.#ended])
    await this.#told({ say: 'tried' }, 'serve')
    this.#record = underWay(readUpgrade(home), version)
    if (this.#record !== null) this.#record = nextStep(home, this.#record, 'serving')
    await Promise.race([within(SERVING_WITHIN, tree.serve(), 'Its workers did not listen in time.'), this.#ended])
    this.#isServing = true
    await this.#told({ say: 'serving' }, 'lead')
    const lock = await inheritHomeLock(home, LOCK_WITHIN)
    if (lock === null) throw inUse(`The lock of the home ${home} was not let go of.`)
    this.#held.use(lock)
    const predecessor = { lifeline: this.#lifeline, version: this.#succession.version }
    const launcher = await RunningLauncher.begin({ options: this.#options, tree, bound, slots, line, lock, predecessor })
    this.#held.move()
    next[Symbol.dispose]()
    // Before the predecessor may end: systemd must not take its end for that of the service.
    await notifySystemd(`MAINPID=${process.pid}\nREADY=1`)
    if (this.#record !== null) void this.#settle(this.#record)
    await this.#lifeline.say({ say: 'leading' })
    return launcher
  }

  /** Conversions may take longer than the predecessor would wait in silence. */
  async #prepare(): Promise<void> {
    const teller = setInterval(() => void this.#lifeline.say({ say: 'doing', what: 'preparing the home' }), TELL_EVERY)
    await prepare(this.#options).finally(() => clearInterval(teller))
  }

  /** Ends all that was started, and removes what was converted. */
  async end(): Promise<void> {
    const { home, version } = this.#options
    await this.#tree?.leave(GOING_BACK)
    await this.#tree?.stopDesk()
    if (this.#tree !== null) abandonUpgrade(home, version)
    this.#held.dispose()
  }

  /** It is the server: the record of the upgrade comes to its end with the last worker of the version before. */
  async #settle(record: UpgradeRecord): Promise<void> {
    const { home, log, print } = this.#options
    try {
      const settling = nextStep(home, record, 'settling')
      for (const { file, beside } of settleUpgrade(home, settling))
        print(beside === null ? `${file} is that of version ${record.to} now.` : `You edited ${file}: the new default is ${beside}.`)
      await Promise.race([this.#lifeline.ordered('left'), this.#lifeline.gone])
      endUpgrade(home, settling, { outcome: 'done', perhaps: this.#lifeline.perhaps })
    } catch (error) {
      log.error('the upgrade is not recorded to its end; the next start does it', { reason: messageOf(error) })
    }
  }

  /** Says a word and waits for the order that answers it. Where the predecessor is gone and ours serve, nobody else is left to lead. */
  async #told(word: SuccessorWord, order: 'try' | 'serve' | 'lead'): Promise<void> {
    await this.#lifeline.say(word)
    const gone = this.#isServing ? this.#lifeline.gone : this.#ended
    await Promise.race([this.#lifeline.ordered(order), gone])
  }

  /** Those of the launcher before this one; where it listened at none for an option, those of the configuration. */
  async #addresses(): Promise<readonly BoundAddress[]> {
    const { sockets, slots } = this.#succession
    const bound: BoundAddress[] = []
    for (const { option, address, fds } of sockets) {
      if (isListenOption(option)) bound.push(this.#held.use(inheritedAddress(option, address, fds)))
      else for (const fd of fds) closeSync(fd)
    }
    for (const option of [...WORKER_OPTIONS, ...DESK_OPTIONS]) {
      if (bound.some((one) => one.option === option)) continue
      const count = WORKER_OPTIONS.includes(option) ? slots : 1
      for (const wanted of this.#options.config[option]) bound.push(this.#held.use(await bindAddress(option, wanted, count)))
    }
    return bound
  }
}

function inUse(message: string): Fault {
  return new Fault('home-in-use', message, { blame: 'caller', temporary: true, mend: "Try again; 'hms status' tells which version runs." })
}

/** Null where the hand-over is no part of one. */
function underWay(record: UpgradeRecord | null, version: string): UpgradeRecord | null {
  return record?.outcome === null && record.to === version ? record : null
}

function isListenOption(option: string): option is ListenOption {
  return ([...WORKER_OPTIONS, ...DESK_OPTIONS] as string[]).includes(option)
}

/** Rejects when the attempt is to end for a reason that is not its own. */
function endOf({ lifeline, stopped }: { lifeline: Predecessor; stopped: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    const end = (what: string): void => reject(new Fault('hand-over-failed', what, { blame: 'caller' }))
    void lifeline.gone.then(() => end('The server that was to hand over is gone.'))
    stopped.addEventListener('abort', () => end('It was asked to end.'))
  })
}

function within<T>(most: Ms, work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Fault('trial-failed', what, { blame: 'owner', mend: "The server's log tells more." })), most)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
