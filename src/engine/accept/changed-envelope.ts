// The envelope as a filter wants it: another sender, more or fewer recipients, another account with that one's rights and limits. A filter is
// the owner's own: what it adds may go anywhere. What it names must be there, or the message is put off rather than lost.
import type { AccountId } from '../../base/brand.ts'
import type { Reply } from '../../smtp/reply.ts'
import type { MessageChanges } from '../ports/filters.ts'
import type { NewRecipient } from '../ports/spool.ts'
import type { Envelope } from './envelope.ts'
import { changedRecipients, changedSender } from './filter-addresses.ts'
import type { InboundHost } from './inbound.ts'
import { NO_NOTICE } from './own-recipients.ts'

const NOTIFY = { given: false, success: false, failure: false, delay: false }

/** Throws where a filter names no address or no account; a reply where the new account may not send it. */
export function changedEnvelope(host: InboundHost, envelope: Envelope, changes: MessageChanges, size: number): Envelope | Reply {
  const { sender, addRecipients, removeRecipients, account } = changes
  let next = envelope
  if (sender !== undefined) next = { ...next, request: { ...next.request, sender: changedSender(sender) } }
  if (removeRecipients !== undefined || addRecipients !== undefined)
    next = { ...next, recipients: recipientsOf(host, next.recipients, changes) }
  return account === undefined || account === envelope.account.id ? next : ofAccount(host, next, account, size)
}

function ofAccount(host: InboundHost, envelope: Envelope, id: AccountId, size: number): Envelope | Reply {
  const account = host.around.settings().accounts.get(id)
  if (account === undefined) throw new Error(`a filter named account ${id}, and there is none`)
  const allowance = host.quotas.allowanceOf(account, null)
  const refused = allowance === null ? null : host.quotas.refuse(account, allowance, size)
  return refused ?? { ...envelope, account, allowance, isStranger: false }
}

function recipientsOf(host: InboundHost, before: readonly NewRecipient[], changes: MessageChanges): readonly NewRecipient[] {
  const { ownDomains } = host.around.settings()
  return changedRecipients(before, changes, ({ address, domain }) => ({
    address,
    domain,
    notify: ownDomains.has(domain) ? NO_NOTICE : NOTIFY,
    originalRecipient: null,
  }))
}
