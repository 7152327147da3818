// Suppression: who gets no mail any more, by which list, why, and for how long; and what of it an account wants.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'

/** In the order of their numbers in the store. */
export const SUPPRESSION_REASONS = ['Failure', 'Bounce', 'Unsubscribe', 'Complaint', 'Manual'] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

/** How long something is suppressed; `off`: not at all. */
export type Holds = Ms | 'ever' | 'off'

/** What an account wants. */
export interface AccountSuppression {
  /** The list that its recipients are looked for in, and the one that what comes back adds to; null: none. */
  readonly check: string | null
  readonly add: string | null
  /** Recipients are refused with 550 instead of accepted and failed with code 1001. */
  readonly reject: boolean
  readonly hard: Holds
  /** So many soft failures within that time, none delivered between. */
  readonly soft: { readonly count: number; readonly within: Ms; readonly holds: Holds }
  readonly complaint: Holds
  readonly unsubscribe: Holds
}

const DAY: Ms = 86_400_000

export const NO_SUPPRESSION: AccountSuppression = {
  check: null,
  add: null,
  reject: false,
  hard: 'ever',
  soft: { count: 5, within: 14 * DAY, holds: 30 * DAY },
  complaint: 'ever',
  unsubscribe: 'ever',
}

/** Bounds of `soft.count`, and the longest `soft.within`. */
export const SOFT_BOUNDS = { count: { least: 2, most: 50 }, within: 90 * DAY } as const

/** Patterns of a list: each is held against every recipient. */
export const MOST_PATTERNS = 200

/** Names of streams and lists. */
export const SUPPRESSION_NAME = /^[\w][\w.-]{0,63}$/

export interface SuppressionEntry {
  readonly list: string
  /** `ann@example.com`, `@example.com` (a whole domain), or a pattern with `*` or `?`; in lower case. */
  readonly target: string
  /** Of that stream alone; null: of all mail. */
  readonly stream: string | null
  readonly reason: SuppressionReason
  readonly at: EpochMs
  /** Null: for ever. */
  readonly expires: EpochMs | null
  /** Where it comes from: `event 0.12`, `import of NAME by WHO`, or who made it. */
  readonly origin: string
}

export interface SuppressionList {
  readonly name: string
  /** The one account that may use it; null: any may. */
  readonly account: AccountId | null
  readonly entries: number
}

export interface SuppressionListView extends SuppressionList {
  readonly checkedBy: readonly AccountId[]
  readonly addedToBy: readonly AccountId[]
}

/** More hard failures at a place than it usually has: what they would have suppressed waits for a person. */
export interface SuppressionFlood {
  /** A site as `hms top` names it. */
  readonly site: string
  readonly since: EpochMs
  readonly last: EpochMs
  /** Whether it goes on. */
  readonly open: boolean
  /** Recipients tried while it was found, how many of them failed hard, and the share that is usual there. */
  readonly tried: number
  readonly hard: number
  readonly usual: number
  /** Suppressions that wait. */
  readonly held: number
  /** Some of them. */
  readonly examples: readonly { readonly target: string; readonly reply: string }[]
}

/** Rows of one call. @maxItems 10000 */
export type ImportRows = readonly ImportRow[]
/** A row of an import. Absent: as the import says. */
export interface ImportRow {
  readonly target: string
  readonly stream?: string
  readonly reason?: string
  readonly at?: EpochMs
  readonly expires?: EpochMs
}
