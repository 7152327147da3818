// How often an account may have its webhooks tried, and the past told again: whoever sets an address can have this server post to others, and
// learns from a test what is there.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import { WEBHOOK_BOUNDS } from '../../contract/webhooks.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { tooManyReplays } from '../../store/sqlite/webhooks/webhooks-book.ts'

const HOUR = 3_600_000
const MOST_ACCOUNTS = 10_000

export class WebhookLimits {
  readonly #clock: Clock
  readonly #tests = new SlidingCounts(HOUR, MOST_ACCOUNTS)
  readonly #replays = new SlidingCounts(24 * HOUR, MOST_ACCOUNTS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  test(account: AccountId | number): void {
    const { testsAnHour } = WEBHOOK_BOUNDS
    if (this.#mayAdd(this.#tests, String(account), testsAnHour)) return
    const mend = 'Wait a while, and look at the log of the webhook meanwhile.'
    throw new Fault('too-many-tests', `Webhooks of account ${account} were tried ${testsAnHour} times in an hour.`, {
      blame: 'caller',
      mend,
    })
  }

  /** Also counts those of webhooks that were removed since. */
  startReplay(account: AccountId | number): void {
    const { replaysADay } = WEBHOOK_BOUNDS
    if (!this.#mayAdd(this.#replays, String(account), replaysADay))
      throw tooManyReplays(`Account ${account} started ${replaysADay} replays in a day.`)
  }

  #mayAdd(counts: SlidingCounts, key: string, most: number): boolean {
    const now: EpochMs = this.#clock.now()
    if (counts.count(key, now) + 1 > most) return false
    counts.add(key, now)
    return true
  }
}
