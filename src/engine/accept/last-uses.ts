// When logins and keys were last used, until the desk takes it with the next report: noted at a login or a call, never per message.
import type { EpochMs } from '../../base/brand.ts'

/** There are few more that are used within a second. */
const MOST = 10_000

export class LastUses {
  readonly #uses = new Map<string, EpochMs>()

  note(user: string, at: EpochMs): void {
    if (this.#uses.size < MOST || this.#uses.has(user)) this.#uses.set(user, at)
  }

  /** They are forgotten with it. */
  take(): readonly (readonly [string, EpochMs])[] {
    if (this.#uses.size === 0) return []
    const taken = [...this.#uses]
    this.#uses.clear()
    return taken
  }
}
