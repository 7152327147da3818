// Puts edits into the body of a part that is encoded as it is (rfc:2045#6): what is not edited stays octet for octet. Only base64, and text
// whose lines would become too long, are encoded anew, as quoted-printable. Marks that are filled in for each recipient stand between soft
// line breaks there, so that what takes their place needs no encoding.
import { fromQuotedPrintable, toQuotedPrintable } from '../encode.ts'
import { hasLongLine } from '../long-lines.ts'
import type { Edit } from './html-edits.ts'

const IDENTITIES = new Set(['7bit', '8bit', 'binary'])
/** Octets that a line with a mark may get longer by when it is filled in: for lines that are not quoted-printable. */
const ROOM_FOR_MARKS = 700
/** rfc:2045#6.7 */
const WIDTH = 76
const SOFT_BREAK = Buffer.from('=\r\n')

export function isKnownEncoding(encoding: string): boolean {
  return IDENTITIES.has(encoding) || encoding === 'quoted-printable' || encoding === 'base64'
}

/** The body without its encoding. */
export function decodedBody(body: Buffer, encoding: string): Buffer {
  if (encoding === 'quoted-printable') return fromQuotedPrintable(body)
  return encoding === 'base64' ? Buffer.from(body.toString('latin1'), 'base64') : body
}

export interface Spliced {
  readonly body: Buffer
  /** Whether the part's encoding is quoted-printable now, which it was not. */
  readonly isEncodedAnew: boolean
}

/** `decoded`: the body without its encoding, in which the edits are placed. `marks`: what must not be encoded or cut. */
export function spliced(body: Buffer, encoding: string, decoded: Buffer, edits: readonly Edit[], marks: readonly string[]): Spliced {
  if (encoding === 'quoted-printable') return { body: intoQuotedPrintable(body, edits, marks), isEncodedAnew: false }
  if (IDENTITIES.has(encoding)) {
    const plain = Buffer.concat(pieces(decoded, edits, (octets) => octets, octetsOf))
    if (!hasLongLine(plain, 998 - ROOM_FOR_MARKS)) return { body: plain, isEncodedAnew: false }
  }
  const written = new QuotedPieces(marks)
  pieces(
    decoded,
    edits,
    (octets) => written.encode(octets),
    (text) => written.insert(text),
  )
  return { body: written.octets(), isEncodedAnew: true }
}

function octetsOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** What stays and what is put in, in turn. */
function pieces<T>(octets: Buffer, edits: readonly Edit[], stays: (octets: Buffer) => T, put: (text: string) => T): T[] {
  const out: T[] = []
  let at = 0
  for (const { start, end, text } of edits) {
    out.push(stays(octets.subarray(at, start)), put(text))
    at = end
  }
  out.push(stays(octets.subarray(at)))
  return out
}

/** Quoted-printable in pieces, each of which begins on a line of its own. */
class QuotedPieces {
  readonly #marks: readonly string[]
  readonly #out: Buffer[] = []

  constructor(marks: readonly string[]) {
    this.#marks = marks
  }

  octets(): Buffer {
    return Buffer.concat(this.#out)
  }

  encode(octets: Buffer): void {
    this.write(toQuotedPrintable(octets))
  }

  /** A text with marks, each between soft line breaks. */
  insert(text: string): void {
    let rest = text
    while (rest !== '') {
      const [mark, at] = firstOf(rest, this.#marks)
      this.encode(octetsOf(rest.slice(0, at)))
      if (mark !== '') this.write(octetsOf(mark))
      rest = rest.slice(at + mark.length)
    }
  }

  /** What is encoded already. */
  write(octets: Buffer): void {
    if (octets.length === 0) return
    this.#endLine()
    this.#out.push(octets)
  }

  /** With a soft break, which must fit on the line too. */
  #endLine(): void {
    const last = this.#out.at(-1)
    if (last === undefined || last.at(-1) === 10) return
    if (last.length - (last.lastIndexOf(10) + 1) >= WIDTH) {
      const cut = last.length - (last.at(-3) === 61 ? 3 : 1)
      this.#out.splice(-1, 1, last.subarray(0, cut), SOFT_BREAK, last.subarray(cut))
    }
    this.#out.push(SOFT_BREAK)
  }
}

function firstOf(text: string, marks: readonly string[]): readonly [mark: string, at: number] {
  let found: readonly [string, number] = ['', text.length]
  for (const mark of marks) {
    const at = text.indexOf(mark)
    if (at >= 0 && at < found[1]) found = [mark, at]
  }
  return found
}

/** Octets that stand for one octet at `at`; `isBreak`: for none. As `fromQuotedPrintable` reads them. */
function unitAt(body: Buffer, at: number): { readonly length: number; readonly isBreak: boolean } {
  if (body[at] !== 61) return { length: 1, isBreak: false }
  if (isHex(body[at + 1]) && isHex(body[at + 2])) return { length: 3, isBreak: false }
  const isBreak = body[at + 1] === 13 && body[at + 2] === 10
  return { length: isBreak ? 3 : 1, isBreak }
}

function isHex(code = 0): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102)
}

/** Walks over the encoded octets by what they stand for. */
class Walk {
  readonly #body: Buffer
  at = 0
  #decoded = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  /** To where `decoded` octets stand before; soft breaks there are passed only if more follows. */
  to(decoded: number): void {
    while (this.#decoded < decoded && this.at < this.#body.length) {
      const { length, isBreak } = unitAt(this.#body, this.at)
      if (!isBreak) this.#decoded++
      this.at += length
    }
  }
}

function intoQuotedPrintable(body: Buffer, edits: readonly Edit[], marks: readonly string[]): Buffer {
  const written = new QuotedPieces(marks)
  const walk = new Walk(body)
  let from = 0
  for (const { start, end, text } of edits) {
    walk.to(start)
    written.write(body.subarray(from, walk.at))
    written.insert(text)
    walk.to(end)
    from = walk.at
  }
  written.write(body.subarray(from))
  return written.octets()
}
