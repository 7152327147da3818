// Domains of one site whose mail was put back to disk, or stayed there for want of room: they wake when the site has room, or recovers.
import type { Domain, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Scheduler } from '../schedule/scheduler.ts'

/** Between two looks at what sleeps, so that what was asked for has come before more is asked for. */
const WAKE_EVERY: Ms = 20

export interface SleepersRoom {
  readonly around: { readonly clock: Clock }
  readonly scheduler: Pick<Scheduler, 'wakeDomain'>
  readonly isStopping: boolean
}

export class SleepingDomains {
  readonly #domains = new Set<Domain>()
  readonly #room: SleepersRoom
  /** For how many recipients there is room now. */
  readonly #roomLeft: () => number
  #isWaking = false

  constructor(room: SleepersRoom, roomLeft: () => number) {
    this.#room = room
    this.#roomLeft = roomLeft
  }

  add(domain: Domain): void {
    this.#domains.add(domain)
  }

  has(domain: Domain): boolean {
    return this.#domains.has(domain)
  }

  /** Asks for about as many recipients on disk as there is room for, of the domains that sleep longest. */
  wakeSome(): void {
    if (this.#isWaking || this.#domains.size === 0) return
    let room = this.#roomLeft()
    if (room <= 0) return
    this.#isWaking = true
    this.#room.around.clock.after(WAKE_EVERY, () => {
      this.#isWaking = false
      if (!this.#room.isStopping) this.wakeSome()
    })
    let left = this.#domains.size
    for (const domain of this.#domains) {
      if (room <= 0 || left-- === 0) return
      this.#domains.delete(domain)
      room -= this.#room.scheduler.wakeDomain(domain)
    }
  }

  wakeAll(): void {
    const domains = [...this.#domains]
    this.#domains.clear()
    for (const domain of domains) this.#room.scheduler.wakeDomain(domain)
  }
}
