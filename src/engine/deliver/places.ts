// The limit of all outbound connections of a worker: a place for each, and who waits for one. A share of them is kept for mail of higher
// priority.
import type { EpochMs } from '../../base/brand.ts'
import { type Rank, RANKS } from '../../contract/priority.ts'
import { HeldCount } from '../../policy/limits/held-count.ts'
import type { Site } from './site.ts'

/** Whether it is out of what is kept. */
export type Place = 0 | 1

export class Places {
  readonly most: number
  readonly #share: number
  readonly #now: () => EpochMs
  /** By the priority of the mail that they want one for. */
  readonly #starving: readonly Set<Site>[] = [new Set(), new Set(), new Set()]
  /** Connections open or being opened. */
  readonly #used = new HeldCount()

  constructor(most: number, share: number, now: () => EpochMs) {
    this.most = most
    this.#share = share
    this.#now = now
  }

  /** Takes one for mail of a priority; null: there is none, and the site is poked when one is free. `idle`: sites with connections without work. */
  take(site: Site, rank: Rank, idle: Iterable<Site>): Place | null {
    const now = this.#now()
    this.#used.note(rank, now)
    if (this.#used.hasRoom(this.most, this.#share, rank, now)) return this.#used.take(this.most, this.#share, rank, now)
    this.#starving[rank]?.add(site)
    // One without work makes room, and `free` pokes who waits for it.
    for (const other of idle) if (other !== site && other.lanes.endOneIdle()) break
    return null
  }

  /** A connection is without work: where others wait for its place, the first such one ends. */
  makeRoom(idle: Iterable<Site>): void {
    if (this.awaited > 0) for (const site of idle) if (site.lanes.endOneIdle()) return
  }

  /** How many sites wait for one. */
  get awaited(): number {
    return this.#starving.reduce((sum, { size }) => sum + size, 0)
  }

  /** Whether the site waits for one. */
  isAwaitedBy(site: Site): boolean {
    return this.#starving.some((sites) => sites.has(site))
  }

  free(place: Place): void {
    this.#used.remove(place)
    if (this.#starving.some(({ size }) => size > 0)) queueMicrotask(() => this.#feed())
  }

  /** Gives free places to those that wait for one. Not all still want it: who does, and gets none, waits again behind the others. */
  #feed(): void {
    const now = this.#now()
    for (const rank of RANKS) {
      const sites = this.#starving[rank] ?? new Set<Site>()
      let looks = sites.size
      for (const site of sites) {
        if (looks-- === 0 || !this.#used.hasRoom(this.most, this.#share, rank, now)) break
        sites.delete(site)
        site.poke()
      }
    }
  }
}
