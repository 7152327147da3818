// The header of a message as slices of its octets (rfc:5322#2.2): one pass with indexOf, nothing copied but a Latin-1 string of
// the header itself. What is no field ends the header, as every receiver reads it, so that a message whose separator is
// missing keeps its text. A bare CR or LF never ends a line: the sessions refuse or repair it before this.
import type { Domain } from '../base/brand.ts'
import { readAddressList } from './addresses.ts'

/** Offsets into the octets: the field with its folded lines and final CRLF. */
export interface HeaderField {
  /** Lower case. */
  readonly name: string
  readonly start: number
  /** First octet after the colon. */
  readonly value: number
  readonly end: number
}

export interface Header {
  /** Octets 0 to `body`, one character each. */
  readonly text: string
  readonly fields: readonly HeaderField[]
  /** First octet after the last field. */
  readonly end: number
  /** First octet of the body; the same as `end` where the empty line is missing. */
  readonly body: number
}

/** Offset of the body, or -1 while the empty line that ends the header is not there yet. `from`: octets already searched. */
export function findHeaderEnd(octets: Buffer, from = 0): number {
  if (octets.length >= 2 && octets[0] === 13 && octets[1] === 10) return 2
  const at = octets.indexOf('\r\n\r\n', Math.max(0, from - 3), 'latin1')
  return at < 0 ? -1 : at + 4
}

/** Offset of the colon of a field that begins at `start`, or -1 where the line is none (rfc:5322#3.6.8, #4.5 for the spaces). */
function colonOf(text: string, start: number, lineEnd: number): number {
  for (let i = start; i < lineEnd; i++) {
    const code = text.charCodeAt(i)
    if (code === 58) return i > start ? i : -1
    if (code > 32 && code < 127) continue
    if (code !== 32 && code !== 9) return -1
    while (i < lineEnd && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i++
    return i > start && i < lineEnd && text.charCodeAt(i) === 58 && text.charCodeAt(start) > 32 ? i : -1
  }
  return -1
}

/** Offset after the CRLF of the last folded line of a field whose first line begins at `start`. */
function fieldEnd(text: string, start: number): number {
  let end = text.indexOf('\r\n', start)
  while (end >= 0) {
    const next = text.charCodeAt(end + 2)
    if (next !== 32 && next !== 9) return end + 2
    end = text.indexOf('\r\n', end + 2)
  }
  return text.length
}

/** Reads the header at the start of `octets`, which hold all of it. */
export function readHeader(octets: Buffer): Header {
  const found = findHeaderEnd(octets)
  const text = octets.toString('latin1', 0, found < 0 ? octets.length : found)
  const fields: HeaderField[] = []
  const last = found < 0 ? text.length : text.length - 2
  let at = 0
  while (at < last) {
    const lineEnd = text.indexOf('\r\n', at)
    const colon = colonOf(text, at, lineEnd < 0 ? text.length : lineEnd)
    if (colon < 0) return { text: text.slice(0, at), fields, end: at, body: at }
    const end = fieldEnd(text, at)
    fields.push({ name: text.slice(at, colon).trimEnd().toLowerCase(), start: at, value: colon + 1, end })
    at = end
  }
  return { text, fields, end: at, body: found < 0 ? at : found }
}

/** Whether the header has a CR or LF on its own, which only BODY=BINARYMIME can bring here. */
export function hasBareNewline(octets: Buffer): boolean {
  const { text, end } = readHeader(octets)
  return /\r(?!\n)|(?<!\r)\n/.test(text.slice(0, end))
}

/** The value of a field, unfolded and trimmed, its octets read as UTF-8. */
export function fieldValue(header: Header, field: HeaderField): string {
  const raw = header.text.slice(field.value, field.end).replaceAll('\r\n', '')
  // Octets are no characters yet: A0 and 85 end letters in UTF-8, and would be spaces here.
  return (/[\u0080-\u00ff]/.test(raw) ? Buffer.from(raw, 'latin1').toString('utf8') : raw).trim()
}

/**
 * The same text in memory of its own: a slice keeps all of the string that it was cut from, and what is read from a header lives
 * as long as its message is queued. V8 copies slices below 13 characters anyway.
 */
export function detached(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString()
}

/** The first field of this name (lower case), or undefined. */
export function findField(header: Header, name: string): HeaderField | undefined {
  return header.fields.find((field) => field.name === name)
}

/**
 * The domain that the message says it is from: of the From field, where there is exactly one and all its addresses are of one
 * domain. Otherwise null: nobody signs for what receivers would read in two ways.
 */
export function authorDomain(header: Header): Domain | null {
  return authorsOf(header).signed
}

export interface Authors {
  /** As `authorDomain`. */
  readonly signed: Domain | null
  /** The domains of all From fields, each once; null where one of the fields cannot be read. */
  readonly domains: readonly Domain[] | null
}

/** Every domain that some reader may take for the author's: what the sender may use is judged by all of them. */
export function authorsOf(header: Header): Authors {
  const domains = new Set<Domain>()
  let fields = 0
  for (const field of header.fields) {
    if (field.name !== 'from') continue
    fields++
    const addresses = readAddressList(fieldValue(header, field))
    if (addresses === null) return { signed: null, domains: null }
    for (const { domain } of addresses) domains.add(domain)
  }
  const [first] = domains
  const signed = first === undefined || fields > 1 || domains.size > 1 ? null : (detached(first) as Domain)
  return { signed, domains: [...domains] }
}
