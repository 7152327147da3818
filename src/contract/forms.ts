// Forms of what operations of several rooms take (those of one room stand there): to the compiler a text or a number each, to the schemas
// (scripts/schemas) what the tags say. The operations check the same; src/api/management/schemas.test.ts holds the two against each other.
import type { EpochMs } from '../base/brand.ts'

/** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. @minLength 1 @maxLength 255 @example "example.com" */
export type DomainName = string
/** An address such as `ann@example.com`. @minLength 1 @maxLength 320 @example "ann@example.com" */
export type MailAddress = string
/** One line for people. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ */
export type Note = string
/** Name of an account. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ @example "Shop" */
export type AccountName = string
/** A password for a login. @minLength 12 @maxLength 1024 @format password */
export type NewPassword = string
/** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. @minLength 1 @maxLength 100 @pattern ^[A-Za-z0-9][\w.@+-]{0,99}$ @example "ann" */
export type UserName = string
/** When it expires, in milliseconds since 1970. @integer @minimum 0 @maximum 8640000000000000 @example 1924992000000 */
export type ExpiryTime = EpochMs
/** A password as it is now. @minLength 1 @maxLength 1024 @format password */
export type PresentPassword = string
/** A one-time code, or a recovery code. @minLength 1 @maxLength 100 */
export type LoginCode = string
/** Name of a source of the delivery rules. @minLength 1 @maxLength 100 */
export type SourceName = string
/** Id of a mailing. @minLength 1 @maxLength 100 */
export type MailingId = string
/** An address, or a network as CIDR. @minLength 1 @maxLength 100 @example "192.0.2.0/24" */
export type Network = string
/** Number of a record, from 1. @integer @minimum 1 @maximum 9007199254740991 */
export type RecordNumber = number
/** How many at most. @integer @minimum 1 @maximum 1000 */
export type Limit1000 = number
/** How many at most. @integer @minimum 1 @maximum 10000 */
export type Limit10000 = number
/** Networks it may be used from; empty: anywhere. @maxItems 1000 */
export type Networks = readonly Network[]
/** A domain, `*.domain` for its subdomains, or `*` for everything. @minLength 1 @maxLength 255 @example "example.com" */
export type RoutePattern = string
/** `*` for anything, `?` for one character. @minLength 1 @maxLength 320 @example "*@example.com" */
export type AddressPattern = string
/** From 0. @integer @minimum 0 @maximum 9007199254740991 */
export type Count = number
/** An address, to the letter. @minLength 1 @maxLength 512 */
export type EventRecipient = string
/** The caller's id of a message (`X-xsMessageId`). @minLength 1 @maxLength 100 @example "order-4711" */
export type ClientMessageId = string
/** A Message-ID, with its brackets or without. @minLength 1 @maxLength 252 @pattern ^[^\s]+$ @example "<4711@app.example>" */
export type HeaderMessageId = string
/** Words, all of which the subject has, in any order; in quotes the whole subject; with `*` for anything a part of it, which is slow. Upper and lower case and accents are the same. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ @example "invoice november" */
export type SubjectQuery = string
/** Where a search goes on: the `next` of the page before. @minLength 2 @maxLength 40 @pattern ^(?:\d{1,4}\.\d{1,16}|@\d{1,16})$ */
export type EventCursor = string
/** Where a look at what happens goes on: the `last` of the one before. @minLength 1 @maxLength 100 @pattern ^[^\r\n\0]+$ */
export type EventPlace = string
/** A part of a name or of words. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ */
export type SearchText = string
/** Milliseconds since 1970. @integer @minimum 0 @maximum 9007199254740991 */
export type SearchTime = number
/** The number of the last record seen. @integer @minimum 0 @maximum 9007199254740991 */
export type AfterRecord = number

/** A part of what is read piece by piece. */
export interface OctetPiece {
  /** Octets of all of it, and where this piece begins. */
  readonly size: number
  readonly from: number
  /** Base64. */
  readonly octets: string
  /** Where the next piece begins; null: this is the last. */
  readonly next: number | null
}
/** Id of a webhook. @pattern ^wh_[a-z0-9]{12}$ @example "wh_3k9x0m7c2q5d" */
export type WebhookId = string
/** What its owner calls a webhook. @minLength 1 @maxLength 100 @pattern ^[^\r\n\0]+$ @example "orders" */
export type WebhookName = string
/** `https://…`, without a login; `http://` only where `webhooks.allow_private` is set. @minLength 1 @maxLength 890 @example "https://hooks.example.com/mail" */
export type WebhookUrl = string
/** `whsec_` and 24 to 64 octets in base64; of the format `engine` any 8 to 200 characters. @minLength 8 @maxLength 200 @format password */
export type WebhookSecretText = string
/** @integer @minimum 1 @maximum 1000 */
export type WebhookBatchSize = number
/** In milliseconds. @integer @minimum 0 @maximum 60000 */
export type WebhookBatchWait = number
/** @integer @minimum 1 @maximum 32 */
export type WebhookConnections = number
/** Names of streams. @maxItems 102 */
export type WebhookStreams = readonly string[]
/** In milliseconds. @integer @minimum 0 @maximum 2592000000 */
export type WebhookOverlap = number
/** Milliseconds since 1970. @integer @minimum 0 @maximum 8640000000000000 @example 1795305600000 */
export type EventTime = number
