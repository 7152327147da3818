// Events as lines for people.
import type { NumberedEvent, PeerReply } from '../../contract/events.ts'
import { table } from './table.ts'
import { visible } from './visible.ts'
import { dateTime, relative } from './when.ts'

/** What happened, in words. */
export function outcomeText(event: NumberedEvent): string {
  switch (event.kind) {
    case 'accepted':
      return `${event.recipients === 1 ? '1 recipient' : `${event.recipients} recipients`} by ${event.protocol}${event.client === null ? '' : ` from ${event.client}`}`
    case 'delivered':
      return `to ${event.remoteHost ?? event.site ?? '?'}${event.tls === null ? '' : ` (${event.tls.version})`}: ${replyText(event.reply)}`
    case 'deferred':
      return `${event.reply === null ? event.reason.replace(/\.$/, '') : replyText(event.reply)}; next attempt ${relative(event.nextAttempt, event.at)}`
    case 'failed':
    case 'expired':
      return `${event.failureCode} ${event.reply === null ? event.reason : replyText(event.reply)}`
    case 'held':
    case 'released':
    case 'deleted':
      return event.reason.includes(event.by) ? event.reason : `${event.reason} (${event.by})`
    case 'bounced':
      return `${event.category} ${event.failureCode}${event.proved ? '' : ', not authenticated'}${guessText(event)}: ${event.response}`
    case 'complained':
      return `${event.feedbackType}${event.proved ? '' : ', not authenticated'}${event.reporter === null ? '' : ` from ${event.reporter}`}`
    case 'unsubscribed':
      return `by ${event.by}${event.client === null ? '' : ` from ${event.client}`}`
    case 'opened':
    case 'clicked':
      return `${event.url ?? ''}${event.machine === null ? '' : ` (${event.machine})`} from ${event.client}`.trim()
  }
}

function replyText({ code, enhanced, text }: PeerReply): string {
  return `${code} ${enhanced === null || text.startsWith(enhanced) ? '' : `${enhanced} `}${text}`
}

export function eventTable(events: readonly NumberedEvent[], width: number): string {
  return table(
    events,
    [
      { title: 'TIME', of: (event) => dateTime(event.at) },
      { title: 'EVENT', of: (event) => event.kind },
      { title: 'MESSAGE', of: (event) => event.message },
      { title: 'RECIPIENT', of: (event) => event.recipient, shrinks: true },
      { title: 'WHAT', of: outcomeText, shrinks: true },
    ],
    width,
    'No events.',
  )
}

/** One event as one line, for following. */
export function eventLine(event: NumberedEvent): string {
  return `${dateTime(event.at)}  ${event.kind.padEnd(9)}  ${event.message}  ${visible(event.recipient)}  ${visible(outcomeText(event))}\n`
}

/** Whose a bounce is that nothing proves. */
function guessText({ probably }: Extract<NumberedEvent, { kind: 'bounced' }>): string {
  return probably === undefined ? '' : `, probably of account ${probably.account} (${probably.message})`
}
