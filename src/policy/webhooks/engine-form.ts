// An event as the form of the original's `HTTP Event Engine`. Known of it are `ProcessedSent` with the fields up to `Response`; fields of the other
// kinds are those of the webhooks that its maker documents for its service, which grew out of it and has the same names. What is not known of an
// event is there and empty where receivers may count on the field.
import { type MailEventKind, type NumberedEvent, replyLine } from '../../contract/events.ts'
import { bounceTypeOf, FAILURE_TYPES, failureTypeOf, TRACKING_TYPES } from '../../contract/original-kinds.ts'

/** `ProcessedSent` is the original's; the others are chosen after it. */
const TYPES: Readonly<Record<MailEventKind, string>> = {
  accepted: 'Accepted',
  delivered: 'ProcessedSent',
  deferred: 'ProcessedDeferred',
  failed: 'ProcessedFailed',
  expired: 'ProcessedFailed',
  held: 'Held',
  released: 'Released',
  deleted: 'Deleted',
  bounced: 'Bounce',
  complained: 'FeedbackLoop',
  unsubscribed: 'Unsubscribe',
  opened: 'Open',
  clicked: 'Click',
}

type Fields = Readonly<Record<string, string | number>>

/** `secret`: as the receiver knows it. `id`: the same each time that the event is posted. */
export function engineForm(event: NumberedEvent, { secret, id }: { readonly secret: string; readonly id: string }): string {
  const fields: Fields = { ...common(event), ...further(event), EventId: id, SecretKey: secret }
  return new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])).toString()
}

function common(event: NumberedEvent): Fields {
  return {
    Type: TYPES[event.kind],
    DateTime: new Date(event.at).toUTCString(),
    MailingId: event.mailing ?? '',
    MessageId: event.clientId ?? '',
    Address: event.recipient,
    RemoteMTA: ('remoteHost' in event ? (event.remoteHost ?? event.remoteAddress) : null) ?? '',
    LocalIp: ('localAddress' in event ? event.localAddress : null) ?? '',
    SystemMessageId: event.message,
    AccountId: event.account,
    Response: responseOf(event),
    // What comes later does not come with the sender.
    ...('sender' in event && { FromAddress: event.sender }),
  }
}

function further(event: NumberedEvent): Fields {
  switch (event.kind) {
    case 'accepted':
      return { Subject: event.subject ?? '', MessageSize: event.size }
    case 'deferred':
      return { DeferralCode: event.failureCode, FailureCode: event.failureCode, Reason: responseOf(event) }
    case 'failed':
    case 'expired': {
      const { failureCode } = event
      const status = { BounceStatus: event.reply?.enhanced ?? '', DiagnosticCode: event.reply === null ? '' : replyLine(event.reply) }
      return { FailureType: failureTypeOf(failureCode), FailureCode: failureCode, Reason: responseOf(event), ...status }
    }
    case 'bounced': {
      const { failureCode, category, status, response, proved } = event
      // Programs take addresses off their lists by it: nothing that anybody can make up is permanent.
      const type = proved ? bounceTypeOf(category) : FAILURE_TYPES.temporary
      const said = { FailureType: type, FailureCode: failureCode, Reason: response, BounceStatus: status ?? '', DiagnosticCode: response }
      return { ...said, BounceCategory: category }
    }
    case 'complained':
      return { FblType: event.feedbackType, UserAgent: event.reporter ?? '', From: '', To: event.recipient }
    case 'unsubscribed':
      return { TrackingType: TRACKING_TYPES.unsubscribe, ...who(event) }
    case 'opened':
      return { TrackingType: TRACKING_TYPES.open, ...who(event) }
    case 'clicked':
      return { TrackingType: TRACKING_TYPES.click, ...who(event), Url: event.url ?? '', Tag: event.link ?? '' }
    default:
      return 'reason' in event ? { Reason: event.reason } : {}
  }
}

function who({ client, agent }: { readonly client: string | null; readonly agent: string | null }): Fields {
  return { ClientIp: client ?? '', UserAgent: agent ?? '' }
}

function responseOf(event: NumberedEvent): string {
  if ('response' in event) return event.response
  if ('reply' in event && event.reply !== null) return replyLine(event.reply)
  return 'reason' in event ? event.reason : ''
}
