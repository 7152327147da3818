// Connections that others wait for under a limit: one that holds what they want ends in order, or the next that is opened, where none is
// open yet. Who holds what is found by its key: many thousands of sites may wait for the connections of a few.
import type { Lane } from './lane.ts'

const MOST_WANTED = 10_000

export class MakingWay {
  readonly #wanted = new Set<string>()
  readonly #holders = new Map<string, Set<Lane>>()

  opened(lane: Lane): void {
    for (const key of lane.held) {
      const holders = this.#holders.get(key)
      if (holders === undefined) this.#holders.set(key, new Set([lane]))
      else holders.add(lane)
      // Told once.
      if (this.#wanted.delete(key)) lane.giveWay()
    }
  }

  ended(lane: Lane): void {
    for (const key of lane.held) {
      const holders = this.#holders.get(key)
      if (holders?.delete(lane) === true && holders.size === 0) this.#holders.delete(key)
    }
  }

  /** Others want what one holds: one without work ends now, otherwise one when it had its turn. */
  giveWay(key: string): void {
    let next: Lane | null = null
    for (const lane of this.#holders.get(key) ?? []) {
      if (lane.isIdle) return lane.giveWay()
      if (!lane.givesWay) next ??= lane
    }
    if (next !== null) next.giveWay()
    else if (this.#wanted.size < MOST_WANTED) this.#wanted.add(key)
  }
}
