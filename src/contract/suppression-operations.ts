// Operations on suppression lists.
import type { Limit10000 } from './forms.ts'
import type { AccountId, EpochMs } from '../base/brand.ts'
import type {
  AccountSuppression,
  ImportRows,
  SuppressionEntry,
  SuppressionFlood,
  SuppressionList,
  SuppressionListView,
  SuppressionReason,
} from './suppression.ts'

/** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. @minLength 1 @maxLength 400 @example "ann@example.com" */
export type SuppressionTarget = string
/** Name of a suppression list. @pattern ^\w[\w.-]{0,63}$ @example "main" */
export type ListName = string
/** A site as `suppression.review` names it. @minLength 1 @maxLength 300 */
export type FloodSite = string
/** @maxItems 1000 */
export type Targets = readonly SuppressionTarget[]
/** Part of what an entry names: with `*` (anything) or `?` (one character) the whole of it, otherwise anywhere in it. @minLength 1 @maxLength 320 @example "*@example.com" */
export type EntryPart = string
/** Part of where an entry comes from. @minLength 1 @maxLength 300 @example "import of old.csv" */
export type OriginPart = string
/** How long, in milliseconds. @integer @minimum 1000 @maximum 3162240000000 */
export type SuppressionSpan = number
/** Name of a stream, in lower case. @minLength 1 @maxLength 64 */
export type SuppressedStream = string

export interface SuppressionOperations {
  'suppression.lists': { params: { account?: AccountId; name?: ListName }; result: readonly SuppressionListView[] }
  'suppression.create': { params: { name: ListName; account?: AccountId }; result: SuppressionList }
  /** With all that is on it; refused while an account uses it. */
  'suppression.drop': { params: { name: ListName }; result: { entries: number } }
  /** Without a change: as it is. */
  'suppression.policy': {
    params: { account: AccountId; change?: Partial<AccountSuppression> }
    result: AccountSuppression
  }
  /** Targets: addresses, domains (`example.com` or `@example.com`) and patterns with `*` or `?`. `for`: null is for ever. */
  'suppression.add': {
    params: { list: ListName; targets: Targets; stream?: SuppressedStream; reason?: SuppressionReason; for?: SuppressionSpan | null }
    result: { added: number; changed: number }
  }
  /** `stream`: null is of all mail alone; left out, every entry of these goes. `dryRun`: how many would. */
  'suppression.remove': {
    params: { list: ListName; targets: Targets; stream?: SuppressedStream | null; dryRun?: boolean }
    result: { removed: number }
  }
  'suppression.find': { params: { target: SuppressionTarget; list?: ListName }; result: { entries: readonly SuppressionEntry[] } }
  /** A part of a file: rows that cannot be used are told by their place in it, the others are used. Parts are written together, at the latest with the last, which the audit notes; counts are of what was written. */
  'suppression.import': {
    params: { list: ListName; rows: ImportRows; origin: string; dryRun?: boolean; last?: { rows: number } }
    result: { added: number; changed: number; bad: readonly { row: number; problem: string }[] }
  }
  /**
   * In the order of what entries name. With criteria at most a million entries are looked at: where that is not all, `isCut` is true and `next` goes
   * on, although there were fewer entries than asked for. `since`, `until`: suppressed from then on, and before.
   */
  'suppression.export': {
    params: {
      list: ListName
      match?: EntryPart
      reason?: SuppressionReason
      origin?: OriginPart
      since?: EpochMs
      until?: EpochMs
      after?: { target: string; stream: string | null }
      limit: Limit10000
    }
    result: { entries: readonly SuppressionEntry[]; next: { target: string; stream: string | null } | null; isCut: boolean }
  }
  /** Takes back what the program added of itself for what a site (or a domain) said in that time. `reply`: only where it matches. */
  'suppression.undo': {
    params: { site: FloodSite; since: EpochMs; until: EpochMs; reply?: string; dryRun?: boolean }
    result: { found: number; undone: number; examples: readonly { target: string; reply: string }[] }
  }
  'suppression.review': { params: Record<never, never>; result: readonly SuppressionFlood[] }
  'suppression.settle': { params: { site: FloodSite; accept: boolean }; result: { entries: number | null } }
}
