// What of a message's head follows from its envelope, its header and its account.
import type { EpochMs } from '../../base/brand.ts'
import type { Config } from '../../contract/options.ts'
import { atMost } from '../../contract/priority.ts'
import type { Account } from '../../contract/settings.ts'
import type { HeaderFacts, MessageNames } from '../../message/prepare.ts'
import { highestPriorityIn, stateNow } from '../../policy/accounts/standing.ts'
import type { MailRequest } from '../../smtp/server/handler.ts'
import type { MessageHead, NewRecipient } from '../ports/spool.ts'

/** rfc:8689#4.1: the header field counts where the parameter was not given. */
export function tlsOf({ requireTls }: MailRequest, { tlsOptional }: HeaderFacts): Pick<MessageHead, 'tls'> {
  if (requireTls === true) return { tls: 'required' }
  return tlsOptional === true ? { tls: 'optional' } : {}
}

/** What its state leaves of what the account may ask for. */
export function allowedIn(account: Account, now: EpochMs): Account {
  const { state, priority, highestPriority } = account
  if (state === 'active') return account
  const highest = highestPriorityIn(stateNow(account, now), highestPriority)
  return highest === highestPriority ? account : { ...account, highestPriority: highest, priority: atMost(priority, highest) }
}

/** By what its event is found, as far as the owner wants that told. */
export function foundBy(config: Config, { subject, headerId }: MessageNames): MessageNames {
  return {
    ...(subject !== undefined && subject !== '' && config['events.subject'] && { subject }),
    ...(headerId !== undefined && config['events.header_id'] && { headerId }),
  }
}

const NOT_ASCII = /[\u0080-\uffff]/

/** rfc:6531: what came with SMTPUTF8 but is plain ASCII in all parts may go to any peer. */
export function needsUtf8(facts: HeaderFacts, sender: string, recipients: readonly NewRecipient[]): boolean {
  const isBeyond = ({ address, originalRecipient }: NewRecipient): boolean =>
    NOT_ASCII.test(address) || NOT_ASCII.test(originalRecipient ?? '')
  return facts.eightBit || NOT_ASCII.test(sender) || recipients.some(isBeyond)
}

/** The same when it leaves: of what is made for each recipient, his address is his alone. */
export function needsUtf8For({ utf8, merge }: Pick<MessageHead, 'utf8' | 'merge'>, address: string): boolean {
  return utf8 || (merge === true && NOT_ASCII.test(address))
}
