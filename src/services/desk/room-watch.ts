// Room on the home's disk, as the desk sees it: events and logs stop growing well before they could use up what accepting
// and outcomes need; until there is room again they wait in the spool's outboxes.
import { statfsSync } from 'node:fs'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'

const LOOK_EVERY: Ms = 1000
const LEAST = 16 * 1024 * 1024

export class RoomWatch {
  readonly #home: string
  readonly #least: number
  readonly #clock: Clock
  #lookedAt: Ms = -Infinity
  #left = true

  /** `lowWater`: octets below which accepting stops; the desk stops at a quarter of it. */
  constructor(home: string, lowWater: number, clock: Clock) {
    this.#home = home
    this.#least = Math.max(LEAST, lowWater / 4)
    this.#clock = clock
  }

  /** Looks at the disk at most once a second. */
  left(): boolean {
    const now = this.#clock.mono()
    if (now - this.#lookedAt < LOOK_EVERY) return this.#left
    this.#lookedAt = now
    const { bavail, bsize } = statfsSync(this.#home)
    this.#left = bavail * bsize >= this.#least
    return this.#left
  }
}
