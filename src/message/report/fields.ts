// Header fields of what strangers' mailers wrote: line ends are LF here, lines that are no fields are passed over where fields follow,
// values are Latin-1 until they are asked for. One pass, bounded (bounds.ts).
import { LONGEST_FIELD, MOST_FIELDS } from './bounds.ts'
import { decodeText } from './charset.ts'

export interface Field {
  /** Lower case. */
  readonly name: string
  /** Unfolded and trimmed, one character an octet. */
  readonly value: string
}

export interface Fields {
  readonly list: readonly Field[]
  /** Offset of what follows: after the empty line, or of the first line that is no field. */
  readonly end: number
}

/** Offset of the colon of a field whose line is `start` to `end`, or -1. */
export function colonOf(text: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === 58) return i > start ? i : -1
    if (code > 32 && code < 127) continue
    if ((code !== 32 && code !== 9) || i === start) return -1
    while (i < end && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i++
    return text.charCodeAt(i) === 58 && i < end ? i : -1
  }
  return -1
}

export function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at)
  return found < 0 ? text.length : found
}

function isFold(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code !== 32 && code !== 9) return false
  // A line of white space alone ends the header, as mailers that break lines leave it.
  let i = at
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i++
  return i < text.length && text.charCodeAt(i) !== 10
}

/** The line that mailbox files put before a message. */
const isMailboxLine = (text: string, at: number): boolean => text.startsWith('From ', at) || text.startsWith('>From ', at)

/** Reads fields from `at` on. */
export function readFields(text: string, at: number): Fields {
  const list: Field[] = []
  while (at < text.length && isMailboxLine(text, at)) at = lineEnd(text, at) + 1
  while (at < text.length) {
    let end = lineEnd(text, at)
    if (text.slice(at, Math.min(end, at + 80)).trim() === '' && end - at < 80) return { list, end: Math.min(end + 1, text.length) }
    const colon = colonOf(text, at, end)
    if (colon < 0) {
      const next = end + 1
      if (list.length === 0 || next >= text.length || colonOf(text, next, lineEnd(text, next)) < 0) return { list, end: at }
      at = next
      continue
    }
    while (end < text.length && isFold(text, end + 1)) end = lineEnd(text, end + 1)
    if (list.length < MOST_FIELDS) {
      const value = text.slice(colon + 1, Math.min(end, colon + 1 + LONGEST_FIELD))
      list.push({ name: text.slice(at, colon).trimEnd().toLowerCase(), value: value.replaceAll('\n', '').trim() })
    }
    at = end + 1
  }
  return { list, end: text.length }
}

/** The value of the first field of this name, undecoded; empty where there is none. */
export function rawValue(fields: Fields, name: string): string {
  return fields.list.find((field) => field.name === name)?.value ?? ''
}

export function values(fields: Fields, name: string): string[] {
  return fields.list.filter((field) => field.name === name).map(({ value }) => decodeWords(value))
}

/** The text of the first field of this name; empty where there is none. */
export function value(fields: Fields, name: string): string {
  return decodeWords(rawValue(fields, name))
}

const WORD = /=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]{0,4000})\?=/g

function wordOctets(encoding: string, text: string): Buffer {
  if (encoding === 'b' || encoding === 'B') return Buffer.from(text, 'base64')
  return Buffer.from(undoQuotedPrintable(text.replaceAll('_', ' ')), 'latin1')
}

/** Encoded words undone (rfc:2047); words of one charset that stand together are read as one, as many cut letters in two. */
export function decodeWords(raw: string): string {
  if (!raw.includes('=?')) return decodeRaw(raw)
  let out = ''
  let last = 0
  let pending: Buffer[] = []
  let charset = ''
  const flush = (): void => {
    if (pending.length > 0) out += decodeText(Buffer.concat(pending), charset)
    pending = []
  }
  for (const match of raw.matchAll(WORD)) {
    const between = raw.slice(last, match.index)
    const label = (match[1] ?? '').split('*')[0]?.toLowerCase() ?? ''
    if (pending.length === 0 || between.trim() !== '' || label !== charset) {
      flush()
      out += pending.length === 0 && last > 0 && between.trim() === '' ? '' : decodeRaw(between)
    }
    charset = label
    pending.push(wordOctets(match[2] ?? 'q', match[3] ?? ''))
    last = match.index + match[0].length
  }
  flush()
  return out + decodeRaw(raw.slice(last))
}

function decodeRaw(raw: string): string {
  return (/[\u0080-\u00ff]/.test(raw) || raw.includes('\u001b')) && !/[\u0100-\uffff]/.test(raw)
    ? decodeText(Buffer.from(raw, 'latin1'), null)
    : raw
}

/** Quoted-printable undone, one character an octet; what is none stays as it is (rfc:2045#6.7). */
export function undoQuotedPrintable(raw: string): string {
  if (!raw.includes('=')) return raw
  return raw.replace(/=[ \t]*\n/g, '').replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The parameters of a structured field (rfc:2045#5.1), with those that are cut in pieces put together (rfc:2231#3). */
export function parametersOf(raw: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let at = raw.indexOf(';')
  while (at >= 0 && at < raw.length && found.size < 50) {
    const equals = raw.indexOf('=', at)
    if (equals < 0) break
    const name = raw
      .slice(at + 1, equals)
      .trim()
      .toLowerCase()
      .replace(/\*\d*\*?$/, '')
    const { text, end } = parameterValue(raw, equals + 1)
    found.set(name, (found.get(name) ?? '') + text)
    at = raw.indexOf(';', end)
  }
  return found
}

function parameterValue(raw: string, from: number): { text: string; end: number } {
  let at = from
  while (raw.charCodeAt(at) === 32 || raw.charCodeAt(at) === 9) at++
  if (raw.charCodeAt(at) !== 34) {
    const semicolon = raw.indexOf(';', at)
    const end = semicolon < 0 ? raw.length : semicolon
    return { text: raw.slice(at, end).trim(), end }
  }
  let text = ''
  for (let i = at + 1; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code === 34) return { text, end: i + 1 }
    if (code === 92) i++
    text += raw.charAt(i)
  }
  return { text, end: raw.length }
}
