// The lines of an account's `yyyyMMddBounceProcessed.log`, `…FeedbackLoopProcessed.log` and `…UnsubscribeProcessed.log`. Fields that the
// Processed log has too stand where they stand there. docs/logs.md says what each is.
import type { NumberedEvent } from '../contract/events.ts'
import { CATEGORIES } from '../contract/feedback.ts'
import { asciiText } from './dsn.ts'
import { field, stamp } from './processed-log.ts'

type Field = string | number | null

/** Date and time, then the fields. */
export function lineOf(at: number, fields: readonly Field[]): string {
  return `${stamp(at)}${fields.map((value) => ` ${field(value)}`).join('')}`
}

export function bounceLine(event: NumberedEvent): string | null {
  if (event.kind !== 'bounced') return null
  const { account, clientId, mailing, recipient, category, report, reporter, proved, status, failureCode, message } = event
  const meaning = [event.blame, event.action, event.rule, event.stream]
  return lineOf(event.at, [
    CATEGORIES[category],
    account,
    clientId,
    mailing,
    recipient,
    category,
    report,
    reporter,
    provedText(proved),
    null,
    status,
    failureCode,
    message,
    ...meaning,
    asciiText(event.response),
  ])
}

export function feedbackLoopLine(event: NumberedEvent): string | null {
  if (event.kind !== 'complained') return null
  const { account, clientId, mailing, recipient, report, reporter, proved, message, stream, feedbackType } = event
  return lineOf(event.at, [
    feedbackType,
    account,
    clientId,
    mailing,
    recipient,
    null,
    report,
    reporter,
    provedText(proved),
    null,
    null,
    null,
    message,
    stream,
  ])
}

export function unsubscribeLine(event: NumberedEvent): string | null {
  if (event.kind !== 'unsubscribed') return null
  const { account, clientId, mailing, recipient, by, client, message, stream, agent } = event
  return lineOf(event.at, [by, account, clientId, mailing, recipient, null, null, client, null, null, null, null, message, stream, agent])
}

function provedText(proved: boolean): string {
  return proved ? 'proved' : 'unproved'
}
