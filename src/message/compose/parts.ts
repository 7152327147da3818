// Parts of a message (rfc:2045, rfc:2046): texts as they are or quoted-printable, anything else as base64, and parts that hold others.
import { toBase64Lines, toQuotedPrintable } from '../encode.ts'
import { hasLongLine } from '../long-lines.ts'
import { oneLine } from './fields.ts'

/** Header and body with the empty line between, or of which that is made. */
export interface Part {
  /** Fields, each with its CRLF. */
  readonly header: string
  readonly body: readonly Buffer[]
}

export interface Attachment {
  readonly name: string
  /** `image/png`; what is not told is `application/octet-stream`. */
  readonly type?: string | undefined
  readonly octets: Buffer
  /** Without its angle brackets: HTML shows it by `cid:`. */
  readonly contentId?: string | undefined
  readonly inline?: boolean | undefined
}

/** Encoded once, for however many messages. */
export interface EncodedAttachment {
  readonly part: Part
  /** It belongs to the HTML. */
  readonly isInline: boolean
}

/** What boundaries begin with; quoted-printable and base64 never have it. */
const BOUNDARY = '=_hms_'
const [CR, LF] = [13, 10]
const CRLF = Buffer.from('\r\n')
const NAME_PIECE = 50

/** Line ends become CRLF; the last line has one. */
export function textPart(subtype: 'plain' | 'html', text: string): Part {
  const body = withCrlf(Buffer.from(text))
  const isQuoted = mustBeQuoted(body)
  const end = body.length === 0 || body.at(-1) === 10 ? [] : [CRLF]
  return {
    header: `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${isQuoted ? 'quoted-printable' : '7bit'}\r\n`,
    body: [isQuoted ? toQuotedPrintable(body) : body, ...end],
  }
}

/** In one pass over the octets: to replace millions of line ends in a string takes seconds and gigabytes. */
function withCrlf(octets: Buffer): Buffer {
  let bare = 0
  for (let at = 0; at < octets.length; at++)
    if (octets[at] === LF ? octets[at - 1] !== CR : octets[at] === CR && octets[at + 1] !== LF) bare++
  if (bare === 0) return octets
  const out = Buffer.allocUnsafe(octets.length + bare)
  let to = 0
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] ?? 0
    if (octet === LF && octets[at - 1] === CR) continue
    if (octet === CR || octet === LF) {
      out[to++] = CR
      out[to++] = LF
    } else out[to++] = octet
  }
  return out.subarray(0, to)
}

function mustBeQuoted(body: Buffer): boolean {
  for (let at = 0; at < body.length; at++) if ((body[at] ?? 0) > 126 || body[at] === 0) return true
  return hasLongLine(body) || body.includes(BOUNDARY)
}

export function encodedAttachment({ name, type = 'application/octet-stream', octets, contentId, inline }: Attachment): EncodedAttachment {
  const isInline = inline ?? contentId !== undefined
  const id = contentId === undefined ? '' : `Content-ID: <${oneLine(contentId, 'content id')}>\r\n`
  const disposition = `Content-Disposition: ${isInline ? 'inline' : 'attachment'}${fileName(oneLine(name, 'name of a file'))}\r\n`
  return {
    part: {
      // rfc:2046#5.2.1: nothing but 7bit, 8bit and binary is allowed for a message, so that it goes as a file.
      header: `Content-Type: ${type.toLowerCase().startsWith('message/') ? 'application/octet-stream' : oneLine(type, 'type of a file')}\r\n${id}${disposition}Content-Transfer-Encoding: base64\r\n`,
      body: [toBase64Lines(octets)],
    },
    isInline: isInline && contentId !== undefined,
  }
}

/** rfc:2231: in pieces where it is long or beyond ASCII. */
function fileName(name: string): string {
  if (name === '') return ''
  if (/^[ -~]{1,60}$/.test(name)) return `;\r\n filename="${name.replaceAll(/["\\]/g, '\\$&')}"`
  const pieces: string[] = []
  let piece = ''
  for (const char of name) {
    const encoded = /[\w.-]/.test(char) && char <= '~' ? char : [...Buffer.from(char)].map(percent).join('')
    if (piece.length + encoded.length > NAME_PIECE) {
      pieces.push(piece)
      piece = ''
    }
    piece += encoded
  }
  pieces.push(piece)
  const [only = ''] = pieces
  if (pieces.length === 1) return `;\r\n filename*=utf-8''${only}`
  return pieces.map((one, n) => `;\r\n filename*${n}*=${n === 0 ? "utf-8''" : ''}${one}`).join('')
}

function percent(octet: number): string {
  return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

/** The only part itself, or all of them in one. `id`: of the message and of the place in it. */
export function multipart(subtype: 'mixed' | 'related' | 'alternative', parts: readonly Part[], id: string): Part {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const boundary = `${BOUNDARY}${subtype.slice(0, 1)}_${id}`
  const type = subtype === 'related' ? ';\r\n type="text/html"' : ''
  const body = parts.flatMap(({ header, body: octets }) => [Buffer.from(`--${boundary}\r\n${header}\r\n`), ...octets])
  return {
    header: `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"${type}\r\n`,
    body: [...body, Buffer.from(`--${boundary}--\r\n`)],
  }
}
