// Messages that the server itself sends to others, such as reports: from `<>`, so that nobody answers and no bounce comes back, as mail of
// account 1000.
import { ANONYMOUS_ACCOUNT, type Domain } from '../../base/brand.ts'
import { orderOf } from '../../contract/priority.ts'
import { messageNames } from '../../message/prepare.ts'
import type { MessageHead, NewMessage } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import { foundBy } from './head-facts.ts'
import { NO_NOTICE } from './own-recipients.ts'

export interface LocalMessage {
  readonly to: string
  /** Of the From field: whose key signs it. */
  readonly authorDomain: Domain
  /** ASCII, lines ending in CRLF. */
  readonly octets: Buffer
  /** As in the head of a message. */
  readonly tls?: 'required' | 'optional'
  readonly priority?: 'high'
}

/** Resolves with the message once it is committed. Rejects where the spool does not take it. */
export async function postLocal(
  { spool, clock, config }: Pick<Surroundings, 'spool' | 'clock' | 'config'>,
  message: LocalMessage,
): Promise<NewMessage> {
  const { to, authorDomain, octets, tls, priority } = message
  const now = clock.now()
  const told = { account: ANONYMOUS_ACCOUNT, clientId: null, mailing: null, sender: '', size: octets.length }
  const head: MessageHead = {
    ...told,
    id: spool.reserve(),
    acceptedAt: now,
    expiresAt: now + config['delivery.expiry'],
    envelopeId: null,
    returnContent: null,
    authorDomain,
    utf8: false,
    eightBit: false,
    binary: false,
    wireReady: false,
    ...(tls && { tls }),
    ...(priority && { priority }),
    ours: true,
    crashes: 0,
  }
  const domain = to.slice(to.lastIndexOf('@') + 1) as Domain
  const made: NewMessage = {
    head,
    body: octets,
    recipients: [{ address: to, domain, notify: NO_NOTICE, originalRecipient: null }],
    priority: orderOf(head),
    due: now,
    event: {
      kind: 'accepted',
      at: now,
      ...told,
      message: head.id,
      recipients: 1,
      recipient: to,
      ...foundBy(config, messageNames(octets)),
      protocol: 'local',
      client: null,
      user: null,
    },
  }
  await spool.append(made)
  return made
}
