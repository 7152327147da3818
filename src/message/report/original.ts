// The message that a notification is about: attached whole, as a header, or written out in the text with or without quote marks.
import { addressesIn, cleanAddress } from './address-text.ts'
import { colonOf, type Fields, lineEnd, rawValue, readFields, value, values } from './fields.ts'
import { type Part, partsOf, partText } from './parts.ts'
import type { OriginalMessage } from './types.ts'

export interface FoundOriginal {
  readonly fields: Fields
  readonly part: string
}

const HEADERS = new Set([
  'text/rfc822-headers',
  'text/rfc822-header',
  'message/rfc822-headers',
  'message/global-headers',
  'message/partial',
  'text/rfc822',
])
const MOST_TO = 50

export function originalMessage(fields: Fields): OriginalMessage {
  const to = ['to', 'cc', 'x-original-to', 'envelope-to', 'x-rcpt-to', 'x-receiver', 'resent-to'].flatMap((name) => values(fields, name))
  const addresses = new Map<string, string>()
  for (const list of to) for (const { address } of addressesIn(list, MOST_TO)) addresses.set(address.toLowerCase(), address)
  return {
    messageId: rawValue(fields, 'message-id').trim() || null,
    from: cleanAddress(value(fields, 'from')),
    to: [...addresses.values()].slice(0, MOST_TO),
    subject: value(fields, 'subject') || null,
    returnPath: cleanAddress(rawValue(fields, 'return-path')),
    feedbackId: value(fields, 'feedback-id') || null,
  }
}

const ENVELOPE = new Set(['x-original-to', 'delivered-to', 'envelope-to', 'x-envelope-to', 'x-rcpt-to', 'original-recipient'])

/** To whom the last server that tells had it in its envelope: what is nearer to the top is later. */
export function envelopeRecipient(fields: Fields): string | null {
  for (const { name, value: said } of fields.list) {
    const text = ENVELOPE.has(name) ? said.replace(/^rfc822\s*;/i, '') : name === 'received' ? forOf(said) : ''
    const address = text === '' ? null : cleanAddress(text)
    if (address !== null) return address
  }
  return null
}

/** The recipient in a trace field (rfc:5321#4.4). */
function forOf(received: string): string {
  return /\sfor\s+<?([^\s<>;]{1,320}@[^\s<>;]{1,255})>?/i.exec(received)?.[1] ?? ''
}

/** The attached original, after the part at `after` (or anywhere): of several the first that has a header. */
export function attachedOriginal(root: Part, after: string | null): FoundOriginal | null {
  const all = partsOf(root)
  const begin = after === null ? 0 : all.findIndex((part) => part.path === after) + 1
  for (const part of [...all.slice(begin), ...all.slice(0, begin)]) {
    const inner = part.type.startsWith('message/') ? part.children[0] : undefined
    if (inner !== undefined && hasHeader(inner.fields) && !holds(part, after)) return { fields: inner.fields, part: part.path }
    if (!HEADERS.has(part.type)) continue
    const fields = readFields(partText(part).replace(/^\n{1,3}/, ''), 0)
    if (hasHeader(fields)) return { fields, part: part.path }
  }
  return null
}

const hasHeader = (fields: Fields): boolean => fields.list.length >= 2
const holds = (part: Part, path: string | null): boolean => path !== null && path.startsWith(`${part.path}.`)

/** Lines after which programs put the original, in lower case. */
const MARKERS = [
  'below this line is a copy',
  'bounced e-mail:',
  'this is a copy of the message',
  'this is a copy of your message',
  'unsent message follows',
  'message text follows',
  'message header follows',
  'original message follows',
  'original message as ',
  'original message -----',
  'original message ---',
  'original message headers',
  'original message header',
  'the header of the original message',
  'headers of the original message',
  'header of the message follows',
  'undelivered message headers',
  'returned message follows',
  'returned message ---',
  'returned message headers',
  'here is a copy of your message',
  'copy of the original message',
  'copy of your message follows',
  'copy of your message, including',
  'message headers follow',
  'message follows:',
  'rejected message follows',
  'original mail header',
  '----- original message',
  '--- original message',
  '---- original message',
  'the original message was:',
  'begin message header',
  'original-nachricht',
  'ursprüngliche nachricht ---',
  'mensagem original',
  'mensaje original ---',
  "message d'origine ---",
  'the body of the message',
  'text of the message follows',
  'message contents follow',
  '======= routing information',
  'first 100 lines of the original',
  'start of your message',
  'transcript of your message',
  'reportedmessage follows',
]
const STRONG = new Set(['received', 'message-id', 'return-path', 'dkim-signature', 'mime-version'])
const WEAK = new Set([
  'from',
  'to',
  'subject',
  'date',
  'reply-to',
  'cc',
  'x-mailer',
  'sender',
  'content-type',
  'delivered-to',
  'content-transfer-encoding',
])
const MOST_LINES = 3000

export interface TextOriginal {
  /** Where its header begins; null where it has none. */
  readonly at: number | null
  /** Where what it says to people ends. */
  readonly cut: number
  readonly fields: Fields | null
}

/** The original in a text: where it begins, and its header where there is one. */
export function originalInText(text: string): TextOriginal | null {
  let marker = -1
  let run: Run | null = null
  for (let at = 0, n = 0; at < text.length && n < MOST_LINES; n++) {
    const end = lineEnd(text, at)
    const line = text.slice(at, Math.min(end, at + 400))
    if (marker < 0 && isMarker(line)) marker = at
    run = extend(run, line, at)
    if (run !== null && isHeader(run, marker >= 0))
      return { cut: marker >= 0 ? Math.min(marker, run.start) : run.start, at: run.start, fields: fieldsAt(text, run) }
    at = end + 1
  }
  return marker < 0 ? null : { cut: marker, at: null, fields: null }
}

function isMarker(line: string): boolean {
  if (line.length > 200) return false
  const lower = line.toLowerCase()
  return /[-=:.*|]/.test(lower) && MARKERS.some((marker) => lower.includes(marker))
}

interface Run {
  /** Of servers on the way: a summary for people has none. */
  readonly isReceived: boolean
  readonly start: number
  readonly prefix: string
  readonly strong: number
  readonly weak: ReadonlySet<string>
}

/** The run of header lines with the line at `at` added; null where the line ends it. */
function extend(run: Run | null, line: string, at: number): Run | null {
  const prefix = run?.prefix ?? /^[>|\s]{0,12}/.exec(line)?.[0] ?? ''
  const bare = line.startsWith(prefix) ? line.slice(prefix.length) : line.replace(/^[>|\s]{0,12}/, '')
  if (run !== null && /^[ \t]+\S/.test(bare)) return run
  const colon = colonOf(bare, 0, Math.min(bare.length, 60))
  const name = colon < 0 ? '' : bare.slice(0, colon).trimEnd().toLowerCase()
  const isStrong = STRONG.has(name)
  const isWeak = WEAK.has(name)
  if (!isStrong && !isWeak) return run !== null && colon > 0 && /^[a-z][a-z0-9-]*$/.test(name) ? run : null
  const before = run ?? { start: at, prefix, isReceived: false, strong: 0, weak: new Set<string>() }
  return {
    ...before,
    isReceived: before.isReceived || name === 'received',
    strong: before.strong + (isStrong ? 1 : 0),
    weak: isWeak ? new Set([...before.weak, name]) : before.weak,
  }
}

function isHeader({ strong, weak, prefix, isReceived }: Run, isMarked: boolean): boolean {
  if (!isMarked && !isReceived && /^\s+$/.test(prefix)) return false
  if (isMarked) return strong + weak.size >= 2
  return strong + weak.size >= 3 && (strong >= 1 || (weak.has('from') && weak.has('date') && weak.has('subject')))
}

function fieldsAt(text: string, { start, prefix }: Run): Fields {
  const rest = text.slice(start, start + 32 * 1024)
  if (prefix === '') return readFields(rest, 0)
  const lines = rest.split('\n').map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line.replace(/^[>|]{1,3} ?/, '')))
  return readFields(lines.join('\n'), 0)
}
