// The spool as the engine knows it: shards that this worker owns, written in group commits, read in a thread of their own.
// Every promise of a write resolves after the commit that holds it, and rejects when that commit failed.
import type { AccountId, Domain, EpochMs, MessageId, Ms, ShardId } from '../../base/brand.ts'
import type { Slot, SlotFill } from '../../message/slots.ts'
import type { Labels, MailEvent } from '../../contract/events.ts'
import type { Priority } from '../../contract/priority.ts'

/** Which DSNs a recipient's sender wants (rfc:3461#4.1). All false with `given`: NOTIFY=NEVER. */
export interface Notify {
  readonly given: boolean
  readonly success: boolean
  readonly failure: boolean
  readonly delay: boolean
}

export interface NewRecipient {
  readonly address: string
  readonly domain: Domain
  readonly notify: Notify
  /** ORCPT as given (rfc:3461#4.2), or null. */
  readonly originalRecipient: string | null
  /** What the template of its message is filled with for him (message/merge/document.ts). */
  readonly merge?: string
}

/** What is known of a message besides its recipients and its octets. */
export interface MessageHead {
  readonly id: MessageId
  readonly account: AccountId
  /** Envelope sender; empty for `<>`. */
  readonly sender: string
  readonly acceptedAt: EpochMs
  readonly expiresAt: EpochMs
  /** Octets of the body as stored. */
  readonly size: number
  readonly clientId: string | null
  readonly mailing: string | null
  readonly envelopeId: string | null
  readonly returnContent: 'full' | 'headers' | null
  /** Domain of the From header, for signing; null where it has none that can be signed for. */
  readonly authorDomain: Domain | null
  /** Needs SMTPUTF8 (rfc:6531) at the peer. */
  readonly utf8: boolean
  /** Has octets above 127 in the body. */
  readonly eightBit: boolean
  /** Declared BODY=BINARYMIME: goes out by BDAT only. */
  readonly binary: boolean
  /** No line of the body begins with a dot, and each ends with CRLF: it goes out as it is. False where that is not known. */
  readonly wireReady: boolean
  /** `required`: goes over proved TLS to peers with REQUIRETLS only (rfc:8689); `optional`: whatever the recipient's domain asks for. */
  readonly tls?: 'required' | 'optional'
  /** Number of the pool that it named, as policy/sources has it. */
  readonly pool?: number
  /** Undefined: normal. */
  readonly priority?: Exclude<Priority, 'normal'>
  /** It was not to leave at once: `expiresAt` alone says when it is too old. */
  readonly scheduled?: true
  /** When its sender wants it sent: every attempt keeps to that. */
  readonly window?: string
  /** The stream of its account that it belongs to; undefined: none was said. */
  readonly stream?: string
  /** Something of it is of each recipient (return path, header, links): each has a transaction of its own. */
  readonly perRecipient?: true
  /** The server itself has something to say: no state of account 1000 keeps it back. */
  readonly ours?: true
  /** A letter of a person, sent on to the owner: where that fails for good it is held, not lost. */
  readonly forwarded?: true
  /** It came without a Message-ID: each recipient gets one with his token. */
  readonly lateId?: true
  /** It has slots (message/slots.ts). */
  readonly slots?: true
  /** Its body is a merge document (message/merge/document.ts), of which each recipient's message is made when it is sent. */
  readonly merge?: true
  /** Content-Type of what is posted of it by HTTP, where its sender said one. */
  readonly postType?: string
  /** As its events tell them. */
  readonly labels?: Labels
  /** How many crashes of a worker it was in hand at. */
  readonly crashes: number
}

export interface NewMessage {
  readonly head: MessageHead
  /** The octets as they will leave, header first; null where a `BodyFile` of this id was written before. */
  readonly body: Uint8Array | null
  /** None: nothing is stored of it but what `suppressed` tells. */
  readonly recipients: readonly NewRecipient[]
  /** `orderOf` its head. */
  readonly priority: number
  /** First attempt not before; usually `head.acceptedAt`. */
  readonly due: EpochMs
  /** Recipients after the first are due later, the last of them nearly so much later (policy/time/spread.ts). */
  readonly spread?: Ms
  readonly event: MailEvent
  /** It waits for a person from the moment of its acceptance on: append it by a settlement that holds its recipients. */
  readonly held?: { readonly reason: string; readonly by: string }
  /** Recipients that are accepted and fail in the same moment: events only, after that of the message, which names them last. */
  readonly suppressed?: readonly SuppressedRecipient[]
}

export interface SuppressedRecipient {
  readonly address: string
  readonly event: MailEvent
}

export type RecipientState = 'waiting' | 'held'

export interface QueuedRecipient extends NewRecipient {
  /** Number within its message, from 0. */
  readonly n: number
  readonly state: RecipientState
  readonly priority: number
  readonly due: EpochMs
  readonly attempts: number
  /** Last reply or reason in words, for people; null before the first attempt. */
  readonly lastReply: string | null
}

/** A message with those of its recipients that a query was about. */
export interface QueuedMessage {
  readonly head: MessageHead
  readonly recipients: readonly QueuedRecipient[]
}

/** What becomes of one recipient's row. `remove` ends it; when the last is gone, the message goes too. */
export type RecipientChange =
  | { readonly kind: 'remove' }
  | { readonly kind: 'defer'; readonly due: EpochMs; readonly attempts: number; readonly lastReply: string | null }
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'release'; readonly due: EpochMs }

export interface RecipientOutcome {
  readonly message: MessageId
  readonly n: number
  readonly change: RecipientChange
  readonly event: MailEvent
}

/** Written in one transaction: outcomes, their events, and the messages (bounces) that they give rise to. All of one shard. */
export interface Settlement {
  readonly shard: ShardId
  readonly outcomes: readonly RecipientOutcome[]
  readonly append: readonly NewMessage[]
  /** What else is told with it: events that are no recipient's outcome. */
  readonly told?: readonly MailEvent[]
}

/** At most so many rows of a domain. */
export interface WantedRows {
  readonly domain: Domain
  readonly limit: number
  /** Only those with this number. */
  readonly priority?: number
  /** Only those that come after. */
  readonly after?: DuePlace
}

/** A place in the order in which what waits for a domain in a shard is due. */
export interface DuePlace {
  readonly priority: number
  readonly due: EpochMs
  /** The sequence of the message in its shard, and the number of the recipient. */
  readonly sequence: number
  readonly n: number
  /** What comes at a later priority is due from then on. */
  readonly from: EpochMs
}

/** What waits for one domain in one shard, for the scheduler's memory. */
export interface DomainBacklog {
  readonly shard: ShardId
  readonly domain: Domain
  readonly waiting: number
  /** Earliest due time among them. */
  readonly nextDue: EpochMs
  /** The same of those of the highest priority; null: there are none. */
  readonly urgentDue: EpochMs | null
}

/** What waits for one domain in one shard, along the index: counts go no further than was asked. */
export interface DomainWaiting {
  readonly due: number
  readonly later: number
  /** Some of those that are due later, the earliest first. */
  readonly next: readonly QueuedMessage[]
}

/** Held recipients of a domain for one reason, of a part of a shard. */
export interface HeldRows {
  readonly domain: Domain
  readonly reason: string | null
  readonly recipients: number
  /** Of their messages, for each recipient. */
  readonly octets: number
}

/** A body larger than what the database keeps: streamed to a file, synced, then named by the commit. */
export interface BodyFile {
  /** Resolves when the octets were handed to the disk; await it before the next write (that is the backpressure). */
  write(chunk: Uint8Array): Promise<void>
  /** Syncs file and folder. After it the file may be named by `append`. */
  finish(): Promise<void>
  /** What was written so far, in pieces of at most 64 KiB, each valid until the next is asked for. */
  pieces(): AsyncIterable<Uint8Array>
  /** Removes what was written; never throws. */
  discard(): Promise<void>
  /** What was written so far; for the rare message that must be changed as a whole. */
  contents(): Promise<Uint8Array>
}

export type Body =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `size`: as it leaves. `fill`: what is put into the slots of what is in the file. */
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly fill?: SlotFill }

/** `full`: no room (452); `failing`: read-only, broken or not answering (451). Heals by itself when the cause is gone. */
export type SpoolHealth =
  | { readonly state: 'ok' }
  | { readonly state: 'full' | 'failing'; readonly reason: string; readonly since: EpochMs }

export interface QueueFilter {
  readonly ids?: readonly MessageId[]
  readonly domain?: Domain
  /** One of these. */
  readonly domains?: readonly Domain[]
  readonly account?: AccountId
  readonly mailing?: string
  readonly state?: RecipientState
  /** To the letter, but for A to Z and a to z. */
  readonly address?: string
  /** Patterns with `*` and `?`, in lower case. */
  readonly recipient?: string
  readonly sender?: string
  readonly acceptedBefore?: EpochMs
  readonly acceptedAfter?: EpochMs
  /** The last reply, or why it is held, to the letter. */
  readonly reason?: string
}

/** A message as it is listed: with the first of its recipients that match, and how many `more` do; see `QueueEntry.more`. */
export interface ListedMessage extends QueuedMessage {
  readonly more: number
}

/** Where a walk over the queue stands: behind this recipient. */
export interface QueuePlace {
  readonly shard: ShardId
  readonly sequence: number
  readonly n: number
}

/** A message in the order in which messages of a shard expire. */
export interface ExpiredPlace {
  readonly expires: EpochMs
  readonly sequence: number
}

/** Who acts on the queue, for events; `reason`: of a hold, in other words than that somebody held it. */
export interface QueueActor {
  readonly by: string
  readonly reason?: string | undefined
}

export type QueueAction = 'retry' | 'hold' | 'release' | 'delete' | 'bounce'

export interface SpoolListener {
  /** A shard is now ours; its backlog follows from `backlog()`. */
  adopted(shard: ShardId): void
  health(shard: ShardId, health: SpoolHealth): void
}

export interface Spool {
  /** Shards owned now. Empty while none could be locked. */
  shards(): readonly ShardId[]
  /** Whether accepting is possible at this moment: the worst health that `reserve` would meet. */
  health(): SpoolHealth
  /** Whether there is so little room left that strangers are to leave it to customers. */
  isTight(): boolean
  /**
   * An id in the healthiest owned shard; throws a Fault `spool-full` or `spool-failing` where accepting is not possible. In a
   * given shard (a bounce is settled with the failure that it tells of) whatever its health, as outcomes are written in any.
   */
  reserve(shard?: ShardId): MessageId
  bodyFile(id: MessageId): BodyFile
  /** Resolves after the commit. */
  append(message: NewMessage): Promise<void>
  /** Resolves after the commit. Uses the reserve on a full disk; retries inside until it is written or the process ends. */
  settle(settlement: Settlement): Promise<void>
  /** Events that no message gives rise to, in whichever shard is well: resolves after the commit. Rejects where none can be written now. */
  tell(events: readonly MailEvent[]): Promise<void>
  body(id: MessageId): Promise<Body>
  /** Where a stored body has slots of its message. */
  slots(body: Body, nonce: string): Promise<readonly Slot[]>
  /** The first octets of a body, at most `most`; the header is among them. */
  beginning(id: MessageId, most: number): Promise<Uint8Array>
  /** Backlog of a shard, domain by domain, in slices; read from the index without a scan of messages. `old`: of messages from before it was ours. */
  backlog(shard: ShardId, which?: 'all' | 'old'): AsyncIterable<readonly DomainBacklog[]>
  /**
   * Waiting recipients due by `now`, domain by domain, lowest priority number and earliest due first. Rows that the caller
   * already holds in memory are still waiting on disk and come again: it asks for as many more and drops them.
   */
  due(shard: ShardId, wanted: readonly WantedRows[], now: EpochMs): Promise<readonly QueuedMessage[]>
  /** Counted up to `most` for each priority. */
  waitingFor(shard: ShardId, domain: Domain, now: EpochMs, most: number): Promise<DomainWaiting>
  /** How many that wait for the domain are due and come before a place, at most `most`. */
  ahead(shard: ShardId, domain: Domain, place: Pick<QueuedRecipient, 'priority' | 'due'>, most: number): Promise<number>
  /** Waiting recipients with an address in lower case, of the first `most` of its domain; `isCut`: there are more of the domain. */
  addressed(
    shard: ShardId,
    domain: Domain,
    address: string,
    most: number,
  ): Promise<{ readonly messages: readonly QueuedMessage[]; readonly isCut: boolean }>
  /** What is held in a shard; looks at every recipient, in slices. */
  held(shard: ShardId): AsyncIterable<readonly HeldRows[]>
  /** Recipients of any state whose message expired by `now`, oldest first, behind a message where one is named. */
  expired(shard: ShardId, now: EpochMs, limit: number, after?: ExpiredPlace): Promise<readonly QueuedMessage[]>
  /** One message with every recipient that is left; null where it is not queued here. */
  find(id: MessageId): Promise<QueuedMessage | null>
  /** At most `limit` messages, each with at most `recipients` of its own (100): one to a million is listed as any other. */
  list(filter: QueueFilter, after: MessageId | null, limit: number, recipients?: number): Promise<readonly ListedMessage[]>
  /** About `rows` recipients that match, behind a place; one message may come in many parts. `next` is null at the end. */
  walk(
    filter: QueueFilter,
    after: QueuePlace | null,
    rows: number,
  ): Promise<{ readonly messages: readonly QueuedMessage[]; readonly next: QueuePlace | null }>
  count(filter: QueueFilter): Promise<{ readonly messages: number; readonly recipients: number }>
  /** Notes what is being sent now, for after a crash (`spool/<shard>.hand`); synchronous, unsynced, one small write. */
  noteInHand(shard: ShardId, sequences: readonly number[]): void
  /**
   * Notes that a peer has taken these recipients of a message, before their outcome is committed: synchronous, unsynced, one small
   * write. After a `kill -9` they come back by `answered`.
   */
  noteAnswered(shard: ShardId, sequence: number, numbers: readonly number[]): void
  /** Recipients that the last owner noted as taken and that are still queued: to be settled as delivered before anything is sent. */
  answered(shard: ShardId): Promise<readonly QueuedMessage[]>
  /** Messages that were in hand when the last owner crashed, with the first few that wait of each; their `crashes` counts that. */
  suspects(shard: ShardId): Promise<readonly QueuedMessage[]>
  /**
   * The proof behind `hms doctor --spool`: every recipient is in exactly one state with a due time, its message and body
   * exist, the indexes agree, no file is left over. In slices; the live shard goes on meanwhile.
   */
  check(shard: ShardId): Promise<{ readonly recipients: number; readonly problems: readonly string[] }>
}

/** What is asked of it about what waits. */
export type WhySpool = Pick<Spool, 'shards' | 'walk' | 'addressed' | 'ahead' | 'waitingFor'>
