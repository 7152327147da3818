// Long work on many things in an event loop that others need, too: they have their turn every few milliseconds.
import { machineClock } from './clock.ts'

const TURN_MS = 10

/** What `work` makes of each, in order. A promise among that is not waited for. */
export async function inTurns<T, R>(all: readonly T[], work: (one: T, n: number) => R): Promise<R[]> {
  const made: R[] = []
  let since = machineClock.mono()
  for (const [n, one] of all.entries()) {
    const done = work(one, n)
    // Whoever waits for all of them is told; until then nobody looks.
    if (done instanceof Promise) done.catch(() => undefined)
    made.push(done)
    if (n + 1 === all.length || machineClock.mono() - since < TURN_MS) continue
    await new Promise((resolve) => setImmediate(resolve))
    since = machineClock.mono()
  }
  return made
}
