// What the owner and applications are told: one union of events. Each is written in the same transaction as the change
// that it tells of, keeps its id on every retry, and reaches logs, reports and webhooks through the outbox.
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { FailureCode } from './failure-codes.ts'

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

/** Where an attempt went. Fields are null where it did not get that far. */
export interface AttemptTarget {
  /** The site: the set of MX hosts that the domain shares with others, or the route's `smtp://host:port`. */
  readonly site: string | null
  readonly remoteHost: string | null
  readonly remoteAddress: string | null
  readonly localAddress: string | null
  readonly tls: TlsOutcome | null
  /** What is warmed up and had a part in it: `source=192.0.2.1 provider=google`. Not there for all else. */
  readonly warmup?: readonly string[]
}

interface EventBase {
  readonly at: EpochMs
  readonly account: AccountId
  readonly message: MessageId
  /** The caller's id of the message (`X-xsMessageId`) and of its mailing (`X-xsMailingId`), where given. */
  readonly clientId: string | null
  readonly mailing: string | null
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
}

/** The message is committed: from here on it is ours. One event a message and 1,000 of its recipients. */
export interface AcceptedEvent extends EventBase {
  readonly kind: 'accepted'
  /** Number of recipients; `recipient` is the first of them. */
  readonly recipients: number
  readonly recipient: string
  /** Those after the first, where there are any; the spool adds them when it numbers the event. */
  readonly others?: readonly string[]
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

export type MailEvent = AcceptedEvent | DeliveredEvent | DeferredEvent | FailedEvent | StewardEvent
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
]

/** An event as it travels: `id` is the shard, a dot and the number in the shard's outbox; stable on every retry. */
export type NumberedEvent = MailEvent & { readonly id: string }
