// The settings of a process: the newest snapshot of them in memory, looked at several times a second, so that what
// the owner changed counts within a second, told by nobody; a call on the bus makes it at once.
import type { Ms } from '../base/brand.ts'
import { every, systemClock } from '../base/clock.ts'
import { messageOf } from '../base/fault.ts'
import type { Log } from '../base/log.ts'
import type { Settings } from '../contract/settings.ts'
import type { SettingsStore } from '../engine/ports/stores.ts'

const LOOK_EVERY: Ms = 300

export class SettingsWatch implements Disposable {
  readonly #store: SettingsStore
  readonly #log: Log
  readonly #timer: Disposable
  #current: Settings
  #told: () => void = () => {}

  constructor(store: SettingsStore, log: Log) {
    this.#store = store
    this.#log = log
    this.#current = this.#store.read()
    this.#timer = every(systemClock, LOOK_EVERY, () => this.look())
  }

  get current(): Settings {
    return this.#current
  }

  /** Looked at just now: a policy counts for all that is told after it was set. */
  newest(): Settings {
    this.look()
    return this.#current
  }

  onChange(fn: () => void): void {
    this.#told = fn
  }

  /** Reads them if they changed. While it cannot be read, the last snapshot stays. */
  look(): void {
    try {
      if (!this.#store.changed()) return
      this.#current = this.#store.read()
    } catch (error) {
      this.#log.error('the settings cannot be read; the last ones stay', { error: messageOf(error) })
      return
    }
    this.#told()
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }
}
