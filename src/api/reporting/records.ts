// The records of each list of the Reporting API, made of events: names and order of the fields, and the original's numbers for kinds of
// failures and of engagement. An event can be several records (recipients that came together) or none.
import {
  type AcceptedEvent,
  type BouncedEvent,
  type MailEvent,
  type MailEventKind,
  type NumberedEvent,
  OWN_SITE,
  replyLine,
} from '../../contract/events.ts'
import { CATEGORIES } from '../../contract/feedback.ts'
import { bounceTypeOf, failureTypeOf, TRACKING_TYPES } from '../../contract/original-kinds.ts'
import type { CallName } from './asked.ts'
import { dateTime } from './times.ts'

export type Value = string | number
/** The values of a record, in the order of the fields of its list. */
export type Cells = readonly Value[]

export interface List {
  readonly kinds: readonly MailEventKind[]
  readonly fields: readonly string[]
  /** Those of an event, in their order. */
  readonly recordsOf: (event: NumberedEvent, around: Around) => readonly Cells[]
}

export interface Around {
  /** Minutes that the caller's clock is ahead of UTC. */
  readonly offset: number
  /** Domains that mail is taken for here: what comes for them is not sent. */
  readonly own: ReadonlySet<string>
}

export type ListName = Exclude<CallName, 'accountData'>

const COMMON = ['ServerId', 'DateTime', 'MessageId', 'MailingId', 'ToAddress', 'FromAddress'] as const
/** Ours: behind all that the original has. */
const OWN = ['SystemMessageId'] as const

export const LISTS: { readonly [N in ListName]: List } = {
  messagesProcessed: list(['delivered'], ['Disposition', 'LocalIp', 'MessageSize', 'Response'], (event) =>
    // What came here was sent nowhere.
    event.kind !== 'delivered' || event.site === OWN_SITE ? null : [0, event.localAddress ?? '', event.size, replyLine(event.reply)],
  ),
  messagesFailed: list(['failed', 'expired', 'bounced'], ['FailureType', 'FailureCode', 'Reason'], (event) => {
    if (event.kind === 'bounced') return bounceOf(event)
    if (event.kind !== 'failed' && event.kind !== 'expired') return null
    const { reply, failureCode, reason } = event
    return [failureTypeOf(failureCode), failureCode, reply === null ? reason : replyLine(reply)]
  }),
  messagesFblReported: list(['complained'], ['OriginalRecipient', 'Type', 'UserAgent'], (event) =>
    event.kind === 'complained' && event.proved ? [event.recipient, event.feedbackType, event.reporter ?? ''] : null,
  ),
  messagesOpenClick: list(['opened', 'clicked'], ['OriginalRecipient', 'EventType', 'ClientIp', 'UserAgent', 'Url'], (event) =>
    event.kind === 'opened' || event.kind === 'clicked'
      ? [
          event.recipient,
          event.kind === 'opened' ? TRACKING_TYPES.open : TRACKING_TYPES.click,
          event.client,
          event.agent ?? '',
          event.url ?? '',
        ]
      : null,
  ),
  messagesQueued: {
    kinds: ['accepted'],
    fields: [...COMMON, 'MessageSize', ...OWN],
    recordsOf: (event, around) => (event.kind === 'accepted' ? queuedOf(event, around) : []),
  },
}

function list(kinds: List['kinds'], further: readonly string[], furtherOf: (event: NumberedEvent) => Cells | null): List {
  const recordsOf: List['recordsOf'] = (event, { offset }) => {
    const values = furtherOf(event)
    return values === null ? [] : [[...commonOf(event, offset), ...values, event.message]]
  }
  return { kinds, fields: [...COMMON, ...further, ...OWN], recordsOf }
}

function commonOf(event: MailEvent, offset: number): Cells {
  const { account, at, clientId, mailing, recipient } = event
  // Who is told of later does not come with the sender.
  const sender = 'sender' in event ? event.sender : ''
  return [account, dateTime(at, offset), clientId ?? '', mailing ?? '', recipient, sender]
}

/** Those with news only, and those that nothing proves, are none: programs take addresses off their lists by them. */
function bounceOf({ proved, category, failureCode, response }: BouncedEvent): Cells | null {
  if (!proved || CATEGORIES[category] === 'Informational') return null
  return [bounceTypeOf(category), failureCode, response]
}

/** A record a recipient. */
function queuedOf(event: AcceptedEvent, { offset, own }: Around): readonly Cells[] {
  const { account, at, recipient, others = [], clientIds, clientId, mailing, sender, size, message } = event
  const when = dateTime(at, offset)
  return [recipient, ...others]
    .map((to, i) => [account, when, clientIds?.[i] ?? clientId ?? '', mailing ?? '', to, sender, size, message] as const)
    .filter(([, , , , to]) => !own.has(to.slice(to.lastIndexOf('@') + 1).toLowerCase()))
}
