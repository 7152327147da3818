// Time as a parameter: what waits or stamps takes a Clock, so that a test can hold time in its hand.
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

export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delay, fn) {
    const timer = setTimeout(fn, Math.max(0, Math.min(delay, LONGEST_DELAY)))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** For names of files: `20261122T164411Z`, in UTC. */
export function compactTime(at: EpochMs): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
}
