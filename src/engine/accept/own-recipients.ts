// Mail for the installation's own domains, from anybody: a token of ours or a listed mailbox, nothing else. What is refused is refused here,
// so that no bounce has to be made of it, and what is taken never leaves as it came: nobody can relay.
import { type AccountId, ANONYMOUS_ACCOUNT } from '../../base/brand.ts'
import type { OwnDomain, Settings } from '../../contract/settings.ts'
import { openToken } from '../../message/token.ts'
import { hasMailbox } from '../../policy/feedback/own-mailboxes.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { MailRequest, Mailbox } from '../../smtp/server/handler.ts'
import type { Notify } from '../ports/spool.ts'

/** No notification is made of it, whatever becomes of it (rfc:3464#2, and a forged sender would be told). */
export const NO_NOTICE: Notify = { given: true, success: false, failure: false, delay: false }

const NO_HOLD = reply(555, '5.5.4', 'Mail cannot be scheduled here.')
const TOO_LARGE = reply(552, '5.3.4', 'The message is too large for this domain.')

export interface OwnRecipient {
  /** That it is stored under. */
  readonly account: AccountId
  readonly isToken: boolean
}

/** Whose it is, or why there is no such mailbox. */
export function ownRecipient(own: OwnDomain, { local, address }: Mailbox, keys: Settings['tokenKeys']): OwnRecipient | Reply {
  const opened = openToken(keys, local)
  if (opened !== null) return { account: opened.account, isToken: true }
  if (hasMailbox(own, local)) return { account: own.account ?? ANONYMOUS_ACCOUNT, isToken: false }
  return reply(550, '5.1.1', `There is no mailbox ${address.replace(/[^!-~]/g, '?').slice(0, 100)} here.`)
}

/** What a stranger asks for at MAIL that is not for strangers. */
export function refuseStranger({ hold, size }: MailRequest, most: number): Reply | null {
  if (hold !== undefined) return NO_HOLD
  return size !== null && size > most ? TOO_LARGE : null
}
