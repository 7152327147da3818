// What control tells workers of effects: each asks for what happened since, and is answered when something did. Who is too far behind, or
// followed another control, is told all that holds.
import { addAbortListener } from 'node:events'
import { systemClock } from '../../base/clock.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import type { Happening } from '../../contract/blocks.ts'
import type { Effects } from '../../engine/ports/effects.ts'

type Told = ControlCalls['control.effects']['result']
type Asked = ControlCalls['control.effects']['params']

const MOST_RECENT = 1000

export class FollowedEffects {
  readonly #effects: Effects
  /** Of this control: numbers of another mean nothing here. */
  readonly #name = `${process.pid} ${systemClock.now()}`
  #recent: Happening[] = []
  /** How many there ever were. */
  #count = 0
  readonly #waiting = new Set<() => void>()

  constructor(effects: Effects) {
    this.#effects = effects
    effects.onHappening((happening) => {
      this.#recent.push(happening)
      this.#count++
      if (this.#recent.length > 2 * MOST_RECENT) this.#recent = this.#recent.slice(-MOST_RECENT)
      for (const wake of this.#waiting) wake()
    })
  }

  async follow({ name, after }: Asked, signal: AbortSignal): Promise<Told> {
    const isNew = name !== this.#name || after < this.#count - this.#recent.length
    if (isNew) return { name: this.#name, upTo: this.#count, all: this.#effects.current(), happened: [] }
    while (after === this.#count && !signal.aborted) await this.#news(signal)
    const missed = this.#count - after
    const isBehind = missed > this.#recent.length
    const happened = isBehind || missed === 0 ? [] : this.#recent.slice(-missed)
    return { name: this.#name, upTo: this.#count, all: isBehind ? this.#effects.current() : null, happened }
  }

  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    // The signal is that of the connection, which may last for months.
    using _gone = addAbortListener(signal, () => resolve())
    await promise
    this.#waiting.delete(resolve)
  }
}
