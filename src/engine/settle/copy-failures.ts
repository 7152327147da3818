// Copies of delivered mail that could not be kept, by account: what an alarm is made of. One that could be kept since, or an hour without another, ends it.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import type { WorkerFacts } from '../../contract/bus.ts'

const TOLD_FOR: Ms = 3_600_000
const MOST_ACCOUNTS = 1000

export class CopyFailures {
  readonly #failed = new Map<AccountId, { copies: number; reason: string; at: EpochMs }>()

  failed(account: AccountId, reason: string, at: EpochMs): void {
    const known = this.#failed.get(account)
    if (known === undefined && this.#failed.size >= MOST_ACCOUNTS) return
    this.#failed.set(account, { copies: (known?.copies ?? 0) + 1, reason, at })
  }

  kept(account: AccountId): void {
    if (this.#failed.size > 0) this.#failed.delete(account)
  }

  now(at: EpochMs): WorkerFacts['copiesFailing'] {
    for (const [account, one] of this.#failed) if (Math.abs(at - one.at) > TOLD_FOR) this.#failed.delete(account)
    return [...this.#failed].map(([account, { copies, reason }]) => ({ account, copies, reason }))
  }
}
