// What block rules leave of one site: until when nothing, how many connections, at what pace.
import type { EpochMs } from '../../base/brand.ts'
import { shareOf } from '../../policy/sites.ts'
import type { CourierRoom } from './courier-room.ts'
import type { SitePlan } from './routing.ts'

/** A slow pace needs a connection for so many messages a minute. Of what is left each worker has its part. */
const PER_CONNECTION = 60

export class SiteEase {
  readonly #room: CourierRoom
  readonly #plan: () => SitePlan
  /** Somebody looks again when the next message may leave. */
  #isAwaited = false

  constructor(room: CourierRoom, plan: () => SitePlan) {
    this.#room = room
    this.#plan = plan
  }

  /** Nothing leaves until then; 0: it may. */
  get pausedUntil(): EpochMs {
    return this.#room.blocks.ease(this.#plan()).pausedUntil
  }

  /** Connections, of those that rules allow. */
  most(allowed: number): number {
    const { connections, perMinute } = this.#room.blocks.ease(this.#plan())
    const { workers } = this.#room.around
    return Math.min(allowed, shareOf(connections, workers), Math.ceil(perMinute / workers / PER_CONNECTION))
  }

  /** Whether the next message may not leave yet, at the pace that is left; `again` is called when it may. */
  holds(again: () => void): boolean {
    const plan = this.#plan()
    const { perMinute } = this.#room.blocks.ease(plan)
    if (perMinute === Infinity) return false
    const wait = this.#room.blocks.pace(plan, perMinute / this.#room.around.workers)
    if (wait === 0) return false
    if (!this.#isAwaited)
      this.#room.around.clock.after(wait, () => {
        this.#isAwaited = false
        again()
      })
    this.#isAwaited = true
    return true
  }
}
