// The octets of a message on the wire, both ways (rfc:5321#4.5.2): dots stuffed and unstuffed, the end found, line breaks
// watched. Only CRLF ends a line and only CRLF.CRLF ends a message: a bare CR or LF that one server takes for a line break
// and the next does not is how a second message is smuggled in (CVE-2023-51764). Slices of the input are handed on, not
// copies; octets that no rule is about are passed over sixteen at a time.
import { isAscii } from 'node:buffer'

const LF = 10
const CR = 13
const DOT = 46
const LF_OCTET = Buffer.from('\n')
const CRLF = Buffer.from('\r\n')
const END = Buffer.from('.\r\n')
/** 0x80808080 as a signed number of 32 bits. */
const HIGH_BITS = 0x80808080 | 0

/**
 * Where the next octet stands, in both directions:
 * - `start`: first octet of a line: of the message, or after CRLF.
 * - `middle`: inside a line.
 * - `cr`: after a CR that was the last octet of a chunk and is already handed on.
 * - `dot`: after the dot at the start of a line, which is dropped (decoder only).
 * - `dot-cr`: after a dot at the start of a line and a CR, which is kept back (decoder only).
 */
type Place = 'start' | 'middle' | 'cr' | 'dot' | 'dot-cr'

/**
 * What becomes of a bare CR or LF: `refuse` notes it and hands nothing on from there, `repair` makes it CRLF, `keep` does
 * not look (BODY=BINARYMIME, which DATA never carries).
 */
export type BareNewlines = 'refuse' | 'repair' | 'keep'

/** Undoes dot-stuffing and finds the end of the message after DATA; without `dotted`, watches the octets of BDAT chunks (rfc:3030). */
export class DataDecoder {
  /** A bare CR or LF was seen. */
  bareNewline = false
  /** An octet above 127 was handed on. */
  eightBit = false
  /** A NUL was handed on. */
  nul = false
  /** Octets of the longest line without its CRLF. */
  longestLine = 0

  readonly #newlines: BareNewlines
  readonly #dotted: boolean
  #place: Place = 'start'
  #lineLength = 0
  /** A line may have begun with a dot. */
  #dots = false

  constructor(newlines: BareNewlines, dotted: boolean) {
    this.#newlines = newlines
    this.#dotted = dotted
  }

  /** After the end of a dotted message: no line of it begins with a dot, and each ends with CRLF. */
  get wireReady(): boolean {
    return this.#dotted && !this.#dots && !this.bareNewline
  }

  /**
   * Reads `chunk` from `from` on and appends slices of the message to `out`. Returns the index after CRLF.CRLF, or −1
   * where the message goes on. Chunks may be cut anywhere. Linear in the chunk.
   */
  push(chunk: Buffer, from: number, out: Buffer[]): number {
    if (this.#newlines === 'keep') {
      this.#emit(chunk, from, chunk.length, out)
      return -1
    }
    const end = chunk.length
    let at = from
    let run = from
    let lineStart = from - this.#lineLength
    let place = this.#place
    const words = wordsOf(chunk)
    while (at < end) {
      if (place === 'middle') {
        const stop = breakFrom(chunk, words, at)
        at = stop + 1
        if (stop === end) at = end
        else if (chunk[stop] === LF) run = this.#bare(chunk, run, stop, at, CRLF, out)
        else if (at === end) place = 'cr'
        else if (chunk[at] === LF) {
          if (stop - lineStart > this.longestLine) this.longestLine = stop - lineStart
          lineStart = ++at
          place = 'start'
        } else run = this.#bare(chunk, run, at, at, LF_OCTET, out)
      } else if (place === 'start') {
        place = 'middle'
        if (this.#dotted && chunk[at] === DOT) {
          this.#emit(chunk, run, at, out)
          run = lineStart = ++at
          place = 'dot'
        }
      } else if (place === 'dot') {
        place = 'middle'
        if (chunk[at] === CR) {
          at++
          place = 'dot-cr'
        } else this.#dots = true
      } else if (place === 'dot-cr') {
        if (chunk[at] === LF) return at + 1
        run = this.#bare(chunk, at, at, at, CRLF, out)
        place = 'middle'
      } else if (chunk[at] === LF) {
        if (at - 1 - lineStart > this.longestLine) this.longestLine = at - 1 - lineStart
        lineStart = ++at
        place = 'start'
      } else {
        run = this.#bare(chunk, at, at, at, LF_OCTET, out)
        place = 'middle'
      }
    }
    if (place !== 'dot-cr') this.#emit(chunk, run, end, out)
    this.#suspend(place, end - lineStart)
    return -1
  }

  /** The chunk is used up in the middle of a message: the open line counts without a CR that may end it. */
  #suspend(place: Place, lineLength: number): void {
    this.#place = place
    this.#lineLength = lineLength
    const open = place === 'cr' || place === 'dot-cr' ? lineLength - 1 : lineLength
    if (open > this.longestLine) this.longestLine = open
  }

  /** The last octet of a BDAT message was pushed: a CR at its very end is bare. */
  finish(out: Buffer[]): void {
    if (this.#place === 'cr') this.#bare(LF_OCTET, 0, 0, 0, LF_OCTET, out)
    this.#place = 'start'
  }

  /** A bare CR or LF: what comes before it goes out up to `to`, `mend` in its place; returns where the next run begins. */
  #bare(chunk: Buffer, run: number, to: number, next: number, mend: Buffer, out: Buffer[]): number {
    this.#emit(chunk, run, to, out)
    this.bareNewline = true
    if (this.#newlines === 'repair') out.push(mend)
    return next
  }

  #emit(chunk: Buffer, from: number, to: number, out: Buffer[]): void {
    if (from >= to || (this.bareNewline && this.#newlines === 'refuse')) return
    const slice = from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to)
    if (!this.eightBit && !isAscii(slice)) this.eightBit = true
    if (!this.nul && slice.includes(0)) this.nul = true
    out.push(slice)
  }
}

/**
 * Makes a body ready for the wire, chunk by chunk: dots stuffed (unless it goes by BDAT), every bare CR or LF made CRLF,
 * and the end. Nothing leaves with a bare CR or LF, whatever way it came in.
 */
export class DataEncoder {
  readonly #stuff: boolean
  #place: Place = 'start'

  /** `stuff`: for DATA; without it for BDAT of a message that is not BINARYMIME. */
  constructor(stuff = true) {
    this.#stuff = stuff
  }

  /** Appends slices to `out`: the chunk itself where nothing has to be done. They share its memory. */
  push(chunk: Buffer, out: Buffer[]): void {
    const end = chunk.length
    let at = 0
    let run = 0
    let place = this.#place
    const words = wordsOf(chunk)
    while (at < end) {
      if (place === 'middle') {
        const stop = breakFrom(chunk, words, at)
        at = stop + 1
        if (stop === end) at = end
        else if (chunk[stop] === LF) {
          cut(chunk, run, stop, out)
          out.push(CRLF)
          run = at
          place = 'start'
        } else if (at === end) place = 'cr'
        else if (chunk[at] === LF) {
          at++
          place = 'start'
        } else {
          cut(chunk, run, at, out)
          out.push(LF_OCTET)
          run = at
          place = 'start'
        }
      } else if (place === 'start') {
        place = 'middle'
        if (this.#stuff && chunk[at] === DOT) {
          // The dot ends one slice and begins the next: doubled without an octet of its own.
          cut(chunk, run, at + 1, out)
          run = at
          at++
        }
      } else if (chunk[at] === LF) {
        at++
        place = 'start'
      } else {
        out.push(LF_OCTET)
        place = 'start'
      }
    }
    cut(chunk, run, end, out)
    this.#place = place
  }

  /** The end of the message: its last line completed, and for DATA the dot. */
  finish(out: Buffer[]): void {
    if (this.#place === 'cr') out.push(LF_OCTET)
    else if (this.#stuff && this.#place !== 'start') out.push(CRLF)
    if (this.#stuff) out.push(END)
  }
}

/** A whole body as slices for the wire, with CRLF.CRLF at its end; a pass-through where nothing needs stuffing or repair. */
export function encodeData(body: Buffer): Buffer[] {
  const out: Buffer[] = []
  const encoder = new DataEncoder()
  encoder.push(body, out)
  encoder.finish(out)
  return out
}

function wordsOf(chunk: Buffer): DataView {
  return new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
}

/**
 * Index of the first CR or LF from `at` on, or the end. Sixteen octets are looked at together, and where one of them may be it, the four
 * that hold it alone. A third of the cost of two native searches a line.
 */
function breakFrom(chunk: Buffer, words: DataView, at: number): number {
  const end = chunk.length
  let from = at
  while (from <= end - 16) {
    const first = low(words.getInt32(from, true))
    const second = low(words.getInt32(from + 4, true))
    const third = low(words.getInt32(from + 8, true))
    if ((first | second | third | low(words.getInt32(from + 12, true))) === 0) {
      from += 16
      continue
    }
    if (first === 0) from += second !== 0 ? 4 : third !== 0 ? 8 : 12
    for (const stop = from + 4; from < stop; from++) if (chunk[from] === CR || chunk[from] === LF) return from
  }
  while (from < end && chunk[from] !== CR && chunk[from] !== LF) from++
  return from
}

/**
 * Not 0 where one of four octets is below 14 (CR is 13): subtracting 14 from each borrows into its highest bit, unless it was set before.
 * The lowest that is marked is always one; above it a borrow may mark a 14.
 */
function low(word: number): number {
  return ((word - 0x0e0e0e0e) | 0) & ~word & HIGH_BITS
}

function cut(chunk: Buffer, from: number, to: number, out: Buffer[]): void {
  if (from < to) out.push(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
}
