// Lines over 998 octets must not leave (rfc:5322#2.1.1): receivers refuse them or cut them, which breaks signatures. The parts that hold
// such lines are re-encoded (quoted-printable for text, base64 for the rest), the structure around them stays octet for octet,
// long header fields are folded. Done before signing and before storing.
import { fromQuotedPrintable, toBase64Lines, toQuotedPrintable } from './encode.ts'
import { findField, findHeaderEnd, type Header, readHeader } from './header.ts'
import { contentType, type DelimiterBudget, type Entity, piecesOf, readEntity, transferEncoding } from './mime.ts'

/** Octets of a line without its CRLF. */
export const LONGEST_LINE = 998
/** Parts nested deeper are treated as text without structure. */
const DEEPEST = 20
/** Lines that look like delimiters, at all levels: a dump of a database has many of them, and each costs time and memory. */
const MOST_DELIMITERS = 200_000
/** Octets of the headers of all parts, the message's own not counted: each field of them costs more than its octets. */
const MOST_HEADERS = 2 * 1024 * 1024
/** Enough to see whether a part has a header. */
const BEGINNING = 1024
const IDENTITIES = new Set(['7bit', '8bit', 'binary'])
/** Of others (uuencode) nobody can say what a re-encoded part would mean: their lines are cut. */
const KNOWN_ENCODINGS = new Set([...IDENTITIES, 'base64', 'quoted-printable'])
/** Where a header line is folded when it must be. */
const FOLD_AT = 900

/** Whether any line is longer than `most` octets, its CRLF not counted. */
export function hasLongLine(octets: Buffer, most = LONGEST_LINE): boolean {
  let start = 0
  while (octets.length - start > most) {
    const end = octets.indexOf(10, start)
    if (end < 0) return true
    if (end - start - (octets[end - 1] === 13 ? 1 : 0) > most) return true
    start = end + 1
  }
  return false
}

/** Cuts lines where nothing else is left to do: the preamble of a multipart, a structure nested too deep or of too many parts. */
function cutLines(octets: Buffer): Buffer {
  const pieces: Buffer[] = []
  // By cuts, not by lines: of those the sender may have written millions.
  let start = 0
  for (let line = 0; line < octets.length;) {
    const found = octets.indexOf('\r\n', line, 'latin1')
    const end = found < 0 ? octets.length : found
    for (; end - line > LONGEST_LINE; start = line) pieces.push(octets.subarray(start, (line += LONGEST_LINE)), Buffer.from('\r\n'))
    line = end + 2
  }
  return Buffer.concat([...pieces, octets.subarray(start)])
}

/**
 * One long header line, folded at white space, runs of which become one space, so that no line is blank; where there is none a space is
 * put in, as nothing else would make the line legal.
 */
function foldLine(line: string): string {
  const text = line.replace(/[\t ]+/g, ' ').trimEnd()
  const lines: string[] = []
  let from = 0
  let indent = ''
  // By offsets and within a window: the header of a part is as long as its sender likes, and what is left must not be copied at each fold.
  while (indent.length + text.length - from > LONGEST_LINE) {
    const window = indent + text.slice(from, from + FOLD_AT + 1)
    const place = window.lastIndexOf(' ', FOLD_AT)
    const cut = place > 0 ? place : FOLD_AT
    lines.push(window.slice(0, cut))
    from += cut - indent.length
    indent = place > 0 ? '' : ' '
  }
  return [...lines, indent + text.slice(from)].join('\r\n')
}

/** The header's fields (Latin-1) with long lines folded, without the empty line. */
function foldedFields(header: Header): string {
  const text = header.text.slice(0, header.end)
  if (!hasLongLine(Buffer.from(text, 'latin1'))) return text
  return text
    .split('\r\n')
    .map((line) => (line.length > LONGEST_LINE ? foldLine(line) : line))
    .join('\r\n')
}

/** The entity's header with folded fields and the fields in `set` replaced or added; ends with the empty line. */
function headerWith(header: Header, set: Readonly<Record<string, string>>): Buffer {
  let text = ''
  for (const field of header.fields) {
    if (set[field.name] === undefined) text += header.text.slice(field.start, field.end)
  }
  const names: Record<string, string> = {
    'mime-version': 'MIME-Version',
    'content-type': 'Content-Type',
    'content-transfer-encoding': 'Content-Transfer-Encoding',
  }
  if (text !== '' && !text.endsWith('\r\n')) text += '\r\n'
  for (const [name, value] of Object.entries(set)) text += `${names[name]}: ${value}\r\n`
  const folded = foldedFields(readHeader(Buffer.from(text, 'latin1')))
  return Buffer.from(`${folded}\r\n`, 'latin1')
}

/** A text that says nothing of its charset: what its octets are, in the words of MIME. */
function charsetOf(body: Buffer): string {
  if (!body.some((octet) => octet > 127)) return 'us-ascii'
  return Buffer.compare(Buffer.from(body.toString('utf8')), body) === 0 ? 'utf-8' : 'iso-8859-1'
}

/** The body without its encoding. */
function decoded(body: Buffer, encoding: string): Buffer {
  if (encoding === 'quoted-printable') return fromQuotedPrintable(body)
  return encoding === 'base64' ? Buffer.from(body.toString('latin1'), 'base64') : body
}

/** A part without parts of its own: text as quoted-printable, anything else as base64. */
function encodeLeaf({ octets, header }: Entity, top: boolean): Buffer {
  const body = octets.subarray(header.body)
  const encoding = transferEncoding(header)
  const { type } = contentType(header)
  const plain = decoded(body, encoding)
  const asText = type.startsWith('text/') || type.startsWith('multipart/')
  const set: Record<string, string> = {}
  // rfc:2045#4: without MIME-Version the other fields say nothing.
  if (top && findField(header, 'mime-version') === undefined) set['mime-version'] = '1.0'
  if (findField(header, 'content-type') === undefined) set['content-type'] = `text/plain; charset=${charsetOf(plain)}`
  const quoted = asText && encoding !== 'base64'
  set['content-transfer-encoding'] = quoted ? 'quoted-printable' : 'base64'
  return Buffer.concat([headerWith(header, set), quoted ? toQuotedPrintable(plain) : toBase64Lines(plain)])
}

function cutBody({ octets, header }: Entity): Buffer {
  return Buffer.concat([headerWith(header, {}), cutLines(octets.subarray(header.body))])
}

/** One message: what it may cost is of the whole of it, as the octets within are looked at once for each level around them. */
class Encoder {
  readonly #budget: DelimiterBudget & { headers: number } = { delimiters: MOST_DELIMITERS, headers: MOST_HEADERS }

  entity(octets: Buffer, depth: number): Buffer {
    const entity = depth === 0 ? readEntity(octets) : this.#read(octets)
    if (entity === null) return cutLines(octets)
    const { header } = entity
    const body = octets.subarray(header.body)
    if (!hasLongLine(body)) return Buffer.concat([headerWith(header, {}), body])
    const { type, boundary } = contentType(header)
    const encoding = transferEncoding(header)
    if (!KNOWN_ENCODINGS.has(encoding)) return cutBody(entity)
    const identity = IDENTITIES.has(encoding)
    // Neither multipart nor message may be encoded themselves (rfc:2045#6.4), so what is nested too deep is cut.
    if (depth >= DEEPEST && (boundary !== null || type === 'message/rfc822')) return cutBody(entity)
    if (identity && type === 'message/rfc822') return Buffer.concat([headerWith(header, {}), this.entity(body, depth + 1)])
    const multipart = identity && boundary !== null ? this.#multipart(entity, boundary, depth) : null
    return multipart ?? encodeLeaf(entity, depth === 0)
  }

  /** Null: the headers of its parts are too much. */
  #read(octets: Buffer): Entity | null {
    const found = findHeaderEnd(octets)
    const size = found < 0 ? octets.length : found
    if (size > BEGINNING) {
      const header = readHeader(octets.subarray(0, BEGINNING))
      if (header.fields.length === 0) return { octets, header }
    }
    this.#budget.headers -= size
    return this.#budget.headers < 0 ? null : readEntity(octets)
  }

  #multipart(entity: Entity, boundary: string, depth: number): Buffer | null {
    const { octets, header } = entity
    const pieces = piecesOf(octets.subarray(header.body), boundary, this.#budget)
    if (pieces === null) return this.#budget.delimiters < 0 ? cutBody(entity) : null
    const out = pieces.map((piece) => {
      if (!hasLongLine(piece.octets)) return piece.octets
      return piece.kind === 'part' ? this.entity(piece.octets, depth + 1) : cutLines(piece.octets)
    })
    return Buffer.concat([headerWith(header, {}), ...out])
  }
}

/** The message with no line over 998 octets; the same buffer where it had none. */
export function reencodeLongLines(message: Buffer): Buffer {
  return hasLongLine(message) ? new Encoder().entity(message, 0) : message
}
