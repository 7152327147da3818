// Time as a parameter: what waits or stamps takes a Clock, so that a test can hold time in its hand.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { EpochMs, Ms } from './brand.ts'

export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump when the machine's clock is set. */
  now(): EpochMs
  /** Monotonic milliseconds from an arbitrary start; never goes back. */
  mono(): Ms
  /** Calls `fn` once after `delay` ms (0 to 2^31 − 1; longer is cut to that). Disposing cancels. Does not keep the process alive. */
  after(delay: Ms, fn: () => void): Disposable
}

const LONGEST_DELAY: Ms = 2 ** 31 - 1

/** For what watches over processes, threads and disks of this machine: they are no quicker where the mail's time is. */
export const machineClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delay, fn) {
    const timer = setTimeout(fn, Math.max(0, Math.min(delay, LONGEST_DELAY)))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** The mail's time: of peers, schedules, limits, events, and of all that an owner is shown. It is the machine's, but for some tests. */
export const systemClock: Clock = process.env['HMS_TEST_CLOCK'] === undefined ? machineClock : clockOfTests()

/** Of the test kit (`testkit/tree-clock.ts`), which moves the time of a whole tree of processes on; a release has none. */
function clockOfTests(): Clock {
  const file = join(import.meta.dirname, '..', '..', 'testkit', 'shared-clock.ts')
  if (!existsSync(file)) {
    process.stderr.write('hms: HMS_TEST_CLOCK is set, which is for tests of a checkout. Unset it.\n')
    process.exit(78)
  }
  return (createRequire(import.meta.url)(file) as { readonly sharedClock: Clock }).sharedClock
}

/** What this thread has had of the processor. It stands still while the machine is busy with others. */
export function ownProcessor(): Ms {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Calls `fn` again and again. */
export function every(clock: Clock, interval: Ms, fn: () => void): Disposable {
  const again = (): Disposable =>
    clock.after(interval, () => {
      timer = again()
      fn()
    })
  let timer = again()
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() }
}

/** For names of files: `20261122T164411Z`, in UTC. */
export function compactTime(at: EpochMs): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
}
