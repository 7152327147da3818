// Forms of what operations take: to the compiler a text or a number each, to the schemas (scripts/schemas) what the tags say. The operations
// check the same; src/api/management/schemas.test.ts holds the two against each other.
import type { EpochMs, MessageId } from '../base/brand.ts'
import type { Scope } from './access.ts'

/** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. @minLength 1 @maxLength 255 @example "example.com" */
export type DomainName = string
/** An address such as `ann@example.com`. @minLength 1 @maxLength 320 @example "ann@example.com" */
export type MailAddress = string
/** One line for people. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ */
export type Note = string
/** Name of an account. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ @example "Shop" */
export type AccountName = string
/** Why an account is in its state. @minLength 1 @maxLength 300 @pattern ^[^\r\n\0]+$ */
export type StateReason = string
/** A password for a login. @minLength 12 @maxLength 1024 @format password */
export type NewPassword = string
/** Name of a login, or of a key. @minLength 1 @maxLength 128 @example "account-1001" */
export type LoginName = string
/** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. @minLength 1 @maxLength 100 @pattern ^[A-Za-z0-9][\w.@+-]{0,99}$ @example "ann" */
export type UserName = string
/** Name of a management key: letters, digits and `. _ @ + -`; upper and lower case are the same. @minLength 1 @maxLength 100 @pattern ^[A-Za-z0-9][\w.@+-]{0,99}$ @example "deploy" */
export type ManagementKeyName = string
/** Id of a session. @minLength 1 @maxLength 100 */
export type SessionId = string
/** A room and what is done there, such as `queue:read`. @maxItems 50 */
export type Scopes = readonly Scope[]
/** When it expires, in milliseconds since 1970. @integer @minimum 0 @maximum 8640000000000000 @example 1924992000000 */
export type ExpiryTime = EpochMs
/** A password as it is now. @minLength 1 @maxLength 1024 @format password */
export type PresentPassword = string
/** A one-time code, or a recovery code. @minLength 1 @maxLength 100 */
export type LoginCode = string
/** Id of a passkey, as the device drew it. @minLength 1 @maxLength 1400 @pattern ^[\w-]+$ */
export type PasskeyId = string
/** What its user calls a passkey. @minLength 1 @maxLength 100 @pattern ^[^\r\n\0]+$ @example "laptop" */
export type PasskeyName = string
/** As the browser gives it, most of it base64url. @minLength 1 @maxLength 20000 */
export type WebauthnText = string
/** Name of a stream; upper and lower case are the same. @pattern ^[A-Za-z0-9][A-Za-z0-9-]{0,31}$ @example "newsletter" */
export type StreamName = string
/** Name of a source of the delivery rules. @minLength 1 @maxLength 100 */
export type SourceName = string
/** Id of a mailing. @minLength 1 @maxLength 100 */
export type MailingId = string
/** A site as `sites.top` names it. @minLength 1 @maxLength 400 */
export type SiteName = string
/** Name of a suppression list. @pattern ^\w[\w.-]{0,63}$ @example "main" */
export type ListName = string
/** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. @minLength 1 @maxLength 400 @example "ann@example.com" */
export type SuppressionTarget = string
/** Letters, digits, `.`, `_` and `-`. @pattern ^[0-9A-Za-z][\w.-]{0,99}$ @example "receipt" */
export type TemplateId = string
/** An address, or a network as CIDR. @minLength 1 @maxLength 100 @example "192.0.2.0/24" */
export type Network = string
/** Number of a record, from 1. @integer @minimum 1 @maximum 9007199254740991 */
export type RecordNumber = number
/** Number of a version, from 1. @integer @minimum 1 @maximum 1000000000 */
export type VersionNumber = number
/** How many at most. @integer @minimum 1 @maximum 1000 */
export type Limit1000 = number
/** How many at most. @integer @minimum 1 @maximum 10000 */
export type Limit10000 = number
/** Days back. @integer @minimum 1 @maximum 400 */
export type DaysBack = number
/** How many at most. @integer @minimum 1 @maximum 200 */
export type Limit200 = number
/** How many at most. @integer @minimum 1 @maximum 10 */
export type Limit10 = number
/** Networks it may be used from; empty: anywhere. @maxItems 1000 */
export type Networks = readonly Network[]
/** A domain, `*.domain` for its subdomains, or `*` for everything. @minLength 1 @maxLength 255 @example "example.com" */
export type RoutePattern = string
/** `smtp://host:port` or `smtps://host:port`, a login in it where one is needed. @minLength 1 @maxLength 2000 @example "smtp://192.0.2.1:25" */
export type RouteUrl = string
/** @minLength 1 @maxLength 500 */
export type RouteLogin = string
/** Number of a version of the rules; 0: before there were any, or those that the program ships. @integer @minimum 0 @maximum 2147483648 */
export type RulesNumber = number
/** What was changed, and why. @minLength 1 @maxLength 500 @pattern ^[^\r\n\0]+$ */
export type RulesNote = string
/** @maxItems 100 */
export type MxHosts = readonly DomainName[]
/** A domain, or one address of it. @minLength 1 @maxLength 320 */
export type Reporter = string
/** Of a DKIM key. @minLength 1 @maxLength 120 @example "s1" */
export type Selector = string
/** A private key, PKCS#8 as PEM. @minLength 1 @maxLength 20000 */
export type PrivateKeyPem = string
/** @minLength 1 @maxLength 20 */
export type EffectId = string
/** How much longer, in milliseconds. @integer @minimum 1000 @maximum 604800000 */
export type EffectSpan = number
/** `*` for anything, `?` for one character. @minLength 1 @maxLength 320 @example "*@example.com" */
export type AddressPattern = string
/** @minLength 1 @maxLength 255 */
export type ExitLoginPart = string
/** A site as `suppression.review` names it. @minLength 1 @maxLength 300 */
export type FloodSite = string
/** @maxItems 1000 */
export type Targets = readonly SuppressionTarget[]
/** How long, in milliseconds. @integer @minimum 1000 @maximum 3162240000000 */
export type SuppressionSpan = number
/** Where a search in copies goes on: the `next` of the page before. @minLength 1 @maxLength 100 @pattern ^[0-9.-]+:[0-9]+$ */
export type KeptPlace = string
/** From 0. @integer @minimum 0 @maximum 9007199254740991 */
export type Count = number
/** Addresses that may be posted to. @maxItems 1000 */
export type PostPatterns = readonly string[]
/** @maxItems 100 */
export type LocalParts = readonly string[]
/** In milliseconds. @integer @minimum 60000 @maximum 604800000 */
export type BrakeWindow = number
/** @integer @minimum 1 @maximum 1000000000 */
export type BrakeLeast = number
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
/** Name of a stream, in lower case. @minLength 1 @maxLength 64 */
export type SuppressedStream = string
/** Name of a provider of the rules, or `other`. @minLength 1 @maxLength 255 */
export type ProviderName = string
/** A part of a name or of words. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ */
export type SearchText = string
/** Milliseconds since 1970. @integer @minimum 0 @maximum 9007199254740991 */
export type SearchTime = number
/** The number of the last record seen. @integer @minimum 0 @maximum 9007199254740991 */
export type AfterRecord = number
/** A file on the machine of the server, absolute. @minLength 2 @maxLength 1000 @pattern ^/[^\r\n\0]+$ @example "/var/lib/hms/backups/hms.zip" */
export type FilePath = string
/** Name or value of a setting of the server. @minLength 1 @maxLength 1000 @pattern ^[^\r\n\0]+$ */
export type OptionText = string
/** A version of the program. @minLength 5 @maxLength 64 @pattern ^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$ @example "1.1.0" */
export type ReleaseVersion = string
/** @maxItems 1000 */
export type MessageIds = readonly MessageId[]
/** Octets, 256 MiB at most. @integer @minimum 1 @maximum 268435456 */
export type UploadSize = number
/** Hexadecimal, in lower case. @pattern ^[0-9a-f]{64}$ @example "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" */
export type Sha256 = string
/** Up to 4 MiB in base64. @minLength 4 @maxLength 5592408 @pattern ^[A-Za-z0-9+/]+={0,2}$ @example "H4sIAAAA" */
export type UploadPiece = string
/** Where a piece begins: what was received until then. @integer @minimum 0 @maximum 268435456 */
export type UploadPlace = number
/** Id of a support bundle. @pattern ^\d{8}T\d{6}Z$ @example "20261122T070000Z" */
export type BundleId = string
/** Name of a folder of `backup.targets`. @pattern ^[a-z0-9][a-z0-9-]{0,31}$ @example "usb" */
export type BackupTargetName = string

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
