// The structure of a MIME message as slices (rfc:2045, rfc:2046): entities, their parts, what their headers say. Depth is bounded;
// every level looks through its own octets once.
import { fieldValue, findField, type Header, readHeader } from './header.ts'

export interface ContentType {
  /** Lower case; `text/plain` where the header says nothing (rfc:2045#5.2). */
  readonly type: string
  readonly boundary: string | null
}

/** Value of a parameter of a structured field (`boundary` in Content-Type), unquoted; null where it is not there. */
export function parameter(value: string, name: string): string | null {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(value)
  if (found === null) return null
  return found[1]?.replace(/\\(.)/g, '$1') ?? found[2] ?? null
}

export function contentType(header: Header): ContentType {
  const field = findField(header, 'content-type')
  const value = field === undefined ? '' : fieldValue(header, field).slice(0, 4096)
  const type = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)/.exec(value)?.[1]?.toLowerCase() ?? 'text/plain'
  return { type, boundary: (type.startsWith('multipart/') && parameter(value, 'boundary')) || null }
}

/** Content-Transfer-Encoding in lower case; `7bit` where the header says nothing (rfc:2045#6.1). */
export function transferEncoding(header: Header): string {
  const field = findField(header, 'content-transfer-encoding')
  return field === undefined ? '7bit' : fieldValue(header, field).toLowerCase()
}

/** An entity: header and body. */
export interface Entity {
  readonly octets: Buffer
  readonly header: Header
}

export function readEntity(octets: Buffer): Entity {
  return { octets, header: readHeader(octets) }
}

/** A piece of a multipart body: a part, or what is between parts (delimiter lines, preamble, epilogue). */
export type Piece = { readonly kind: 'part' | 'between'; readonly octets: Buffer }

/** Where the delimiter line at `at` ends (rfc:2046#5.1.1), or -1 where the line is none. `last`: it closes the body. */
function delimiterEnd(body: Buffer, at: number, length: number): { end: number; last: boolean } {
  let i = at + length
  const last = body[i] === 45 && body[i + 1] === 45
  if (last) i += 2
  while (body[i] === 32 || body[i] === 9) i++
  if (i >= body.length) return { end: body.length, last }
  return body[i] === 13 && body[i + 1] === 10 ? { end: i + 2, last } : { end: -1, last }
}

/**
 * The next line after `at` that begins with two hyphens, or -1. Each is then compared once: a search for the whole delimiter costs its
 * length for every octet of a body that looks like it, and the sender chooses both.
 */
function nextDashes(body: Buffer, at: number): number {
  const found = body.indexOf('\n--', at, 'latin1')
  return found < 0 ? -1 : found + 1
}

/** Lines of a message that may still be looked at because they begin as delimiters do. */
export interface DelimiterBudget {
  delimiters: number
}

/**
 * Cuts a multipart body at its boundary into pieces that join to the same octets; null where the boundary does not occur, or the budget
 * is used up.
 */
export function piecesOf(body: Buffer, boundary: string, budget?: DelimiterBudget): readonly Piece[] | null {
  const delimiter = Buffer.from(`--${boundary}`)
  const pieces: Piece[] = []
  let start = 0
  let inPart = false
  for (let at = 0; at >= 0; at = nextDashes(body, at)) {
    if (budget !== undefined && budget.delimiters-- <= 0) return null
    if (body.compare(delimiter, 0, delimiter.length, at, Math.min(body.length, at + delimiter.length)) !== 0) continue
    const { end, last } = delimiterEnd(body, at, delimiter.length)
    if (end < 0) continue
    // The CRLF before a delimiter belongs to it (rfc:2046#5.1.1).
    const before = inPart ? Math.max(start, at - 2) : start
    if (inPart) pieces.push({ kind: 'part', octets: body.subarray(start, before) })
    pieces.push({ kind: 'between', octets: body.subarray(before, end) })
    start = end
    inPart = !last
    if (last) break
  }
  if (pieces.length === 0) return null
  pieces.push({ kind: inPart ? 'part' : 'between', octets: body.subarray(start) })
  return pieces
}
