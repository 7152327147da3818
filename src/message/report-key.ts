// What makes two events of reports the same: receivers and forwarders send a report again, and it is to be told once a day.
import type { MailEvent } from '../contract/events.ts'
import { isComplaint } from '../contract/feedback.ts'

/** The same text for the same report; null for what is no report. A report that proves nothing never stands for one that does. */
export function reportKey(event: MailEvent): string | null {
  if (event.kind === 'bounced') return keyOf(event, [event.category, event.proved])
  if (event.kind === 'complained') return keyOf(event, [meaningOf(event.feedbackType), event.proved])
  // By mail, by link, at any of the workers: he wants the same.
  if (event.kind === 'unsubscribed') return JSON.stringify([event.kind, event.message, event.recipient.toLowerCase(), event.stream])
  return null
}

function keyOf(event: Extract<MailEvent, { kind: 'bounced' | 'complained' }>, rest: readonly unknown[]): string {
  const { kind, message, report, reporter, account, recipient } = event
  return JSON.stringify([kind, message === report ? [account, reporter] : message, recipient.toLowerCase(), ...rest])
}

/** Whoever has one message may send reports of it without end, each of a type that he makes up: he complains once. */
function meaningOf(feedbackType: string): string {
  if (isComplaint(feedbackType)) return 'complaint'
  return feedbackType.toLowerCase() === 'not-spam' ? 'not-spam' : 'other'
}
