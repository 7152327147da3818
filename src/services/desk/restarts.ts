// Workers that were started again: a process that came back by itself is well again in a second, and its owner would never know.
import type { EpochMs, Ms } from '../../base/brand.ts'

/** How long a restart is shown. */
const SHOWN_FOR: Ms = 3_600_000

interface Seen {
  startedAt: EpochMs
  /** When it was started again, the newest last. */
  again: EpochMs[]
}

export class Restarts {
  readonly #slots = new Map<number, Seen>()

  /** A worker reports; `startedAt` is when its process began. */
  saw(slot: number, startedAt: EpochMs): void {
    const seen = this.#slots.get(slot)
    if (seen === undefined) {
      this.#slots.set(slot, { startedAt, again: [] })
      return
    }
    if (seen.startedAt === startedAt) return
    seen.startedAt = startedAt
    seen.again = [...seen.again.filter((at) => at > startedAt - SHOWN_FOR), startedAt]
  }

  /** How often each worker was started again, of those that were. */
  within(span: Ms, now: EpochMs): { readonly slot: number; readonly times: number }[] {
    return [...this.#slots].flatMap(([slot, { again }]) => {
      const times = again.filter((at) => at > now - span).length
      return times === 0 ? [] : [{ slot, times }]
    })
  }

  alerts(now: EpochMs): { readonly key: string; readonly at: EpochMs; readonly what: string; readonly mend: string }[] {
    return [...this.#slots].flatMap(([slot, { again }]) => {
      const recent = again.filter((at) => at > now - SHOWN_FOR)
      const [first] = recent
      if (first === undefined) return []
      const often = recent.length === 1 ? 'It is running again' : `It was started again ${recent.length} times within the hour`
      const what = `Worker ${slot} ended unexpectedly. ${often}; nothing that was acknowledged is lost.`
      return [{ key: `restarted ${slot}`, at: recent.at(-1) ?? first, what, mend: "Its last lines in the server's log tell why it ended." }]
    })
  }
}
