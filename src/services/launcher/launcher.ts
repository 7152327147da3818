// The launcher, the process of `hms start`: takes the home's lock, binds the addresses, starts the workers and the desk, starts again
// what falls, and stops all in order; or takes all of that over from a launcher that runs. It is small and needs no package, as nothing
// watches it.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { keepHeapAtRest } from '../../base/heap-rest.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { bindAddress, type BoundAddress } from './addresses.ts'
import { runningPath, type RunningServer } from '../home.ts'
import { takeHomeLock } from '../home-lock.ts'
import { EXIT_BUG, formatAddress, type ListenAddresses } from '../launch.ts'
import { feedWatchdog, notifySystemd } from './notify.ts'
import { pause } from '../pause.ts'
import { recoverAndPrepare } from './prepare.ts'
import { reloadReport } from './reload.ts'
import { type Launcher, RunningLauncher } from './running-launcher.ts'
import { type Succession, takeSuccession } from '../succession/succession.ts'
import { succeed } from '../succession/successor.ts'
import { DESK_OPTIONS, type LauncherOptions, Tree, WORKER_OPTIONS } from './tree.ts'

/** A server that ends lets go of its lock last. */
const SERVER_PATIENCE: Ms = 500
/** `hms status` and others that look into a stopped home hold its lock meanwhile: a second, and on a busy machine some more. */
const LOCK_PATIENCE: Ms = 10_000
/** From then on whoever started it is told what it waits for. */
const TOLD_AFTER: Ms = 500
const LOCK_STEP: Ms = 100

/** Starts the tree. Rejects with a Fault: `home-in-use`, `home-unusable`, or one that names an address. */
export async function launch(options: LauncherOptions): Promise<Launcher> {
  using held = new DisposableStack()
  const lock = held.use(await lockHome(options))
  await recoverAndPrepare(options)
  const slots = options.config.workers > 0 ? options.config.workers : Math.max(1, availableParallelism() - 1)
  const bound: BoundAddress[] = []
  for (const option of [...WORKER_OPTIONS, ...DESK_OPTIONS]) {
    const count = WORKER_OPTIONS.includes(option) ? slots : 1
    for (const wanted of options.config[option]) bound.push(held.use(await bindAddress(option, wanted, count)))
  }
  const tree = new Tree({ options, slots, bound, line: 'a', before: null })
  const launcher = await RunningLauncher.begin({ options, tree, bound, slots, line: 'a', lock, predecessor: null })
  held.move()
  tree.start()
  return launcher
}

async function lockHome({ home, print }: Pick<LauncherOptions, 'home' | 'print'>): Promise<Disposable> {
  let isTold = false
  for (let waited = 0; waited <= (isServed(home) ? SERVER_PATIENCE : LOCK_PATIENCE); waited += LOCK_STEP) {
    try {
      const lock = takeHomeLock(home)
      if (lock !== null) return lock
    } catch (cause) {
      const mend = 'Run hms as the user that owns the home, and let that user write all in it.'
      throw new Fault('home-unusable', `The home ${home} cannot be used: ${messageOf(cause)}.`, { blame: 'owner', cause, mend })
    }
    if (waited >= TOLD_AFTER && !isTold && !isServed(home)) {
      print('Waiting for another hms that is busy with this home.')
      isTold = true
    }
    await pause(LOCK_STEP)
  }
  throw new Fault('home-in-use', `Another hms is running on the home ${home}.`, {
    blame: 'caller',
    mend: "Use 'hms status' to see it, 'hms stop' to stop it, or another --home.",
  })
}

/** Whether who holds the lock may be a server: then nothing is waited for. Tells nothing where the lock is free. */
function isServed(home: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(runningPath(home), 'utf8')) as RunningServer
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** `hms start`: runs the tree in the foreground until a signal ends it. Resolves with the exit code. */
export async function runLauncher(options: LauncherOptions): Promise<number> {
  const succession = takeSuccession(process.env)
  const stopped = new AbortController()
  let launcher: Launcher | null = null
  using _watchdog = feedWatchdog()
  using _rest = keepHeapAtRest(machineClock)
  const stop = (): void => {
    stopped.abort()
    launcher?.stop()
  }
  const hangUp = (): void => {
    if (process.stdin.isTTY) stop()
    else if (launcher?.passHangUp() !== true) for (const line of reloadReport(options.home, options.config)) options.print(line)
  }
  process.stderr.on('error', () => {})
  process.stdout.on('error', () => {})
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', hangUp)
  try {
    launcher = succession === null ? await launch(options) : await succeed(options, succession, stopped.signal)
    if (stopped.signal.aborted) launcher.stop()
    return await runToEnd(launcher, options, succession)
  } catch (error) {
    if (succession === null) throw error
    // Its predecessor was told, and tells.
    options.log.error('this version could not take over', { reason: messageOf(error) })
    return EXIT_BUG
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    process.off('SIGHUP', hangUp)
  }
}

async function runToEnd(launcher: Launcher, { print }: LauncherOptions, succession: Succession | null): Promise<number> {
  const from = succession === null ? '' : `Took over from version ${succession.version}. `
  void launcher.ready.then(() => {
    print(`${from}${readyLine(launcher.addresses)}`)
    // A successor said so when it was told who it is.
    if (succession === null) void notifySystemd('READY=1')
  })
  return await launcher.done
}

function readyLine(addresses: ListenAddresses): string {
  const named = (name: string, list: readonly SocketAddress[]): string[] =>
    list.length === 0 ? [] : [`${name} ${list.map(formatAddress).join(', ')}`]
  return `Ready: ${[
    ...named('SMTP', addresses['smtp.listen']),
    ...named('SMTP over TLS', addresses['smtps.listen']),
    ...named('injection', addresses['inject.listen']),
    ...named('injection over TLS', addresses['inject.tls_listen']),
    ...named('tracking', addresses['tracking.listen']),
    ...named('tracking over TLS', addresses['tracking.tls_listen']),
    ...named('Control Panel', addresses['panel.listen']),
    ...named('Control Panel over TLS', addresses['panel.tls_listen']),
    ...named('mailbox simulator', addresses['simulator.listen']),
  ].join('; ')}.`
}
