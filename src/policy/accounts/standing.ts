// What the state of an account means for its mail now. Pure.
import type { EpochMs } from '../../base/brand.ts'
import type { AccountState } from '../../contract/accounts.ts'
import type { Priority } from '../../contract/priority.ts'
import type { Account } from '../../contract/settings.ts'

type Stands = Pick<Account, 'state' | 'standing'>

/** Its state, which ends by itself at its time, whoever has written that down by then. */
export function stateNow({ state, standing }: Stands, now: EpochMs): AccountState {
  return standing !== undefined && standing.until !== null && now >= standing.until ? standing.after : state
}

/** Nothing of its mail leaves. */
export function keepsBack(state: AccountState): boolean {
  return state === 'held' || state === 'suspended'
}

/** New or watched: it has quotas by its state, and nothing of it goes before others. */
export function isWatched(state: AccountState): state is 'trial' | 'limited' {
  return state === 'trial' || state === 'limited'
}

export function highestPriorityIn(state: AccountState, highest: Priority): Priority {
  return isWatched(state) && highest === 'high' ? 'normal' : highest
}

/**
 * Why a recipient of such an account is held: by these words it is found again when the account may send, and one that somebody released
 * meanwhile is known by them.
 */
export function heldReason({ standing }: Stands): string {
  const since = standing?.heldSince ?? null
  return since === null ? `${KEPT_BACK}.` : `${KEPT_BACK} since ${new Date(since).toISOString()}.`
}

const KEPT_BACK = 'Mail of its account is kept back'

/** Of mail of an account on trial, where all of it is held for a look. */
export const TRIAL_REASON = 'Its account is on trial: held for a look.'

/** Whether a recipient is held for what its account is. */
export function isOfAccount(reason: string): boolean {
  return reason === TRIAL_REASON || reason.startsWith(KEPT_BACK)
}

/** What was kept back is still to be released. */
export function isToBeReleased(account: Stands, now: EpochMs): boolean {
  return (account.standing?.heldSince ?? null) !== null && !keepsBack(stateNow(account, now))
}

/** For people: what the state is, by whom and why, as the beginning of a sentence. */
export function standingWords({ id, state, standing }: Pick<Account, 'id' | 'state' | 'standing'>): string {
  const by = standing === undefined ? '' : ` by ${standing.by}`
  const why = standing === undefined || standing.reason === '' ? '' : `: ${standing.reason}`
  return `Account ${id} is ${state}${by}${why}`
}

export interface StateChange {
  readonly state: AccountState
  readonly reason: string
  readonly by: string
  readonly until: EpochMs | null
}

/** The account in another state. What holds for a time leads back to what was before, never to a state that was for a time itself. */
export function withState(account: Account, { state, reason, by, until }: StateChange, now: EpochMs): Account {
  const before = stateNow(account, now)
  const { standing } = account
  const lasting = standing !== undefined && standing.until !== null && now < standing.until ? standing.after : before
  const heldSince = keepsBack(state) && !keepsBack(account.state) ? now : (standing?.heldSince ?? null)
  return { ...account, state, standing: { reason, by, since: now, until, after: until === null ? state : lasting, heldSince } }
}
