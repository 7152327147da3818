// What a worker and the desk have in common as processes: the launcher's word, signals, the end of the launcher, and
// what becomes of an error that nothing caught.
import type { Ms } from '../base/brand.ts'
import { machineClock } from '../base/clock.ts'
import { Fault, messageOf } from '../base/fault.ts'
import { keepHeapAtRest } from '../base/heap-rest.ts'
import { jsonLog, type Log } from '../base/log.ts'
import type { PerhapsDelivered } from '../contract/bus.ts'
import { type ChildWord, EXIT_BUG, EXIT_CONFIG, type Launch, type Lifeline, openLifeline, ORPHAN_GRACE, readLaunch } from './launch.ts'
import { inLines } from './lines.ts'

const STOP_TELL_EVERY: Ms = 1000

/** A worker or desk that runs. */
export interface RunningRole {
  /** Ends in order, at most `grace` ms for what is in flight. `isFollowed`: others serve at the same addresses. Never rejects. */
  stop(grace: Ms, isFollowed?: boolean): Promise<void>
  /** Begins to do what it waited for. Rejects where it cannot. */
  serve?(): Promise<void>
  /** The worker of a slot has ended. */
  died?(slot: number): void
  /** After a stop: what was cut after its final dot. */
  perhaps?(): readonly PerhapsDelivered[]
  /** What a stop still waits for, in words. */
  stopping(): readonly string[]
}

export interface RoleContext {
  readonly launch: Launch
  readonly log: Log
  /** To the launcher. */
  readonly say: (word: ChildWord) => void
}

/** The `main` of a child process. Resolves when it is up; from then on signals decide. */
export async function runRole(role: Launch['role'], start: (context: RoleContext) => Promise<RunningRole>): Promise<void> {
  process.umask(0o077)
  const launch = readLaunch(process.env, role)
  const name = role === 'worker' ? `${role} ${launch.slot}` : role
  process.title = `hms ${name}`
  // Whoever read the log is gone: that ends nothing.
  process.stderr.on('error', () => {})
  const log = jsonLog(name, launch.config['log.level'], (line) => process.stderr.write(line))
  endOnBugs(log)
  const running = Promise.withResolvers<RunningRole>()
  let stopping = false
  const stop = async (grace: Ms, isFollowed: boolean): Promise<void> => {
    if (stopping) return
    stopping = true
    await endInOrder(await running.promise, lifeline, { grace, isFollowed })
  }
  const serve = async (): Promise<void> => {
    const it = await running.promise
    await it.serve?.().catch((error: unknown) => endAtStart({ log, lifeline }, error))
    void lifeline.say({ say: 'serving' })
  }
  const lifeline = openLifeline({
    orphaned: () => {
      log.warn('the launcher is gone: draining')
      setTimeout(() => process.exit(EXIT_BUG), ORPHAN_GRACE + 4000).unref()
      void stop(Math.min(launch.config['stop.grace'], ORPHAN_GRACE), false)
    },
    ordered: (order) => {
      if (order.do === 'died') void running.promise.then((it) => it.died?.(order.slot))
      else void (order.do === 'serve' ? serve() : stop(order.grace, true))
    },
  })
  process.on('SIGTERM', () => void stop(launch.config['stop.grace'], false))
  // A Ctrl-C at the terminal reaches the whole group; the launcher turns it into an orderly SIGTERM.
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  try {
    running.resolve(await start({ launch, log, say: (word) => void lifeline.say(word) }))
  } catch (error) {
    endAtStart({ log, lifeline }, error)
  }
  keepHeapAtRest(machineClock)
  void lifeline.say({ say: 'ready' })
}

/** Says meanwhile what it waits for, and at the end what was cut. */
async function endInOrder(
  it: RunningRole,
  lifeline: Lifeline,
  { grace, isFollowed }: { readonly grace: Ms; readonly isFollowed: boolean },
): Promise<never> {
  const teller = setInterval(() => void lifeline.say({ say: 'waiting', for: it.stopping() }), STOP_TELL_EVERY)
  await it.stop(grace, isFollowed)
  clearInterval(teller)
  for (const recipients of inLines(it.perhaps?.() ?? [])) await lifeline.say({ say: 'perhaps', recipients })
  process.exit(0)
}

function endOnBugs(log: Log): void {
  const end = (error: unknown): void => {
    log.error('an error that nothing caught ends this process', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    process.exit(EXIT_BUG)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

function endAtStart({ log, lifeline }: { log: Log; lifeline: Lifeline }, error: unknown): never {
  const isOwners = error instanceof Fault && error.blame === 'owner'
  void lifeline.say({ say: 'failed', reason: messageOf(error), mend: error instanceof Fault ? (error.mend ?? null) : null })
  if (isOwners) {
    log.error(error.message, { code: error.code, mend: error.mend })
    process.exit(error.temporary ? EXIT_BUG : EXIT_CONFIG)
  }
  log.error(`cannot start: ${messageOf(error)}`, { error: error instanceof Error ? error.stack : undefined })
  process.exit(EXIT_BUG)
}
