// What a failure can mean: its category and code, who is to blame and what is to be done. The rules name one of these, and so do the
// codes where no rule knows the text. docs/guides/bounces.md has the table with its reasons.
import type { Advice, Blame, Category } from '../../contract/feedback.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'

interface MeaningRow {
  readonly category: Category
  readonly code: FailureCode
  readonly blame: Blame | null
  readonly action: Advice
  /** About our address: the reply belongs to the source, whoever the recipient is. */
  readonly ours?: true
}

export const MEANINGS = {
  'unknown-user': { category: 'Hard', code: 2001, blame: 'recipient', action: 'suppress' },
  'unknown-domain': { category: 'Hard', code: 2002, blame: 'recipient', action: 'suppress' },
  'bad-address': { category: 'Hard', code: 2003, blame: 'recipient', action: 'suppress' },
  moved: { category: 'Hard', code: 2004, blame: 'recipient', action: 'suppress' },
  'no-mail': { category: 'Hard', code: 4006, blame: 'recipient', action: 'suppress' },
  full: { category: 'Soft', code: 3001, blame: 'recipient', action: 'retry' },
  inactive: { category: 'Soft', code: 3002, blame: 'recipient', action: 'retry' },
  'unsure-recipient': { category: 'Soft', code: 3999, blame: 'recipient', action: 'retry' },
  size: { category: 'Soft', code: 3999, blame: 'content', action: 'look' },
  relay: { category: 'Soft', code: 4006, blame: 'policy', action: 'look' },
  protocol: { category: 'Soft', code: 4002, blame: 'policy', action: 'look' },
  expired: { category: 'Soft', code: 4004, blame: 'receiver', action: 'retry' },
  loop: { category: 'Soft', code: 4999, blame: 'receiver', action: 'look' },
  trouble: { category: 'Soft', code: 3999, blame: 'receiver', action: 'retry' },
  wait: { category: 'Soft', code: 3999, blame: 'receiver', action: 'retry' },
  unverified: { category: 'Soft', code: 3999, blame: 'recipient', action: 'retry' },
  greylist: { category: 'Soft', code: 3003, blame: 'receiver', action: 'retry' },
  busy: { category: 'Soft', code: 4001, blame: 'receiver', action: 'retry' },
  network: { category: 'Soft', code: 4003, blame: 'receiver', action: 'retry' },
  rate: { category: 'Soft', code: 4001, blame: 'reputation', action: 'slow' },
  'source-rate': { category: 'BlockedOther', code: 1999, blame: 'reputation', action: 'slow', ours: true },
  connections: { category: 'BlockedOther', code: 1006, blame: 'policy', action: 'slow' },
  blocklist: { category: 'BlockedOther', code: 1002, blame: 'reputation', action: 'look', ours: true },
  block: { category: 'BlockedOther', code: 1999, blame: 'reputation', action: 'look', ours: true },
  'wrong-setup': { category: 'BlockedOther', code: 1999, blame: 'policy', action: 'look', ours: true },
  domain: { category: 'BlockedOther', code: 1999, blame: 'reputation', action: 'look' },
  authentication: { category: 'BlockedOther', code: 1999, blame: 'policy', action: 'look' },
  policy: { category: 'BlockedOther', code: 1999, blame: 'policy', action: 'look' },
  filter: { category: 'BlockedOther', code: 1999, blame: 'policy', action: 'look' },
  spam: { category: 'Spam', code: 1004, blame: 'content', action: 'look' },
  virus: { category: 'Virus', code: 1007, blame: 'content', action: 'look' },
  challenge: { category: 'Challenge', code: 1011, blame: 'policy', action: 'look' },
  'auto-reply': { category: 'AutoReply', code: 5001, blame: null, action: 'none' },
  unknown: { category: 'Unknown', code: 9999, blame: null, action: 'look' },
} as const satisfies Readonly<Record<string, MeaningRow>>

export type Meaning = keyof typeof MEANINGS

/** One rule of what receivers write. The first that matches decides. */
export interface ClassifyRule {
  readonly name: string
  readonly means: Meaning
  /** On the text as `readReply` makes it; one of them matches. */
  readonly match: readonly string[]
  /** None of them may match. */
  readonly unless?: readonly string[]
  /** Only where the reply is of this one: said by the caller, or by a mark in the text. */
  readonly provider?: Provider
  /** Only with one of these, without the class: `7.1`. */
  readonly status?: readonly string[]
  /** Only with a reply of this class. */
  readonly replyClass?: 4 | 5
}

/** Marks in the text, in lower case, that tell whose reply it is. */
export const PROVIDERS = {
  docomo: ['docomo.ne.jp'],
  tencent: ['qq.com'],
  yandex: ['yandex.'],
} as const

export type Provider = keyof typeof PROVIDERS
