// Operations on suppression lists.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'
import type {
  AccountSuppression,
  ImportRow,
  SuppressionEntry,
  SuppressionFlood,
  SuppressionList,
  SuppressionListView,
  SuppressionReason,
} from './suppression.ts'

export interface SuppressionOperations {
  'suppression.lists': { params: Record<never, never>; result: readonly SuppressionListView[] }
  'suppression.create': { params: { name: string; account?: AccountId }; result: SuppressionList }
  /** With all that is on it; refused while an account uses it. */
  'suppression.drop': { params: { name: string }; result: { entries: number } }
  /** Without a change: as it is. */
  'suppression.policy': {
    params: { account: AccountId; change?: Partial<AccountSuppression> }
    result: AccountSuppression
  }
  /** Targets: addresses, domains (`example.com` or `@example.com`) and patterns with `*` or `?`. `for`: null is for ever. */
  'suppression.add': {
    params: { list: string; targets: readonly string[]; stream?: string; reason?: SuppressionReason; for?: Ms | null }
    result: { added: number; changed: number }
  }
  /** `stream`: null is of all mail alone; left out, every entry of these goes. */
  'suppression.remove': {
    params: { list: string; targets: readonly string[]; stream?: string | null }
    result: { removed: number }
  }
  'suppression.find': { params: { target: string; list?: string }; result: { entries: readonly SuppressionEntry[] } }
  /** A part of a file: rows that cannot be used are told by their place in it, the others are used. Parts are written together, at the latest with the last, which the audit notes; counts are of what was written. */
  'suppression.import': {
    params: { list: string; rows: readonly ImportRow[]; origin: string; dryRun?: boolean; last?: { rows: number } }
    result: { added: number; changed: number; bad: readonly { row: number; problem: string }[] }
  }
  'suppression.export': {
    params: { list: string; after?: { target: string; stream: string | null }; limit: number }
    result: { entries: readonly SuppressionEntry[]; next: { target: string; stream: string | null } | null }
  }
  /** Takes back what the program added of itself for what a site (or a domain) said in that time. `reply`: only where it matches. */
  'suppression.undo': {
    params: { site: string; since: EpochMs; until: EpochMs; reply?: string; dryRun?: boolean }
    result: { found: number; undone: number; examples: readonly { target: string; reply: string }[] }
  }
  'suppression.review': { params: Record<never, never>; result: readonly SuppressionFlood[] }
  'suppression.settle': { params: { site: string; accept: boolean }; result: { entries: number | null } }
}
