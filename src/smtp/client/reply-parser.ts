// Reads the replies of a receiving server (rfc:5321#4.2) from octets as they arrive. The peer is an outsider: lines,
// their number and the whole reply are bounded, each octet is looked at a bounded number of times, and what is shown to
// people later holds no control character. A bare LF ends a line too: old servers send it, and a reply carries no message.
import type { PeerReply } from '../../contract/events.ts'

/** Octets of a line that are kept; the rest of it is dropped (rfc:5321#4.5.3.1.5 allows 512). */
const MOST_LINE = 2048
const MOST_LINES = 100
/** Octets of one reply, dropped ones included. */
const MOST_REPLY = 64 * 1024
const MOST_TEXT = 1024

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: +|$)/
const NOT_PRINTABLE = /[^\x20-\x7e]/
// oxlint-disable-next-line no-control-regex -- they are what must not be shown
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
const NO_LINES: readonly string[] = []
const CR = 0x0d
const SPACE = 0x20
const HYPHEN = 0x2d

/** Text from a peer as a person may see it: UTF-8 decoded, control characters replaced by a space. */
export function readable(latin1: string): string {
  return NOT_PRINTABLE.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8').replace(CONTROL, ' ') : latin1
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30
  return value >= 0 && value <= 9 ? value : Number.NaN
}

/** The code at the start of a line, or NaN: 200 to 599 (rfc:5321#4.2.1). */
function codeAt(text: string, at: number): number {
  const code = digit(text, at) * 100 + digit(text, at + 1) * 10 + digit(text, at + 2)
  return code >= 200 && code <= 599 ? code : Number.NaN
}

export class ReplyParser {
  /** Why the peer's octets are no reply; nothing is read after it. */
  broken: string | null = null
  /** The lines of a reply of several lines that `next` returned last, without their codes: EHLO is read from them. */
  lines: readonly string[] = NO_LINES
  #input = ''
  #at = 0
  /** Octets since the start of the reply that is being read, those dropped included. */
  #octets = 0
  /** The held line is too long: octets are dropped up to its LF. */
  #dropping = false
  #earlier: string[] | null = null

  /** Whether octets arrived that no reply was made of yet. */
  get pending(): boolean {
    return this.#octets > 0
  }

  /** Takes the first `octets` of what arrived; the chunk may be reused afterwards. */
  push(chunk: Buffer, octets = chunk.length): void {
    this.#octets += octets
    let text = chunk.toString('latin1', 0, octets)
    if (this.#dropping) {
      const end = text.indexOf('\n')
      if (end === -1) return
      this.#dropping = false
      text = text.slice(end)
    }
    this.#input = this.#at === this.#input.length ? text : this.#input.slice(this.#at) + text
    this.#at = 0
  }

  /** The next whole reply, or null: more is needed, or `broken` says why there is none. */
  next(): PeerReply | null {
    while (this.broken === null) {
      const start = this.#at
      const end = this.#input.indexOf('\n', start)
      if (end === -1) return this.#wait()
      this.#at = end + 1
      const stop = end > start && this.#input.charCodeAt(end - 1) === CR ? end - 1 : end
      const reply = this.#line(start, Math.min(stop, start + MOST_LINE))
      if (reply !== null) return reply
    }
    return null
  }

  #wait(): null {
    if (this.#octets > MOST_REPLY) this.broken = `a reply of more than ${MOST_REPLY} octets`
    else if (this.#input.length - this.#at > MOST_LINE) {
      this.#input = this.#input.slice(this.#at, this.#at + MOST_LINE)
      this.#at = 0
      this.#dropping = true
    }
    return null
  }

  /** One line; the reply where it was the last of it. */
  #line(start: number, stop: number): PeerReply | null {
    const code = stop - start >= 3 ? codeAt(this.#input, start) : Number.NaN
    const separator = stop - start === 3 ? SPACE : this.#input.charCodeAt(start + 3)
    if (Number.isNaN(code) || (separator !== SPACE && separator !== HYPHEN)) {
      this.broken = `a line that is no reply: ${readable(this.#input.slice(start, Math.min(stop, start + 100)))}`
      return null
    }
    const text = this.#input.slice(start + 4, stop)
    if (separator === SPACE) return this.#finish(code, text)
    this.#earlier ??= []
    if (this.#earlier.push(text) >= MOST_LINES) this.broken = `a reply of more than ${MOST_LINES} lines`
    else if (this.#octets - (this.#input.length - this.#at) > MOST_REPLY) this.broken = `a reply of more than ${MOST_REPLY} octets`
    return null
  }

  /** Lines of one reply ought to have one code; where they do not the last one counts, as in other clients. */
  #finish(code: number, text: string): PeerReply {
    this.#octets = this.#input.length - this.#at
    if (this.#earlier === null) {
      this.lines = NO_LINES
      return makeReply(code, text)
    }
    this.#earlier.push(text)
    this.lines = this.#earlier
    this.#earlier = null
    return makeReply(code, this.lines)
  }
}

/** The enhanced code of a line (rfc:2034), or null; its class has to be that of the code. */
function enhancedOf(code: number, line: string): string | null {
  const enhanced = ENHANCED.exec(line)?.[1]
  return enhanced !== undefined && enhanced.charCodeAt(0) - 0x30 === Math.floor(code / 100) ? enhanced : null
}

function makeReply(code: number, said: string | readonly string[]): PeerReply {
  const lines = typeof said === 'string' ? [said] : said
  const enhanced = enhancedOf(code, lines[0] ?? '')
  let text = ''
  for (const line of lines) {
    const rest = enhanced !== null && line.startsWith(enhanced) ? line.slice(enhanced.length).trimStart() : line
    text = text === '' ? rest : `${text} ${rest}`
    if (text.length > MOST_TEXT) break
  }
  return { code, enhanced, text: readable(text).slice(0, MOST_TEXT).toWellFormed() }
}
