// Connections that others wait for under a limit: one that holds what they want ends in order, or the next that is opened, where none is
// open yet.
import type { Grant } from '../../policy/limits/limit-book.ts'
import type { Site } from './site.ts'

const MOST_WANTED = 10_000

export class MakingWay {
  readonly #wanted = new Set<string>()

  giveWay(key: string, sites: Iterable<Site>): void {
    for (const site of sites) if (site.lanes.giveWay(key)) return
    if (this.#wanted.size < MOST_WANTED) this.#wanted.add(key)
  }

  /** Whether others wait for what a new connection holds. Told once. */
  isWanted({ asks }: Grant): boolean {
    return asks.some(({ key, span }) => span === null && this.#wanted.delete(key))
  }
}
