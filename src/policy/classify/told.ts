// One reply as `hms classify` tells it: the same fields and names as a bounce message, with the reply's only recipient.
import { type Blame, CATEGORIES, type Advice, type Category, type ReportType } from '../../contract/feedback.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import { classify, type OwnTexts } from './classify.ts'
import { readReply } from './reading.ts'

/** Longer lines are cut. */
export const MOST_LINE = 8192

interface ToldRecipient {
  /** Of the recipient, where the reply names one. */
  readonly address: string | null
  readonly type: ReportType
  readonly category: Category
  readonly code: FailureCode
  /** Enhanced status. */
  readonly status: string | null
  readonly blame: Blame | null
  readonly action: Advice
  readonly reply: string
  readonly rule: string | null
}

export interface Told extends ToldRecipient {
  readonly kind: 'bounce'
  readonly recipients: readonly ToldRecipient[]
}

/** `line`: a reply with its code; `\n` written out in it is a line break. */
export function toldOf(line: string, own: OwnTexts | null): Told {
  const reply = line.replace(/\r$/, '').slice(0, MOST_LINE)
  const { category, code, blame, action, rule } = classify({ reply }, own)
  const address = blame === 'recipient' ? recipientIn(reply) : null
  const one = { address, type: CATEGORIES[category], category, code, status: readReply(reply).status, blame, action, reply, rule }
  const { reply: _reply, ...flat } = one
  return { reply, kind: 'bounce', ...flat, recipients: [one] }
}

const ADDRESS = /<?([\w.!#$%&*+/=?^{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?)>?/i

/** The first address in a reply about its recipient. */
function recipientIn(reply: string): string | null {
  return ADDRESS.exec(reply.slice(0, 1024))?.[1] ?? null
}
