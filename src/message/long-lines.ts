// Lines over 998 octets must not leave (rfc:5322#2.1.1): receivers refuse them or cut them, which breaks signatures. The parts that hold
// such lines are re-encoded (quoted-printable for text, base64 for the rest), the structure around them stays octet for octet,
// long header fields are folded. Done before signing and before storing.
import { fromQuotedPrintable, toBase64Lines, toQuotedPrintable } from './encode.ts'
import { findField, type Header, readHeader } from './header.ts'
import { contentType, type Entity, piecesOf, readEntity, transferEncoding } from './mime.ts'

/** Octets of a line without its CRLF. */
export const LONGEST_LINE = 998
/** Parts nested deeper are treated as text without structure. */
const DEEPEST = 20
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

/** Cuts lines where nothing else is left to do: the preamble of a multipart, a structure nested too deep. */
function cutLines(octets: Buffer): Buffer {
  const pieces: Buffer[] = []
  let start = 0
  while (start < octets.length) {
    const found = octets.indexOf('\r\n', start, 'latin1')
    const end = found < 0 ? octets.length : found
    for (; end - start > LONGEST_LINE; start += LONGEST_LINE) pieces.push(octets.subarray(start, start + LONGEST_LINE), Buffer.from('\r\n'))
    const next = Math.min(octets.length, end + 2)
    pieces.push(octets.subarray(start, next))
    start = next
  }
  return Buffer.concat(pieces)
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

function encodeMultipart(entity: Entity, boundary: string, depth: number): Buffer | null {
  const pieces = piecesOf(entity.octets.subarray(entity.header.body), boundary)
  if (pieces === null) return null
  const out = pieces.map(({ kind, octets }) => {
    if (!hasLongLine(octets)) return octets
    return kind === 'part' ? encodeEntity(octets, depth + 1) : cutLines(octets)
  })
  return Buffer.concat([headerWith(entity.header, {}), ...out])
}

function encodeEntity(octets: Buffer, depth: number): Buffer {
  const entity = readEntity(octets)
  const { header } = entity
  const body = octets.subarray(header.body)
  if (!hasLongLine(body)) return Buffer.concat([headerWith(header, {}), body])
  const { type, boundary } = contentType(header)
  const encoding = transferEncoding(header)
  if (!KNOWN_ENCODINGS.has(encoding)) return cutLines(octets)
  const identity = IDENTITIES.has(encoding)
  // Neither multipart nor message may be encoded themselves (rfc:2045#6.4), so what is nested too deep is cut.
  if (depth >= DEEPEST && (boundary !== null || type === 'message/rfc822')) return cutLines(octets)
  if (identity && type === 'message/rfc822') return Buffer.concat([headerWith(header, {}), encodeEntity(body, depth + 1)])
  const multipart = identity && boundary !== null ? encodeMultipart(entity, boundary, depth) : null
  return multipart ?? encodeLeaf(entity, depth === 0)
}

/** The message with no line over 998 octets; the same buffer where it had none. */
export function reencodeLongLines(message: Buffer): Buffer {
  return hasLongLine(message) ? encodeEntity(message, 0) : message
}
