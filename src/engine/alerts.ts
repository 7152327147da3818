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

const MOST_ALERTS = 200

export class Alerts {
  readonly #clock: Clock
  readonly #log: Log
  readonly #alerts = new Map<string, Alert>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** `key`: what it is about. Raised again, it keeps its time and takes the newer words. */
  raise(key: string, what: string, mend: string): void {
    const known = this.#alerts.get(key)
    if (known === undefined) this.#log.warn(what, { mend })
    for (const oldest of this.#alerts.keys()) {
      if (this.#alerts.size < MOST_ALERTS || known !== undefined) break
      this.#alerts.delete(oldest)
    }
    this.#alerts.set(key, { key, at: known?.at ?? this.#clock.now(), what, mend })
  }

  clear(key: string): void {
    this.#alerts.delete(key)
  }

  list(): readonly Alert[] {
    return [...this.#alerts.values()]
  }
}
