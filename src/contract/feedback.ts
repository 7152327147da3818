// What came back and what it means, in the names by which users of the original know it: types and categories of failures and of reports
// by mail, who is to blame, and what is to be done.
import type { FailureCode } from './failure-codes.ts'

/** Each category and the type that it belongs to. */
export const CATEGORIES = {
  Hard: 'Undeliverable',
  Soft: 'Undeliverable',
  Challenge: 'Blocked',
  Spam: 'Blocked',
  Virus: 'Blocked',
  BlockedOther: 'Blocked',
  Transient: 'Informational',
  AutoReply: 'Informational',
  Subscribe: 'Informational',
  Unsubscribe: 'Informational',
  AddressChange: 'Informational',
  Modified: 'Informational',
  Delivered: 'Informational',
  Custom: 'Custom',
  Unknown: 'Unknown',
} as const

export type Category = keyof typeof CATEGORIES
/** @public */
export type ReportType = (typeof CATEGORIES)[Category]

/**
 * `recipient`: the address or mailbox. `reputation`: our address or domain. `content`: what was said. `policy`: how it was sent
 * (authentication, relaying, form). `receiver`: trouble of theirs. `own`: trouble of this server.
 */
export type Blame = 'recipient' | 'reputation' | 'content' | 'policy' | 'receiver' | 'own'

/** `suppress`: send no more there. `retry`: later. `slow`: less of it. `look`: a person has to. `none`: nothing. */
export type Advice = 'suppress' | 'retry' | 'slow' | 'look' | 'none'

export interface Classification {
  readonly category: Category
  readonly code: FailureCode
  /** Null where nobody failed, or nobody knows. */
  readonly blame: Blame | null
  readonly action: Advice
  /** Name of the rule that decided; null: none matched. */
  readonly rule: string | null
}

/** rfc:5965#7.3 and what is seen besides: `not-spam` is the opposite, `virus` and `auth-failure` are no wish of a recipient. */
const COMPLAINTS: ReadonlySet<string> = new Set(['abuse', 'fraud', 'other', 'miscategorized', 'opt-out', 'opt-out-list'])

/** Whether a recipient says by a report of this type that he does not want the mail. */
export function isComplaint(feedbackType: string): boolean {
  return COMPLAINTS.has(feedbackType.toLowerCase())
}

/** What a message that came back is as a whole. `report`: sums of others (DMARC, TLS-RPT). @public */
export type ReportKind =
  | 'bounce'
  | 'feedback'
  | 'autoreply'
  | 'challenge'
  | 'subscribe'
  | 'unsubscribe'
  | 'addressChange'
  | 'report'
  | 'unknown'
