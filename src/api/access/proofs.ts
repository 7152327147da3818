// When somebody last proved in a session who he is: by beginning it, or by the password since. It is what stands for a second factor where there
// is none. In memory, and short: after a restart the password is asked for again.
import type { EpochMs } from '../../base/brand.ts'
import { FRESH_FOR } from '../../contract/management.ts'

const MOST = 10_000

export class Proofs {
  /** By session, the oldest first. */
  readonly #at = new Map<string, EpochMs>()

  note(session: string, now: EpochMs): void {
    this.#at.delete(session)
    for (const [old, at] of this.#at) {
      if (at > now - FRESH_FOR && this.#at.size < MOST) break
      this.#at.delete(old)
    }
    this.#at.set(session, now)
  }

  /** Null: not in this process, or too long ago to count. */
  of(session: string, now: EpochMs): EpochMs | null {
    const at = this.#at.get(session)
    return at !== undefined && at > now - FRESH_FOR ? at : null
  }
}
