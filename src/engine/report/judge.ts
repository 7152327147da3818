// What a message that came back means: the reader says what stands in it, the classifier what that means for each recipient. What bounces do
// to mail and lists, and what the command shows, both go by this.
import { CATEGORIES, type Classification, type Category, type ReportType } from '../../contract/feedback.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { Report, ReportedRecipient } from '../../message/report/types.ts'
import { classify, type OwnTexts } from '../../policy/classify/classify.ts'

export interface JudgedRecipient extends Omit<Classification, 'category' | 'code'> {
  readonly address: string | null
  /** Null for a complaint: nothing was refused. */
  readonly type: ReportType | null
  readonly category: Category | null
  readonly code: FailureCode | null
  readonly status: string | null
  /** What the server said. */
  readonly reply: string
}

type Meaning = Pick<JudgedRecipient, 'category' | 'code' | 'blame' | 'action' | 'rule'>

/** `own`: the owner's list files, which count over the shipped rules. */
export function judgeReport(report: Report, own: OwnTexts | null = null): JudgedRecipient[] {
  return report.recipients.map((recipient) => {
    const meaning = meaningOf(report, recipient, own)
    return {
      address: recipient.address,
      type: meaning.category === null ? null : CATEGORIES[meaning.category],
      category: meaning.category,
      code: meaning.code,
      status: recipient.status,
      blame: meaning.blame,
      action: meaning.action,
      reply: recipient.diagnostic,
      rule: meaning.rule,
    }
  })
}

function meaningOf(report: Report, recipient: ReportedRecipient, own: OwnTexts | null): Meaning {
  switch (report.kind) {
    case 'bounce':
      return notified(report, recipient, own)
    case 'feedback':
      return complaint(report.feedback?.type ?? 'abuse')
    case 'autoreply':
      return said('AutoReply', 5001)
    case 'challenge':
      return said('Challenge', 1011)
    case 'subscribe':
      return said('Subscribe', 5999)
    case 'unsubscribe':
      return { ...said('Unsubscribe', 5999), action: 'suppress' }
    case 'addressChange':
      return { ...said('AddressChange', 5999), action: 'look' }
    case 'report':
    case 'unknown':
      return said('Unknown', 9999)
  }
}

function said(category: Category, code: FailureCode): Meaning {
  return { category, code, blame: null, action: 'none', rule: `report:${category}` }
}

/** Who says that it is junk, or wants no more, gets no more; the other reports are for a person (rfc:5965#7.3, rfc:6591). */
function complaint(type: string): Meaning {
  const isFinal = type === 'abuse' || type === 'opt-out' || type === 'opt-out-list' || type === 'fraud' || type === 'miscategorized'
  const action = isFinal ? 'suppress' : type === 'not-spam' ? 'none' : 'look'
  return { category: null, code: null, blame: null, action, rule: `feedback:${type}` }
}

function notified(report: Report, recipient: ReportedRecipient, own: OwnTexts | null): Meaning {
  if (recipient.action === 'delivered' || recipient.action === 'relayed' || recipient.action === 'expanded')
    return { ...said('Delivered', 5999), rule: `action:${recipient.action}` }
  // A delay is no failure: the other server still tries.
  if (recipient.action === 'delayed') return { ...said('Transient', 5999), rule: 'action:delayed' }
  return failed(report, recipient, own)
}

function failed({ text }: Report, { diagnostic, status }: ReportedRecipient, own: OwnTexts | null): Meaning {
  return classify({ reply: diagnostic === '' ? null : diagnostic, text, status }, own)
}
