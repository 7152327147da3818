// The account, and the stream of it, that an operation names; a Fault where there is none.
import type { AccountId } from '../../base/brand.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import { findStream, streamsOf } from '../../contract/streams.ts'
import { refused } from './params.ts'

export function existingAccount(settings: Settings, id: AccountId): Account {
  const account = settings.accounts.get(id)
  if (account === undefined) throw refused(`There is no account ${id}.`, "List accounts with 'hms account ls'.", 'no-account')
  return account
}

/** Its name as it is kept. */
export function existingStream(account: Account, name: string): string {
  const found = findStream(account, name)
  if (found !== undefined) return found.name
  const there = streamsOf(account).map((stream) => stream.name)
  const mend = `It has ${there.join(', ')}; 'hms account streams add ${account.id} NAME' adds one.`
  throw refused(`Account ${account.id} has no stream ${JSON.stringify(name)}.`, mend, 'no-stream')
}
