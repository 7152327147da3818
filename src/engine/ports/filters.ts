// What the accepting side asks of the owner's own filters (plug-ins, milters) about a session and its messages. With none configured a
// connection costs one comparison. A filter never throws and never takes longer than its own budget: what it answers when it fails is the
// owner's choice, made behind this port.
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { Header } from '../../message/header.ts'
import type { FieldChange } from '../../message/header-changes.ts'
import type { Reply } from '../../smtp/reply.ts'
import type { Client, MailRequest, RecipientRequest } from '../../smtp/server/handler.ts'

/**
 * What a filter says at a step of a session; null: go on.
 * - `refuse`: the client gets this reply (4xx or 5xx); one that closes ends the connection after it.
 * - `words`: it goes on, and the client reads this reply (2xx) rather than ours. 354 after DATA stays.
 * - `disconnect`: the connection ends without a word.
 */
export type StageAnswer =
  | null
  | { readonly kind: 'refuse'; readonly reply: Reply }
  | { readonly kind: 'words'; readonly reply: Reply }
  | { readonly kind: 'disconnect' }

/** `account`, at MAIL: what follows is mail of this account, which may relay, whoever the client is. */
export type MailAnswer = StageAnswer | { readonly kind: 'account'; readonly account: AccountId }

export interface MessageChanges {
  readonly header?: readonly FieldChange[]
  /** All of the body, as it is to be. Line ends that are not CRLF become so. */
  readonly body?: Uint8Array
  /** Empty: `<>`. */
  readonly sender?: string
  readonly addRecipients?: readonly string[]
  readonly removeRecipients?: readonly string[]
  /** Whose it is from now on, with that account's rights, rules and limits. */
  readonly account?: AccountId
}

/**
 * What becomes of a message that came whole; null: it is accepted as it is.
 * - `ignore`: the client is told that it was taken, and nothing is kept of it.
 * - `hold`: it is accepted and waits, held, for a person. `by`: the filter's name, as the events tell it.
 */
export type MessageAnswer =
  | null
  | { readonly kind: 'accept'; readonly changes: MessageChanges }
  | { readonly kind: 'hold'; readonly reason: string; readonly by: string; readonly changes?: MessageChanges }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'refuse'; readonly reply: Reply }
  | { readonly kind: 'disconnect' }

/** A message that came whole, with what filters before this one made of it. Valid until the answer. */
export interface FilteredMessage {
  readonly id: MessageId
  readonly account: AccountId
  /** Empty for `<>`. */
  readonly sender: string
  readonly recipients: readonly string[]
  /** Octets of header and body. */
  readonly size: number
  /** As it came, or as a filter before this one made it. */
  readonly header: Header
  /** What comes behind the header, in pieces of at most 64 KiB, each valid until the next is asked for. Only who reads it pays for it. */
  body(): AsyncIterable<Buffer>
}

/** One filter in one session. What it does not look at is not there. */
export interface SessionFilter {
  connected?(client: Client): StageAnswer | Promise<StageAnswer>
  /** EHLO or HELO; not for what comes by HTTP, pickup or a job. */
  hello?(client: Client): StageAnswer | Promise<StageAnswer>
  /** After our own check said yes. */
  auth?(client: Client, login: { readonly user: string; readonly account: AccountId | null }): StageAnswer | Promise<StageAnswer>
  /** After our own checks. `account`: whose mail it is; null: the client may not relay. */
  mail?(request: MailRequest, client: Client, account: AccountId | null): MailAnswer | Promise<MailAnswer>
  /** After our own checks said yes. */
  recipient?(request: RecipientRequest, client: Client): StageAnswer | Promise<StageAnswer>
  /** DATA or the first BDAT. `id`: of the message that is about to come. */
  data?(client: Client, id: MessageId): StageAnswer | Promise<StageAnswer>
  /** Whether `received` is to be asked about this message, of mail of the account; left out: yes. What nobody wants to see is not kept for it. */
  wantsMessage?(account: AccountId): boolean
  received?(message: FilteredMessage, client: Client): Promise<MessageAnswer>
  /** It is committed, whatever is said now: only `words` count. */
  complete?(id: MessageId, client: Client): StageAnswer | Promise<StageAnswer>
  /** The transaction is over without a message: RSET, EHLO, a refusal, a message that did not come to its end. */
  reset?(): void
  /** Once, at the end. */
  closed?(): void
}

export interface SessionFilters {
  /** Whether there is any at all: asked once a connection, and all that is asked where there is none. */
  readonly isActive: boolean
  /** Undefined: it does not look at this session. Several are asked in this order. */
  begin(client: Client): SessionFilter | readonly SessionFilter[] | undefined
}
