// Messages as octets: of what people and programs give (subject, text, HTML, files) a header and a body as the standards want them. Pure.
import type { EpochMs } from '../../base/brand.ts'
import { messageDate } from '../date.ts'
import { encodedWords, field, mailbox, mailboxes, type NamedAddress, oneLine } from './fields.ts'
import { type EncodedAttachment, multipart, type Part, textPart } from './parts.ts'

/** A message by its parts. */
export interface Structured {
  readonly from: NamedAddress
  readonly to: readonly NamedAddress[]
  readonly cc?: readonly NamedAddress[] | undefined
  readonly replyTo?: readonly NamedAddress[] | undefined
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  /** Further fields. */
  readonly fields?: readonly (readonly [name: string, value: string])[] | undefined
  readonly attachments?: readonly EncodedAttachment[] | undefined
  /** Letters, digits, `.` and `-` that no other message has; of boundaries. */
  readonly id: string
}

/** The octets of the message, lines ending in CRLF. Throws a Fault where a field holds a line break. Date and Message-ID are whose stores it. */
export function composeStructured(message: Structured): Buffer {
  const { header, body } = bodyOf(message)
  const lines = [...headerLines(message), 'MIME-Version: 1.0\r\n', header, '\r\n']
  return Buffer.concat([Buffer.from(lines.join('')), ...body])
}

function headerLines({ from, to, cc = [], replyTo = [], subject, fields = [] }: Structured): string[] {
  return [
    field('From', mailbox(from)),
    // rfc:5322#3.6: nobody else may be named, and some field with a recipient makes readers show one.
    field('To', to.length === 0 ? 'undisclosed-recipients:;' : mailboxes(to)),
    ...(cc.length > 0 ? [field('Cc', mailboxes(cc))] : []),
    ...(replyTo.length > 0 ? [field('Reply-To', mailboxes(replyTo))] : []),
    ...(subject === undefined ? [] : [field('Subject', encodedWords(oneLine(subject, 'subject')))]),
    ...fields.map(([name, value]) => field(oneLine(name, 'name of a field'), encodedWords(oneLine(value, `field ${name}`)))),
  ]
}

function bodyOf({ text, html, attachments = [], id }: Structured): Part {
  const inline = html === undefined ? [] : attachments.filter(({ isInline }) => isInline)
  const files = attachments.filter((one) => !inline.includes(one))
  const shown = html === undefined ? [] : [multipart('related', [textPart('html', html), ...inline.map(({ part }) => part)], id)]
  const plain = text === undefined && html !== undefined ? [] : [textPart('plain', text ?? '')]
  return multipart('mixed', [multipart('alternative', [...plain, ...shown], id), ...files.map(({ part }) => part)], id)
}

/** A plain text, whole, for `hms send`. */
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

/** The octets of the message, lines ending in CRLF. Throws a Fault where a field holds a line break. */
export function composeMessage({ from, to, subject, text, at, messageId, fields = [] }: Draft): Buffer {
  const own = [['Date', messageDate(at)], ['Message-ID', `<${messageId}>`], ...fields] as const
  return composeStructured({ from: { email: from }, to: to.map((email) => ({ email })), subject, text, fields: own, id: '1' })
}
