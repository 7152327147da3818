// Looks after accounts at the desk: a state that is for a time is ended, and what was kept back and may leave is let go, also where whoever
// began that did not come to its end.
import type { Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import { changeState, isDue, letGo, type StateContext } from '../../api/operations/senders/account-states.ts'
import { stateNow } from '../../policy/accounts/standing.ts'

export interface AccountKeeperParts {
  readonly context: StateContext
  /** The newest, whoever changed them. */
  readonly settings: () => Settings
  readonly clock: Clock
  readonly log: Log
}

const LOOK_EVERY: Ms = 300
/** So long whoever lets an account go has for it: he is told how much he let go. Then it is done for him, as he was ended. */
const LET_GO_WITHIN: Ms = 30_000
const BY_TIME = 'time'

export class AccountKeeper implements Disposable {
  readonly #parts: AccountKeeperParts
  readonly #timer: Disposable
  #seen: Settings
  #standing: readonly Account[] = []
  #isBusy = false

  constructor(parts: AccountKeeperParts) {
    this.#parts = parts
    this.#seen = parts.settings()
    this.#standing = withStanding(this.#seen)
    this.#timer = every(parts.clock, LOOK_EVERY, () => void this.look())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  async look(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      const settings = this.#parts.settings()
      if (settings !== this.#seen) this.#standing = withStanding(settings)
      this.#seen = settings
      for (const account of this.#standing) await this.#settle(account)
    } catch (error) {
      this.#parts.log.error('Accounts cannot be looked after; it is tried again.', { error: messageOf(error) })
    }
    this.#isBusy = false
  }

  async #settle(account: Account): Promise<void> {
    const { context, clock } = this.#parts
    const due = isDue(account, clock.now())
    if (due === null) return
    // What is to be done is done to what it is by now.
    const current = context.settings.read().accounts.get(account.id)
    if (current === undefined || isDue(current, clock.now()) !== due) return
    if (due === 'release' && clock.now() - (current.standing?.since ?? 0) < LET_GO_WITHIN) return
    if (due === 'release') await letGo(context, current, BY_TIME)
    else await changeState(context, current, { state: stateNow(current, clock.now()), reason: '', by: BY_TIME, until: null })
  }
}

function withStanding({ accounts }: Settings): readonly Account[] {
  return [...accounts.values()].filter(({ standing }) => standing !== undefined)
}
