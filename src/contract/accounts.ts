// How an account stands with the installation: what its mail may do, since when, by whom and why.
import type { EpochMs } from '../base/brand.ts'

/**
 * `trial`: new, with quotas of its own and no high priority. `limited`: the same for one that is watched. `held`: its mail is taken and none
 * of it leaves. `suspended`: its mail is refused, and what is in the queue does not leave.
 */
export const ACCOUNT_STATES = ['trial', 'active', 'limited', 'held', 'suspended'] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

/** How an account came to its state. */
export interface Standing {
  readonly reason: string
  /** A user, `hms` at the shell, `brake NAME`, or `time`. */
  readonly by: string
  readonly since: EpochMs
  /** Then it is `after` by itself; null: until somebody says so. */
  readonly until: EpochMs | null
  readonly after: AccountState
  /** Since when its mail was kept back, over changes between `held` and `suspended`; null: none of it is held for that any more. */
  readonly heldSince: EpochMs | null
}

export const LONGEST_REASON = 300
