// What the owner and applications are told: one union of events. Each is written in the same transaction as the change
// that it tells of, keeps its id on every retry, and reaches logs, reports and webhooks through the outbox.
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { FailureCode } from './failure-codes.ts'
import type { Classification } from './feedback.ts'

/** How a connection to a peer was protected; `null` in an event: in the clear. */
export interface TlsOutcome {
  /** `TLSv1.3` and the like. */
  readonly version: string
  readonly cipher: string
  /** Whether the peer's certificate matched its name under a trusted root. */
  readonly verified: boolean
}

/** A peer's reply, as it came: escape it before showing it. `enhanced` is RFC 3463's code where the reply had one. */
export interface PeerReply {
  readonly code: number
  readonly enhanced: string | null
  /** Lines joined by a space, at most 1,024 characters. */
  readonly text: string
}

/** It on one line. */
export function replyLine({ code, enhanced, text }: PeerReply): string {
  return [String(code), enhanced ?? '', text].filter((part) => part !== '').join(' ')
}

/** Where an attempt went. Fields are null where it did not get that far. */
export interface AttemptTarget {
  /** The site: the set of MX hosts that the domain shares with others, or the route's `smtp://host:port`. */
  readonly site: string | null
  readonly remoteHost: string | null
  readonly remoteAddress: string | null
  readonly localAddress: string | null
  /** The name of the source that it left from, or would have. Not there where that is the configuration's. */
  readonly source?: string
  readonly tls: TlsOutcome | null
  /** What is warmed up and had a part in it: `source=192.0.2.1 provider=google`. Not there for all else. */
  readonly warmup?: readonly string[]
}

/** Site of what was taken for a domain of the installation's own: it was read here, and left for nowhere. */
export const OWN_SITE = 'own domain'

/** What whoever handed a message in calls it by. */
export interface Labels {
  readonly tags?: readonly string[]
  readonly metadata?: Readonly<Record<string, string>>
}

interface EventBase extends Labels {
  readonly at: EpochMs
  readonly account: AccountId
  readonly message: MessageId
  /** The caller's id of the message (`X-xsMessageId`) and of its mailing (`X-xsMailingId`), where given. */
  readonly clientId: string | null
  readonly mailing: string | null
  /** The stream of the account that it belongs to, where it is not `transactional`. */
  readonly stream?: string
  /** Envelope sender; empty for `<>`. */
  readonly sender: string
  /** Octets of the message as stored. */
  readonly size: number
}

interface RecipientEventBase extends EventBase {
  readonly recipient: string
  readonly domain: Domain
  /** Attempts made so far, this one included. */
  readonly attempt: number
  /** The server itself had something to say: it tells nothing of the account, and nobody is suppressed by it. */
  readonly ours?: true
}

/** The message is committed: from here on it is ours. One event a message and 1,000 of its recipients. */
export interface AcceptedEvent extends EventBase {
  readonly kind: 'accepted'
  /** Number of recipients; `recipient` is the first of them. */
  readonly recipients: number
  readonly recipient: string
  /** Number of `recipient` within the message; absent: 0. */
  readonly from?: number
  /** Something of it is of each recipient, and can come back: the index of what was sent has it. */
  readonly perRecipient?: true
  /** Those after the first, where there are any; the spool adds them when it numbers the event. */
  readonly others?: readonly string[]
  /** Of each of them, the first too, where they have ids of their own; `clientId` is that of the message. */
  readonly clientIds?: readonly (string | null)[]
  /** Decoded, on one line, at most 200 characters; of a message that is made for each recipient that of its template. Absent: it has none, or `events.subject` is off. */
  readonly subject?: string
  /** Its Message-ID without the brackets, where it came with one. Absent too where `events.header_id` is off. */
  readonly headerId?: string
  readonly protocol: string
  /** The client's address; null for what was made here (a bounce). */
  readonly client: string | null
  /** Login that handed it in; null where its address was allowed to. */
  readonly user: string | null
}
export interface DeliveredEvent extends RecipientEventBase, AttemptTarget {
  readonly kind: 'delivered'
  readonly reply: PeerReply
  /** Time in the queue. */
  readonly queuedFor: Ms
}
export interface DeferredEvent extends RecipientEventBase, AttemptTarget {
  readonly kind: 'deferred'
  readonly reply: PeerReply | null
  readonly failureCode: FailureCode
  /** Why, in words; the peer's text is in `reply`. */
  readonly reason: string
  readonly nextAttempt: EpochMs
}
export interface FailedEvent extends RecipientEventBase, AttemptTarget {
  /** `expired`: it was too old at a temporary failure, or its time ran out while it waited. */
  readonly kind: 'failed' | 'expired'
  readonly reply: PeerReply | null
  readonly failureCode: FailureCode
  readonly reason: string
  readonly queuedFor: Ms
}
/** What a person (or a guard) did to a queued recipient. */
export interface StewardEvent extends RecipientEventBase {
  readonly kind: 'held' | 'released' | 'deleted'
  readonly reason: string
  /** Who asked: a user, `hms` at the shell, or a guard's name. */
  readonly by: string
}

/** What came back about a message, or what its recipient did with it. */
interface FeedbackEventBase {
  readonly at: EpochMs
  readonly account: AccountId
  /** The message that it is about; where that cannot be told, the one that brought it. */
  readonly message: MessageId
  readonly clientId: string | null
  readonly mailing: string | null
  /** The stream that the message belonged to; null where that is not known. */
  readonly stream: string | null
  /** Empty where it is not known any more. */
  readonly recipient: string
  readonly domain: Domain
}

interface ReportEventBase extends FeedbackEventBase {
  /** The message that brought it. */
  readonly report: MessageId
  /** Who made the report, as it says itself: a host or a domain. */
  readonly reporter: string | null
  /** Whether a token of ours or a known reporter stands behind it: nothing else has effects by itself. */
  readonly proved: boolean
  /** What SPF, DKIM, DMARC and ARC say of the message that brought it (rfc:8601), where that was looked at. */
  readonly authentication?: string
}
/** A report by mail of what became of a recipient: a bounce, an automatic reply and the like. */
export interface BouncedEvent extends ReportEventBase, Omit<Classification, 'code'> {
  readonly kind: 'bounced'
  readonly failureCode: FailureCode
  /** rfc:3463, where it is said. */
  readonly status: string | null
  /** What the receiver said, as it came, at most 1,024 characters: escape it before showing it. */
  readonly response: string
  /** Of one that nothing proves: what was last sent to the address, by which account. A guess, which has no effect. */
  readonly probably?: { readonly account: AccountId; readonly message: MessageId; readonly at: EpochMs }
}
/** A report of a feedback loop (rfc:5965). */
export interface ComplainedEvent extends ReportEventBase {
  readonly kind: 'complained'
  /** `abuse`, `fraud`, `not-spam`, … as it came. */
  readonly feedbackType: string
}
export interface UnsubscribedEvent extends FeedbackEventBase {
  readonly kind: 'unsubscribed'
  /** `one-click`: rfc:8058. `page`: a person on the confirmation page. `mail`: a message to the address of the list header. */
  readonly by: 'one-click' | 'page' | 'mail'
  /** Address of the client, or null for mail. */
  readonly client: string | null
  /** What it calls itself, at most 300 characters. */
  readonly agent: string | null
}
/** An image was fetched or a link was followed. */
export interface EngagementEvent extends FeedbackEventBase {
  readonly kind: 'opened' | 'clicked'
  readonly client: string
  readonly agent: string | null
  /** Name of the proxy, prefetcher or scanner that it was; null: a person, as far as can be told. */
  readonly machine: string | null
  /** Where the link leads, and its id where it has one; null for an image. */
  readonly url: string | null
  readonly link: string | null
}

export type FeedbackEvent = BouncedEvent | ComplainedEvent | UnsubscribedEvent | EngagementEvent
export type MailEvent = AcceptedEvent | DeliveredEvent | DeferredEvent | FailedEvent | StewardEvent | FeedbackEvent
export type MailEventKind = MailEvent['kind']
export const MAIL_EVENT_KINDS: readonly MailEventKind[] = [
  'accepted',
  'delivered',
  'deferred',
  'failed',
  'expired',
  'held',
  'released',
  'deleted',
  'bounced',
  'complained',
  'unsubscribed',
  'opened',
  'clicked',
]

/** An event as it travels: `id` is the shard, a dot and the number in the shard's outbox; stable on every retry. */
export type NumberedEvent = MailEvent & { readonly id: string }

/** What happened last, oldest first. */
export interface NewestEvents {
  readonly events: readonly NumberedEvent[]
  /** So many were before them, and are left out. */
  readonly left: number
  /** For `after`, to go on. */
  readonly last: string
}
