// A plain-text message for `hms send`: header, charset and encoding as they should be, nothing more. Values come from people: CR, LF and
// NUL are refused before they come near a header.
import { Fault } from '../base/fault.ts'
import type { EpochMs } from '../base/brand.ts'
import { messageDate } from './date.ts'
import { toQuotedPrintable } from './encode.ts'
import { hasLongLine } from './long-lines.ts'

export interface Draft {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  /** Lines may end in LF or CRLF. */
  readonly text: string
  readonly at: EpochMs
  /** Without its angle brackets. */
  readonly messageId: string
  /** Further fields, `['X-xsMailingId', 'autumn']`; ASCII. */
  readonly fields?: readonly (readonly [string, string])[]
}

/** Of a word; with `Subject: ` before it the line stays within 76 characters. */
const ENCODED_OCTETS = 39

function checked(value: string, what: string): string {
  if (!/[\r\n\0]/.test(value)) return value
  const mend = 'Write it in one line.'
  throw new Fault('line-break-refused', `The ${what} holds a line break or a NUL, which must not be in a header.`, {
    blame: 'caller',
    mend,
  })
}

/** rfc:2047: encoded words of at most 75 characters, cut between characters. */
function encodedWords(text: string): string {
  if (/^[\u0020-\u007e]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  for (const char of text) {
    if (Buffer.byteLength(word + char) > ENCODED_OCTETS) {
      words.push(word)
      word = ''
    }
    word += char
  }
  words.push(word)
  return words.map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join('\r\n ')
}

/** The octets of the message, lines ending in CRLF. Throws a Fault where a field holds a line break. */
export function composeMessage(draft: Draft): Buffer {
  const body = Buffer.from(draft.text.replace(/\r\n|\r|\n/g, '\r\n'))
  const quoted = body.some((octet) => octet > 126 || octet === 0) || hasLongLine(body)
  const fields: (readonly [string, string])[] = [
    ['From', checked(draft.from, 'sender')],
    ['To', draft.to.map((address) => checked(address, 'recipient')).join(',\r\n ')],
    ['Subject', encodedWords(checked(draft.subject, 'subject'))],
    ['Date', messageDate(draft.at)],
    ['Message-ID', `<${checked(draft.messageId, 'message id')}>`],
    ...(draft.fields ?? []).map(([name, value]) => [checked(name, 'name of a field'), checked(value, `field ${name}`)] as const),
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', quoted ? 'quoted-printable' : '7bit'],
  ]
  const header = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const end = body.length === 0 || body.at(-1) === 10 ? '' : '\r\n'
  return Buffer.concat([Buffer.from(`${header}\r\n`), quoted ? toQuotedPrintable(body) : body, Buffer.from(end)])
}
