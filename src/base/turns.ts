// Long work on many things in an event loop that others need, too: they have their turn every few milliseconds. Of all who work so, one does at a
// time, each caller in his turn; and after what held the loop for long it is everybody's for as long.
import type { Ms } from './brand.ts'
import { machineClock } from './clock.ts'

const TURN_MS = 10
/** Of one piece of work. */
const LONG_MS = 5 * TURN_MS

export class LoopTurns {
  #isHeld = false
  /** By caller, whose turn is next first. */
  readonly #waiting = new Map<unknown, (() => void)[]>()
  /** Since others had the loop. */
  #spent: Ms = 0

  async run<T>(caller: unknown, work: () => T): Promise<T> {
    const [made] = await inTurns([null], work, { turns: this, caller })
    return made as T
  }

  async enter(caller: unknown): Promise<void> {
    if (!this.#isHeld) {
      this.#isHeld = true
      return
    }
    await new Promise<void>((resolve) => {
      const own = this.#waiting.get(caller)
      if (own === undefined) this.#waiting.set(caller, [resolve])
      else own.push(resolve)
    })
  }

  leave(took: Ms): void {
    this.#spent += took
    if (this.#spent < TURN_MS) return this.#next()
    this.#spent = 0
    if (took > LONG_MS) machineClock.after(took, () => this.#next())
    else setImmediate(() => this.#next())
  }

  #next(): void {
    const [first] = this.#waiting
    if (first === undefined) {
      this.#isHeld = false
      return
    }
    const [caller, [resolve, ...rest]] = first
    this.#waiting.delete(caller)
    if (rest.length > 0) this.#waiting.set(caller, rest)
    resolve?.()
  }
}

export interface TurnOf {
  readonly turns: LoopTurns
  readonly caller: unknown
}

/** What `work` makes of each, in order. A promise among that is not waited for. `of`: whose turns these are, where many work so. */
export async function inTurns<T, R>(all: readonly T[], work: (one: T, n: number) => R, of?: TurnOf): Promise<R[]> {
  const made: R[] = []
  if (of !== undefined) await of.turns.enter(of.caller)
  let since = machineClock.mono()
  try {
    for (const [n, one] of all.entries()) {
      const done = work(one, n)
      // Whoever waits for all of them is told; until then nobody looks.
      if (done instanceof Promise) done.catch(() => undefined)
      made.push(done)
      const took = machineClock.mono() - since
      if (n + 1 === all.length || took < TURN_MS) continue
      if (of === undefined) await new Promise((resolve) => setImmediate(resolve))
      else {
        of.turns.leave(took)
        await of.turns.enter(of.caller)
      }
      since = machineClock.mono()
    }
  } finally {
    of?.turns.leave(machineClock.mono() - since)
  }
  return made
}
