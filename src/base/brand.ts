// Values that must not be mixed carry a brand that only the compiler sees: they cost nothing when the program runs.
// Tags such as @minimum go into the schemas of the management API (scripts/schemas).

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. @integer @minimum 1000 @maximum 2147483647 @example 1001 */
export type AccountId = Brand<number, 'AccountId'>
/** A domain in its canonical form: lower case, A-labels, no trailing dot; or an address literal such as `[192.0.2.1]`. @maxLength 255 @pattern ^(?:\[[0-9A-Fa-f:.]{2,60}\]|[^\s@\[\]]+)$ @example "example.com" */
export type Domain = Brand<string, 'Domain'>
/** Number of a spool shard, 0 to 1023. @integer @minimum 0 @maximum 1023 */
export type ShardId = Brand<number, 'ShardId'>
/** System message id: 16 characters of Crockford's base32, see `message-id.ts`. @pattern ^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{16}$ @example "5n8r3d0000000042" */
export type MessageId = Brand<string, 'MessageId'>
/** Milliseconds since 1970 (wall clock). @integer @minimum 0 @example 1800000000000 */
export type EpochMs = number
/** A span in milliseconds. */
export type Ms = number

export const ANONYMOUS_ACCOUNT = 1000 as AccountId
