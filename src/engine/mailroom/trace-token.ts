// Which recipient of ours a message is about: the first text in it that is a token of ours, the address that it came to before all others.
import type { TokenKey } from '../../contract/settings.ts'
import { openToken, type TokenFacts } from '../../message/token.ts'
import type { NewRecipient } from '../ports/spool.ts'

/** Texts that are tried: each may cost a hash. */
const MOST_TRIED = 50

export function tokenIn(
  recipients: readonly Pick<NewRecipient, 'address'>[],
  texts: readonly string[],
  keys: readonly TokenKey[],
): TokenFacts | null {
  if (keys.length === 0) return null
  const locals = recipients.map(({ address }) => address.slice(0, address.lastIndexOf('@')))
  for (const text of [...locals, ...texts].slice(0, MOST_TRIED)) {
    const opened = openToken(keys, text)
    if (opened !== null) return opened
  }
  return null
}
