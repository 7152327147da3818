// Holds mail of accounts that may not send: held, suspended, or on trial where that is to be looked at first. What somebody released
// meanwhile is known by why it was held, and goes.
import type { Account } from '../../contract/settings.ts'
import { heldReason, keepsBack, stateNow, TRIAL_REASON } from '../../policy/accounts/standing.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'

export interface AccountStop {
  readonly reason: string
  readonly by: string
}

/** Why mail of the account is kept back now; null: it is not. */
export function accountStop(
  { settings, config, clock }: Pick<Surroundings, 'settings' | 'config' | 'clock'>,
  head: Pick<MessageHead, 'account' | 'ours'>,
): (AccountStop & { readonly account: Account }) | null {
  const account = settings().accounts.get(head.account)
  // What the server itself has to say leaves, whatever was done to account 1000.
  if (account === undefined || account.state === 'active' || head.ours === true) return null
  const state = stateNow(account, clock.now())
  const by = account.standing?.by ?? 'hms'
  if (keepsBack(state)) return { account, by, reason: heldReason(account) }
  return state === 'trial' && config['accounts.trial_hold'] ? { account, by, reason: TRIAL_REASON } : null
}

export function isStopped({ lastReply }: Pick<QueuedRecipient, 'lastReply'>, { reason }: AccountStop): boolean {
  return lastReply !== reason
}
