// What the owner should know now: one alert for each thing that is wrong, gone when it is right again.
import type { EpochMs } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'

export interface Alert {
  /** What it is about. */
  readonly key: string
  readonly at: EpochMs
  readonly what: string
  readonly mend: string
}

interface Raised extends Alert {
  readonly isPeers: boolean
}

const MOST_ALERTS = 200

export class Alerts {
  readonly #clock: Clock
  readonly #log: Log
  readonly #alerts = new Map<string, Raised>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /**
   * `key`: what it is about. Raised again, it keeps its time and takes the newer words. `isPeers`: receivers cause it, of whom there may be
   * very many: it is never kept at the cost of what only this server can have.
   */
  raise(key: string, what: string, mend: string, isPeers = false): void {
    const known = this.#alerts.get(key)
    if (known === undefined) {
      this.#log.warn(what, { mend })
      if (this.#alerts.size >= MOST_ALERTS && !this.#makesRoom(isPeers)) return
    }
    this.#alerts.set(key, { key, at: known?.at ?? this.#clock.now(), what, mend, isPeers })
  }

  #makesRoom(isPeers: boolean): boolean {
    const all = [...this.#alerts.values()]
    const oldest = all.find((alert) => alert.isPeers) ?? (isPeers ? undefined : all[0])
    return oldest !== undefined && this.#alerts.delete(oldest.key)
  }

  clear(key: string): void {
    this.#alerts.delete(key)
  }

  list(): readonly Alert[] {
    return [...this.#alerts.values()].map(({ isPeers: _isPeers, ...alert }) => alert)
  }
}
