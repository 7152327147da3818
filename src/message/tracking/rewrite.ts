// A message made ready for tracking and unsubscribing before it is stored: its HTML and text parts are edited, fields of the list are added
// to its header, and everything else stays octet for octet. What is signed or encrypted by its sender is left alone, as is every attachment.
import { findField, fieldValue, type Header, readHeader } from '../header.ts'
import { contentType, type DelimiterBudget, type Entity, parameter, piecesOf, readEntity, transferEncoding } from '../mime.ts'
import type { Charset } from './followed-url.ts'
import { type Budget, type Edit, htmlEdits, type HtmlPlan } from './html-edits.ts'
import { decodedBody, isKnownEncoding, spliced } from './splice.ts'

export interface RewritePlan {
  readonly html: HtmlPlan
  /** Line that a text without an unsubscribe link gets at its end, and the same in ASCII; null: none. */
  readonly textFooter: { readonly text: string; readonly ascii: string } | null
  /** HTML above this is left as it is; null: it is edited, whatever it costs. */
  readonly mostHtml: number | null
  /** Fields for the header, each with its CRLF, where it has no List-Unsubscribe of its own. */
  readonly listFields: string
  /** What is filled in for each recipient. */
  readonly marks: readonly string[]
}

export interface Rewritten {
  /** The same where nothing was changed. */
  readonly message: Buffer
  /** Whether there is something to fill in. */
  readonly hasMarks: boolean
  /** Octets of the largest HTML part. */
  readonly html: number
}

/** Of one message: it is edited while others wait. */
const MOST_LINKS = 2000
const MOST_HTML = 1024 * 1024
/** Lines that look like delimiters, at all levels: each level looks at those of all levels within it. */
const MOST_DELIMITERS = 20_000
/** Parts nested deeper are left. */
const DEEPEST = 20
/** Whose octets somebody vouches for (rfc:1847, rfc:8551, rfc:3156), or that are no mail of people. */
const LEFT = new Set(['multipart/signed', 'multipart/encrypted', 'multipart/report'])
/** Charsets in which the octets of ASCII mean something else. */
const NOT_ASCII = /^(?:utf-?(?:7|16|32)|iso-2022|hz|ucs|csucs|ebcdic|cp?037|unicode)/i
const PLACEHOLDER = /\{\{HsUnsubscribe\}\}/gi
const PGP = '-----BEGIN PGP '

export function rewriteMessage(message: Buffer, plan: RewritePlan): Rewritten {
  const rewriter = new Rewriter(plan)
  const edited = rewriter.entity(message, 0)
  const header = readHeader(edited)
  const listed = plan.listFields === '' || findField(header, 'list-unsubscribe') !== undefined ? edited : withFields(edited, header, plan)
  return { message: listed, hasMarks: rewriter.hasMarks || listed !== edited, html: rewriter.html }
}

function withFields(octets: Buffer, { end, fields }: Header, { listFields }: RewritePlan): Buffer {
  if (fields.length === 0) return octets
  return Buffer.concat([octets.subarray(0, end), Buffer.from(listFields), octets.subarray(end)])
}

class Rewriter {
  readonly #plan: RewritePlan
  readonly #footed = new Set<string>()
  readonly #budget: Budget & DelimiterBudget = { links: MOST_LINKS, octets: MOST_HTML, delimiters: MOST_DELIMITERS }
  hasMarks = false
  html = 0

  constructor(plan: RewritePlan) {
    this.#plan = plan
  }

  entity(octets: Buffer, depth: number): Buffer {
    const entity = readEntity(octets)
    const { type, boundary } = contentType(entity.header)
    if (boundary !== null) return LEFT.has(type) || depth >= DEEPEST ? octets : this.#multipart(entity, boundary, depth)
    const isText = type === 'text/html' || type === 'text/plain'
    return isText && !isAttached(entity.header) ? this.#leaf(entity, type, depth) : octets
  }

  #multipart({ octets, header }: Entity, boundary: string, depth: number): Buffer {
    const pieces = piecesOf(octets.subarray(header.body), boundary, this.#budget)
    if (pieces === null) return octets
    const edited = pieces.map((piece) => (piece.kind === 'part' ? this.entity(piece.octets, depth + 1) : piece.octets))
    if (edited.every((piece, i) => piece === pieces[i]?.octets)) return octets
    return Buffer.concat([octets.subarray(0, header.body), ...edited])
  }

  #leaf({ octets, header }: Entity, type: 'text/html' | 'text/plain', depth: number): Buffer {
    const encoding = transferEncoding(header)
    const charset = charsetOf(header)
    if (!isKnownEncoding(encoding) || NOT_ASCII.test(charset)) return octets
    const body = octets.subarray(header.body)
    const decoded = decodedBody(body, encoding)
    if (type === 'text/html') this.html = Math.max(this.html, decoded.length)
    const edits = type === 'text/html' ? this.#htmlEdits(decoded, charset) : this.#textEdits(decoded, charset)
    if (edits.length === 0) return octets
    this.hasMarks ||= edits.some(({ text }) => this.#plan.marks.some((mark) => text.includes(mark)))
    const { body: fresh, isEncodedAnew } = spliced(body, encoding, decoded, edits, this.#plan.marks)
    const front = isEncodedAnew ? quotedPrintableHeader(header, depth === 0) : octets.subarray(0, header.body)
    return Buffer.concat([front, fresh])
  }

  /** Only the first part of its kind gets a footer. */
  #mayFoot(type: string): boolean {
    if (this.#footed.has(type)) return false
    this.#footed.add(type)
    return true
  }

  #htmlEdits(decoded: Buffer, charset: string): readonly Edit[] {
    const { html, mostHtml } = this.#plan
    this.#budget.octets -= decoded.length
    if (this.#budget.octets < 0 || (mostHtml !== null && decoded.length > mostHtml)) return []
    const footer = this.#mayFoot('html') ? html.footer : null
    const known: Charset = /^(?:utf-?8|us-ascii|)$/i.test(charset) ? 'utf-8' : 'other'
    return htmlEdits(decoded.toString('latin1'), known, { ...html, footer }, this.#budget).edits
  }

  #textEdits(decoded: Buffer, charset: string): readonly Edit[] {
    const text = decoded.toString('latin1')
    if (text.startsWith(PGP)) return []
    const edits: Edit[] = []
    for (const { index, 0: found } of text.matchAll(PLACEHOLDER))
      edits.push({ start: index, end: index + found.length, text: this.#plan.html.unsubscribe })
    const footer = this.#mayFoot('text') ? this.#plan.textFooter : null
    if (edits.length > 0 || footer === null) return edits
    const end = text.length
    const line = /^utf-?8$/i.test(charset) ? Buffer.from(footer.text).toString('latin1') : footer.ascii
    return [{ start: end, end, text: `${text.endsWith('\r\n') || text === '' ? '' : '\r\n'}\r\n${line}\r\n` }]
  }
}

function charsetOf(header: Header): string {
  const field = findField(header, 'content-type')
  return field === undefined ? '' : (parameter(fieldValue(header, field).slice(0, 4096), 'charset') ?? '')
}

function isAttached(header: Header): boolean {
  const field = findField(header, 'content-disposition')
  if (field === undefined) return false
  const value = fieldValue(header, field).slice(0, 4096)
  return /^\s*attachment/i.test(value) || /;\s*filename/i.test(value)
}

/** The header of a part that is quoted-printable now; ends with the empty line. */
function quotedPrintableHeader(header: Header, isTop: boolean): Buffer {
  let text = ''
  for (const field of header.fields) if (field.name !== 'content-transfer-encoding') text += header.text.slice(field.start, field.end)
  if (text !== '' && !text.endsWith('\r\n')) text += '\r\n'
  // rfc:2045#4: without it the other field says nothing.
  if (isTop && findField(header, 'mime-version') === undefined) text += 'MIME-Version: 1.0\r\n'
  return Buffer.from(`${text}Content-Transfer-Encoding: quoted-printable\r\n\r\n`, 'latin1')
}
