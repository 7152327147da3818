// The lines of an account's `yyyyMMddProcessed.log` in the original's form, one a recipient whose delivery came to its end.
// docs/logs.md says what each field is and which of them the original had.
import { type NumberedEvent, OWN_SITE } from '../contract/events.ts'
import { asciiText } from './dsn.ts'

const two = (value: number): string => String(value).padStart(2, '0')

/** Local date and time: the file is that of a local day. */
export function stamp(at: number): string {
  const date = new Date(at)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

const PLAIN = /^[!-~]*$/

/** One field: `-` for none, an underscore for white space and control characters, so that a line has as many fields as it should. */
export function field(value: string | number | null): string {
  if (value === null || value === '') return '-'
  if (typeof value === 'number') return String(value)
  // Nearly every field is plain, and this is told of every recipient.
  return PLAIN.test(value) ? value : value.replace(/[\s\p{C}]/gu, '_')
}

/**
 * The Processed line of an event, without its line feed; null for what is not the end of a delivery. Delivered is `Sent`; failed
 * and expired are `Failed` (the failure code tells them apart). What was deferred comes again, what a person deleted is in the JSON.
 */
export function processedLine(event: NumberedEvent): string | null {
  const { kind } = event
  if (kind !== 'delivered' && kind !== 'failed' && kind !== 'expired') return null
  // What came here is nothing that was sent.
  if (event.site === OWN_SITE) return null
  const { reply } = event
  const text = reply === null && kind !== 'delivered' ? event.reason : (reply?.text ?? '')
  const fields = [
    kind === 'delivered' ? 'Sent' : 'Failed',
    event.account,
    event.clientId,
    event.mailing,
    event.recipient,
    event.sender === '' ? '<>' : event.sender,
    event.size,
    event.remoteHost,
    event.localAddress,
    event.attempt,
    reply?.code ?? null,
    kind === 'delivered' ? null : event.failureCode,
    event.message,
    event.remoteAddress,
    event.tls?.version ?? null,
    Math.round(event.queuedFor / 1000),
    reply?.enhanced ?? null,
    asciiText(text),
  ]
  let line = stamp(event.at)
  for (const value of fields) line += ` ${field(value)}`
  return line
}
