// What a message that came back means: the reader says what stands in it, the classifier what that means for each recipient. What bounces do
// to mail and lists, and what the command shows, both go by this.
import { CATEGORIES, type Classification, type Category, type ReportType } from '../../contract/feedback.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { Report, ReportedRecipient } from '../../message/report/types.ts'
import { FAILURE_TEXTS, findPattern } from '../../policy/reply-patterns.ts'

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

export function judgeReport(report: Report): JudgedRecipient[] {
  return report.recipients.map((recipient) => {
    const meaning = meaningOf(report, recipient)
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

function meaningOf(report: Report, recipient: ReportedRecipient): Meaning {
  switch (report.kind) {
    case 'bounce':
      return notified(report, recipient)
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

function notified(report: Report, recipient: ReportedRecipient): Meaning {
  if (recipient.action === 'delivered' || recipient.action === 'relayed' || recipient.action === 'expanded')
    return { ...said('Delivered', 5999), rule: `action:${recipient.action}` }
  // A delay is no failure: the other server still tries.
  if (recipient.action === 'delayed') return { ...said('Transient', 5999), rule: 'action:delayed' }
  return failed(report, recipient)
}

function failed({ text }: Report, { diagnostic, status }: ReportedRecipient): Meaning {
  const found = [diagnostic, text].map((words) => findPattern(FAILURE_TEXTS, words.toLowerCase())?.code).find((code) => code !== undefined)
  const code = found ?? (status === null ? 9999 : BY_STATUS[status.slice(2)]) ?? 9999
  return {
    category: categoryOf(code),
    code,
    blame: null,
    action: code < 3000 && code >= 2000 ? 'suppress' : 'look',
    rule: found === undefined ? null : `text:${code}`,
  }
}

const BY_STATUS: Readonly<Record<string, FailureCode>> = { '1.1': 2001, '1.2': 2002, '1.3': 2003, '2.1': 3002, '2.2': 3001 }

function categoryOf(code: FailureCode): Category {
  if (code === 1004) return 'Spam'
  if (code === 1007) return 'Virus'
  if (code < 2000) return 'BlockedOther'
  if (code < 3000) return 'Hard'
  return code === 9999 ? 'Unknown' : 'Soft'
}
