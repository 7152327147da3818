// What `hms upgrade` and `hms downgrade` have in common once the other version is installed: a running server hands over to it, a
// stopped home is prepared by it, and where it does not come to that, everything is as it was before, with the reason.
import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { crashPoint } from '../base/crash-point.ts'
import { Fault, messageOf } from '../base/fault.ts'
import type { LauncherCalls, PerhapsDelivered } from '../contract/bus.ts'
import { loadConfig } from '../lifecycle/config.ts'
import { switchTo, versionFolder } from '../lifecycle/release/layout.ts'
import { endUpgrade, nextStep, readUpgrade, type UpgradeRecord } from '../lifecycle/upgrade/record.ts'
import { recoverUpgrade, removeConverted, switchBack, switchPlugins } from '../lifecycle/upgrade/recover.ts'
import { type BusClient, connectBus } from '../net/bus/client.ts'
import { startProgram } from '../services/launcher/child.ts'
import { launcherSocketPath } from '../services/home.ts'
import { takeHomeLock } from '../services/home-lock.ts'
import type { Cli } from './cli.ts'
import type { Acting } from './home-owner.ts'
import { tellStep } from './output/progress.ts'
import { runningServer } from './running.ts'

export interface VersionChanged {
  readonly kind: UpgradeRecord['kind']
  readonly from: string
  readonly to: string
  readonly backup: string | null
  /** Whether a running server handed over; else the home was prepared, and the next start runs the version. */
  readonly handedOver: boolean
  /** Plug-ins that were switched off. */
  readonly disabled: readonly string[]
  readonly perhaps: readonly PerhapsDelivered[]
}

const POLL = 100
/** A launcher that answers nobody for so long is gone. */
const SILENCE = 15_000
/** Beyond the grace: what the successor does at its end. */
const SETTLING = 120_000

/** Throws a Fault where another upgrade is under way; one that was cut off is undone or finished. `root`: of the program that asks. */
export async function settleBefore(cli: Cli, acting: Acting, { from, root }: Pick<UpgradeRecord, 'from' | 'root'>): Promise<void> {
  const record = readUpgrade(cli.home)
  if (record === null || record.outcome !== null) return
  const isRunning = runningServer(cli.home) !== undefined
  if (isRunning) {
    using launcher = new LauncherLink(cli)
    if ((await launcher.call('launcher.status', {})).under !== null)
      throw new Fault('hand-over-under-way', `The ${record.kind} to version ${record.to} is still under way.`, {
        blame: 'caller',
        temporary: true,
        mend: 'Try again in a minute or two: where nobody is at it any more, the server ends it by itself.',
      })
  }
  using _lock = isRunning ? null : lockHome(cli.home)
  // Whoever owns the home writes the record: it must not lead root to another place.
  if (record.root !== root)
    throw new Fault(
      'upgrade-record',
      `The ${record.kind} that was cut off is of the program in ${record.root}, and this one is in ${root}.`,
      {
        blame: 'caller',
        mend: `'hms start' of the version that is to run the home finishes or undoes it.`,
      },
    )
  const did = await recoverUpgrade(cli.home, from, (work) => acting.asCaller(work))
  if (did !== null) cli.terminal.warn(`${did}\n`)
}

export class VersionChange {
  readonly #cli: Cli
  readonly #acting: Acting
  #record: UpgradeRecord

  constructor(cli: Cli, acting: Acting, record: UpgradeRecord) {
    this.#cli = cli
    this.#acting = acting
    this.#record = record
  }

  /** Runs `work` as the next step. A failure undoes the upgrade and is told as that. */
  async step<T>(step: Parameters<typeof nextStep>[2] | 'checking', what: string, work: () => Promise<T>): Promise<T> {
    if (!this.#cli.json) this.#cli.terminal.warn(`${what}.\n`)
    tellStep(what)
    if (step !== 'checking') this.#record = nextStep(this.#cli.home, this.#record, step)
    try {
      return await work()
    } catch (error) {
      throw step === 'trying' && isGone(error) ? this.#cutOff(error) : await this.#undo(error)
    }
  }

  noteBackup(file: string): void {
    this.#record = { ...this.#record, backup: file }
  }

  /** They are switched off when the version begins to take effect. */
  noteDisabled(plugins: readonly string[]): void {
    if (plugins.length > 0) this.#record = { ...this.#record, plugins }
  }

  /** The last steps, by the version itself. `back`: what has to be done to a stopped home before an older version can read it. */
  async takeEffect(back: (() => Promise<void>) | null): Promise<VersionChanged> {
    const { home } = this.#cli
    const handedOver = runningServer(home) !== undefined
    const { to } = this.#record
    const what = handedOver ? `Handing over to version ${to}` : `Preparing the home for version ${to}`
    await this.step('trying', what, () => {
      switchPlugins(home, this.#record, false)
      return handedOver ? this.#handOver() : this.#prepare(back)
    })
    const record = readUpgrade(home) ?? this.#record
    const { kind, from, backup, perhaps, plugins = [] } = record
    return { kind, from, to, backup, handedOver, disabled: plugins, perhaps }
  }

  async #switch(): Promise<void> {
    this.#record = nextStep(this.#cli.home, this.#record, 'switching')
    await this.#acting.asCaller(() => switchTo(this.#record.root, this.#record.to))
    crashPoint('upgrade-switched')
  }

  async #handOver(): Promise<void> {
    const { home } = this.#cli
    const { root, to } = this.#record
    using launcher = new LauncherLink(this.#cli)
    await launcher.call('launcher.hand_over', { folder: versionFolder(root, to), version: to })
    let isCommitted = false
    let seen = ''
    for (;;) {
      const { version, under, last } = await launcher.call('launcher.status', {}).catch((error: unknown) => {
        // Another release may speak otherwise on the bus: then it is the one that leads.
        if (isCommitted && error instanceof Fault && error.code === 'bus-protocol') return { version: to, under: null, last: null }
        throw error
      })
      if (under !== null && under.step !== seen) tellStep(`Handing over to version ${to}: ${(seen = under.step)}`)
      if (version === to) break
      if (under === null && last?.to === to && last.failed === null) break
      if (under === null) throw new Fault('hand-over-failed', last?.failed ?? 'The running server forgot about it.', { blame: 'owner' })
      if (under.step === 'draining') break
      if (under.step === 'tried' && !isCommitted) {
        isCommitted = true
        await unbroken(async () => {
          await this.#switch()
          await launcher.call('launcher.commit', {})
        })
      }
      await wait(POLL)
    }
    const what = `Version ${to} is the server; the one before ends what it had begun`
    if (!this.#cli.json) this.#cli.terminal.warn(`${what}.\n`)
    tellStep(what)
    const end = performance.now() + loadConfig(home)['upgrade.grace'] + SETTLING
    while (readUpgrade(home)?.outcome !== 'done' && performance.now() < end) {
      if (runningServer(home) === undefined) throw new Fault('not-running', 'The server ended.', { blame: 'owner' })
      await wait(POLL)
    }
  }

  async #prepare(back: (() => Promise<void>) | null): Promise<void> {
    const { home } = this.#cli
    const { root, to } = this.#record
    {
      using _lock = lockHome(home)
      await back?.()
      await this.#switch()
    }
    const program = await this.#acting.asCaller(async () => {
      const args = ['upgrade', '--settle', '--home', home]
      return startProgram({ file: join(versionFolder(root, to), 'hms'), args, environment: {}, fds: [], like: home })
    })
    const code = await program.ended
    if (code !== 0) throw new Fault('upgrade-failed', `Version ${to} could not prepare the home (code ${code}).`, { blame: 'owner' })
  }

  /** The record's end; what kept it from being written, in words. The next start reads the record as it is. */
  #close(reason: string): string {
    try {
      removeConverted(this.#cli.home, this.#record)
      switchPlugins(this.#cli.home, this.#record, true)
      endUpgrade(this.#cli.home, this.#record, { outcome: 'undone', reason })
      return ''
    } catch (error) {
      return ` upgrade.json could not be written: ${messageOf(error)}`
    }
  }

  #cutOff(cause: unknown): Fault {
    const { kind, to } = this.#record
    const message = `The server ended, or does not answer, while version ${to} was to take over.`
    const mend = `'hms start' finishes or undoes the ${kind}, and says which.`
    return new Fault('upgrade-cut-off', message, { blame: 'owner', cause, mend })
  }

  /** Gives the Fault to throw. */
  async #undo(error: unknown): Promise<Fault> {
    const { kind, from, to } = this.#record
    const reason = messageOf(error)
    const isSwitched = this.#record.step === 'switching'
    const more = isSwitched ? ` ${await this.#acting.asCaller(() => switchBack(this.#record))}` : ''
    const unwritten = this.#close(reason)
    const mend = error instanceof Fault && error.mend !== undefined ? { mend: error.mend } : {}
    const message = `The ${kind} to version ${to} was undone; version ${from} goes on. ${reason}${more}${unwritten}`
    return new Fault('upgrade-undone', message, { blame: 'owner', cause: error, ...mend })
  }
}

/** A Ctrl-C within is not heard: what the link says and what the server does belong together. */
async function unbroken(work: () => Promise<void>): Promise<void> {
  const deaf = (): void => {}
  process.on('SIGINT', deaf)
  try {
    await work()
  } finally {
    process.off('SIGINT', deaf)
  }
}

export function lockHome(home: string): Disposable {
  const lock = takeHomeLock(home)
  if (lock !== null) return lock
  throw new Fault('home-in-use', `Another hms is busy with the home ${home}.`, { blame: 'caller', temporary: true, mend: 'Try again.' })
}

function isGone(error: unknown): boolean {
  return error instanceof Fault && ['not-running', 'bus-closed', 'bus-timeout'].includes(error.code)
}

/** To the launcher that runs, whichever that is: while one hands over, it is first the one and then the other. */
class LauncherLink implements Disposable {
  readonly #cli: Cli
  #client: BusClient<LauncherCalls> | null = null

  constructor(cli: Cli) {
    this.#cli = cli
  }

  async call<N extends keyof LauncherCalls>(name: N, params: LauncherCalls[N]['params']): Promise<LauncherCalls[N]['result']> {
    const { home, version } = this.#cli
    for (const end = performance.now() + SILENCE; ;) {
      try {
        this.#client ??= await connectBus<LauncherCalls>(launcherSocketPath(home), { version })
        // The same type twice: the compiler cannot see through a call that is still a parameter.
        const call = this.#client.call as (name: N, params: object, options: object) => Promise<LauncherCalls[N]['result']>
        return await call(name, params, { timeout: SILENCE })
      } catch (error) {
        this[Symbol.dispose]()
        if (!isGone(error) || performance.now() > end) throw error
      }
      await wait(POLL)
    }
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]()
    this.#client = null
  }
}
