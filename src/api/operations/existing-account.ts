// The account that an operation names; a Fault where there is none.
import type { AccountId } from '../../base/brand.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import { refused } from './params.ts'

export function existingAccount(settings: Settings, id: AccountId): Account {
  const account = settings.accounts.get(id)
  if (account === undefined) throw refused(`There is no account ${id}.`, "List accounts with 'hms account ls'.", 'no-account')
  return account
}
