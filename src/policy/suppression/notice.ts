// What an event says about a recipient, as far as suppression goes. Pure. What is about our address, our content or the receiver's own
// trouble says nothing of a recipient, and neither does a report that nobody stands behind.
import type { FailureCode } from '../../contract/failure-codes.ts'
import { type MailEvent, type PeerReply, replyLine } from '../../contract/events.ts'
import { type Category, isComplaint } from '../../contract/feedback.ts'
import type { AccountSuppression, Holds, SuppressionReason } from '../../contract/suppression.ts'
import { classify } from '../classify/classify.ts'

/** `delivered`: it is reached, so that soft failures before count no more. */
export type NoticeKind = 'hard' | 'soft' | 'complaint' | 'unsubscribe' | 'delivered'

export interface Notice {
  readonly kind: NoticeKind
  readonly reason: SuppressionReason
  /** Of an unsubscription, where it is known. */
  readonly stream: string | null
  /** What was said, for whoever looks at it later. */
  readonly reply: string
}

const HARD: ReadonlySet<FailureCode> = new Set<FailureCode>([2001, 2002, 2003, 2004])
/** Of a mailbox; what is put off again and again is the receiver's trouble. */
const SOFT: ReadonlySet<FailureCode> = new Set<FailureCode>([3001, 3002])
/** Codes of more than one meaning: only the reply says whether it is of the recipient. */
const MANIFOLD: ReadonlySet<FailureCode> = new Set<FailureCode>([2999, 3999, 4006])
const MOST_REPLY = 500

const DELIVERED: Notice = { kind: 'delivered', reason: 'Failure', stream: null, reply: '' }

/** Null: it says nothing. */
export function noticeOf(event: MailEvent): Notice | null {
  switch (event.kind) {
    case 'delivered':
      return DELIVERED
    case 'failed':
      if (isPosted(event)) return null
      return failure(event.failureCode, event.reply, wordsOf(event.reply, event.reason))
    case 'expired': {
      if (isPosted(event)) return null
      // The code says that it is too old; what kept it is in the last reply.
      const meant = event.reply === null ? null : classify({ reply: event.reply })
      return meant?.category === 'Soft' && meant.blame === 'recipient' ? softly(wordsOf(event.reply, event.reason)) : null
    }
    case 'bounced':
      return event.proved && isOfRecipient(event.blame) ? report(event.category, event.response) : null
    case 'complained':
      return event.proved && isComplaint(event.feedbackType)
        ? { kind: 'complaint', reason: 'Complaint', stream: null, reply: event.feedbackType }
        : null
    case 'unsubscribed':
      return { kind: 'unsubscribe', reason: 'Unsubscribe', stream: event.stream, reply: event.by }
    default:
      return null
  }
}

/** What an endpoint says of itself, in words that mean a mailbox elsewhere, takes no post away from it. */
function isPosted({ domain }: { readonly domain: string }): boolean {
  return domain.includes('://')
}

function failure(code: FailureCode, reply: PeerReply | null, words: string): Notice | null {
  const forGood: Notice = { kind: 'hard', reason: 'Failure', stream: null, reply: words }
  if (HARD.has(code)) return forGood
  if (SOFT.has(code)) return softly(words)
  if (reply === null || !MANIFOLD.has(code)) return null
  const meant = classify({ reply })
  if (meant.blame !== 'recipient' || meant.code !== code) return null
  return meant.category === 'Hard' ? forGood : meant.category === 'Soft' ? softly(words) : null
}

function softly(reply: string): Notice {
  return { kind: 'soft', reason: 'Failure', stream: null, reply }
}

function report(category: Category, response: string): Notice | null {
  const reply = response.slice(0, MOST_REPLY)
  if (category === 'Hard') return { kind: 'hard', reason: 'Bounce', stream: null, reply }
  return category === 'Soft' ? { kind: 'soft', reason: 'Bounce', stream: null, reply } : null
}

function isOfRecipient(blame: string | null): boolean {
  return blame === null || blame === 'recipient'
}

function wordsOf(reply: PeerReply | null, reason: string): string {
  return (reply === null ? reason : replyLine(reply)).slice(0, MOST_REPLY)
}

/** For how long the account wants it suppressed. */
export function holdsFor({ hard, soft, complaint, unsubscribe }: AccountSuppression, kind: Exclude<NoticeKind, 'delivered'>): Holds {
  return { hard, soft: soft.holds, complaint, unsubscribe }[kind]
}
