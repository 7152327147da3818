// The relaxed canonicalizations of DKIM (rfc:6376#3.4.2, #3.4.4). The body is taken in chunks of any size with a constant amount of
// state, and costs one pass; a body in which nothing is to be changed is hashed where it lies.
import { createHash, hash, type Hash } from 'node:crypto'

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const CRLF = Buffer.from('\r\n')
const FEW_LINES = 8
const MANY_CRLF = Buffer.from('\r\n'.repeat(1024))

/** What relaxing changes within a value; most have nothing of it. */
const UNRELAXED = /[\t\r]| {2}/

/** A header field (name, colon, folded value, with or without its CRLF) in relaxed form, without CRLF. Latin-1 in and out. */
export function relaxedField(field: string): string {
  const colon = field.indexOf(':')
  const name = field.slice(0, colon).trim().toLowerCase()
  let value = field.slice(colon + 1, field.endsWith('\r\n') ? -2 : undefined)
  if (UNRELAXED.test(value)) value = value.replaceAll('\r\n', '').replace(/[\t ]+/g, ' ')
  const start = value.charCodeAt(0) === SPACE ? 1 : 0
  const end = value.charCodeAt(value.length - 1) === SPACE ? value.length - 1 : value.length
  return `${name}:${value.slice(start, Math.max(start, end))}`
}

/**
 * Between chunks: the line ends that may turn out to be trailing ones (`lines`), white space that may turn out to end a line
 * (`space`), and a CR whose LF is still to come (`cr`). Whatever is pending goes out before the next octet of text.
 */
export class RelaxedBody {
  readonly #hash: Hash = createHash('sha256')
  #lines = 0
  #space = false
  #cr = false
  #any = false

  update(chunk: Uint8Array): void {
    const out = Buffer.allocUnsafe(chunk.length + 2 * FEW_LINES + 3)
    let at = 0
    let pending = this.#lines > 0 || this.#space || this.#cr
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk[i] ?? 0
      // Nearly every octet goes this way: text, and a space between words.
      if (!pending && (code > SPACE || (code === SPACE && (chunk[i + 1] ?? 0) > SPACE))) {
        out[at++] = code
        continue
      }
      if (this.#cr && code !== LF) at = this.#bareCr(out, at)
      pending = this.#wait(code)
      if (pending) continue
      at = this.#release(out, at)
      out[at++] = code
    }
    if (at === 0) return
    this.#any = true
    this.#hash.update(out.subarray(0, at))
  }

  /** Notes an octet that may yet be dropped; false where it is text. */
  #wait(code: number): boolean {
    if (code === CR) this.#cr = true
    else if (code === SPACE || code === TAB) this.#space = true
    else if (code === LF && this.#cr) {
      this.#cr = false
      this.#space = false
      this.#lines++
    } else return false
    return true
  }

  /** A CR that turned out to end no line is text. */
  #bareCr(out: Buffer, at: number): number {
    const end = this.#release(out, at)
    out[end] = CR
    this.#cr = false
    return end + 1
  }

  /** Puts out the line ends and the space that were pending before text; returns the new end of `out`. */
  #release(out: Buffer, at: number): number {
    // Many go straight to the hash, so that lines carried over from before never need more room than `out` has.
    let end = this.#lines > FEW_LINES ? this.#flush(out, at) : at
    for (; this.#lines > 0; this.#lines--) {
      out[end++] = CR
      out[end++] = LF
    }
    if (this.#space) out[end++] = SPACE
    this.#space = false
    return end
  }

  #flush(out: Buffer, end: number): number {
    this.#hash.update(out.subarray(0, end))
    while (this.#lines > 0) {
      const lines = Math.min(this.#lines, MANY_CRLF.length / 2)
      this.#hash.update(MANY_CRLF.subarray(0, 2 * lines))
      this.#lines -= lines
    }
    return 0
  }

  /** The body hash, base64. An empty body hashes as no octet at all, any other ends with one CRLF (rfc:6376#3.4.4). */
  digest(): string {
    if (this.#cr) {
      const out = Buffer.allocUnsafe(2 * FEW_LINES + 3)
      this.#hash.update(out.subarray(0, this.#bareCr(out, 0)))
      this.#any = true
    }
    if (this.#any) this.#hash.update(CRLF)
    return this.#hash.digest('base64')
  }
}

/** Whether relaxing would change no octet before the trailing line ends. */
function isRelaxed(body: Buffer): boolean {
  return body.indexOf('\t') < 0 && body.indexOf('  ', 0, 'latin1') < 0 && body.indexOf(' \r', 0, 'latin1') < 0 && body.at(-1) === LF
}

/** The body hash of a body in memory. */
export function bodyHash(body: Buffer): string {
  if (!isRelaxed(body)) {
    const relaxed = new RelaxedBody()
    relaxed.update(body)
    return relaxed.digest()
  }
  let end = body.length
  while (end >= 4 && body[end - 4] === CR && body[end - 3] === LF && body[end - 2] === CR && body[end - 1] === LF) end -= 2
  if (end === 2 && body[0] === CR && body[1] === LF) end = 0
  return hash('sha256', body.subarray(0, end), 'base64')
}
