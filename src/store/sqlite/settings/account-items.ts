// Accounts as they are stored. Programs of before know two states: they are left the one that lets out less, and the real one stands
// beside it. What such a program says of the state afterwards counts.
import type { AccountState, Standing } from '../../../contract/accounts.ts'
import { type Account, newAccount } from '../../../contract/settings.ts'
import { keepsBack } from '../../../policy/accounts/standing.ts'

export type StoredAccount = Omit<Account, 'state' | 'standing'> & {
  readonly state: 'active' | 'suspended'
  readonly standing?: Standing & { readonly state: AccountState }
}

function oldState(state: AccountState): StoredAccount['state'] {
  return keepsBack(state) ? 'suspended' : 'active'
}

export function storedAccount({ standing, state, ...account }: Account): StoredAccount {
  return { ...account, state: oldState(state), ...(standing && { standing: { ...standing, state } }) }
}

export function accountFrom({ standing, ...stored }: StoredAccount): Account {
  const account = { ...newAccount(stored.id, stored.name), ...stored }
  if (standing === undefined || oldState(standing.state) !== stored.state) return account
  const { state, ...told } = standing
  return { ...account, state, standing: told }
}
