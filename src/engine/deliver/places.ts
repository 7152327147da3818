// The limit of all outbound connections of a worker: a place for each, and who waits for one.
import type { Site } from './site.ts'

export class Places {
  readonly most: number
  readonly #starving = new Set<Site>()
  /** Connections open or being opened. */
  #used = 0

  constructor(most: number) {
    this.most = most
  }

  /** Takes one; where there is none, the site is poked when one is free. */
  take(site: Site, all: Iterable<Site>): boolean {
    if (this.#used < this.most) {
      this.#used++
      return true
    }
    this.#starving.add(site)
    // One without work makes room, and `free` pokes who waits for it.
    for (const other of all) if (other !== site && other.lanes.endOneIdle()) break
    return false
  }

  /** Whether the site waits for one. */
  isAwaitedBy(site: Site): boolean {
    return this.#used >= this.most && this.#starving.has(site)
  }

  free(): void {
    this.#used--
    if (this.#starving.size > 0) queueMicrotask(() => this.#feed())
  }

  /** Gives free places to those that wait for one. Not all still want it: who does, and gets none, waits again behind the others. */
  #feed(): void {
    for (const site of this.#starving) {
      if (this.#used >= this.most) return
      this.#starving.delete(site)
      site.poke()
    }
  }
}
