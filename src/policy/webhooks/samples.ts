// A made event of each kind, for whoever tries a webhook: no message, recipient or server of it is there.
import type { AccountId, Domain, EpochMs, MessageId } from '../../base/brand.ts'
import { MAIL_EVENT_KINDS, type MailEvent, type MailEventKind, type NumberedEvent } from '../../contract/events.ts'

const RECIPIENT = 'recipient@example.com'
const HOUR = 3_600_000

export function sampleEvent(kind: MailEventKind, { account, at }: { readonly account: AccountId; readonly at: EpochMs }): NumberedEvent {
  // Of no two kinds the same: they may be made in one millisecond, and receivers leave out what they had.
  return { ...made(kind, account, at), id: `0.${MAIL_EVENT_KINDS.indexOf(kind)}` } as NumberedEvent
}

function made(kind: MailEventKind, account: AccountId, at: EpochMs): MailEvent {
  const domain = 'example.com' as Domain
  const about = { at, account, message: '0000000000000000' as MessageId, clientId: 'test', mailing: 'test', recipient: RECIPIENT }
  const mail = { ...about, sender: 'sender@example.org', size: 2048 }
  const attempt = { ...mail, domain, attempt: 1 }
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true }
  const to = { site: 'mx.example.com', remoteHost: 'mx.example.com', remoteAddress: '192.0.2.25', localAddress: '192.0.2.1', tls }
  const back = { ...about, stream: 'transactional', domain }
  const report = { ...back, report: '0000000000000001' as MessageId, reporter: 'mx.example.com', proved: true }
  const [later, never] = [
    { code: 451, enhanced: '4.7.1', text: 'Try again later' },
    { code: 550, enhanced: '5.1.1', text: 'No such user' },
  ]
  const deferral = { reply: later, failureCode: 3999, reason: 'The server asks to try again later.' } as const
  const refusal = { reply: never, failureCode: 2001, reason: 'The server refused it.' } as const
  const hard = { category: 'Hard', blame: 'recipient', action: 'suppress', rule: null } as const
  switch (kind) {
    case 'accepted':
      return { ...mail, kind, recipients: 1, protocol: 'ESMTPSA', client: '192.0.2.7', user: 'test' }
    case 'delivered':
      return { ...attempt, ...to, kind, reply: { code: 250, enhanced: '2.0.0', text: 'Ok: queued' }, queuedFor: 420 }
    case 'deferred':
      return { ...attempt, ...to, ...deferral, kind, nextAttempt: at + HOUR }
    case 'failed':
    case 'expired':
      return { ...attempt, ...to, ...refusal, kind, queuedFor: 420 }
    case 'held':
    case 'released':
    case 'deleted':
      return { ...attempt, kind, reason: 'a test', by: 'test' }
    case 'bounced':
      return { ...report, ...hard, kind, failureCode: 2001, status: '5.1.1', response: '550 5.1.1 No such user' }
    case 'complained':
      return { ...report, kind, feedbackType: 'abuse' }
    case 'unsubscribed':
      return { ...back, kind, by: 'one-click', client: '192.0.2.9', agent: 'test' }
    case 'opened':
      return { ...back, kind, client: '192.0.2.9', agent: 'test', machine: null, url: null, link: null }
    case 'clicked':
      return { ...back, kind, client: '192.0.2.9', agent: 'test', machine: null, url: 'https://example.org/', link: null }
  }
}
