// The codes of SMTP replies out of what was read, without copying it: only a line that came in pieces is put together.

const MINUS = 0x2d
const LF = 0x0a
const ZERO = 0x30

export class ReplyCodes {
  readonly #replied: (code: number, text: string) => void
  #rest = ''

  /** `text` is empty where the reply is a good one. */
  constructor(replied: (code: number, text: string) => void) {
    this.#replied = replied
  }

  read(buffer: Buffer, length: number): void {
    let at = 0
    while (at < length) {
      const end = buffer.indexOf(LF, at)
      if (end < 0 || end >= length) {
        this.#rest += buffer.toString('latin1', at, length)
        return
      }
      if (this.#rest !== '') {
        this.#line(Buffer.from(this.#rest + buffer.toString('latin1', at, end), 'latin1'), 0, 0)
        this.#rest = ''
      } else this.#line(buffer, at, end)
      at = end + 1
    }
  }

  #line(buffer: Buffer, at: number, end: number): void {
    if (buffer[at + 3] === MINUS) return
    const code = digit(buffer, at) * 100 + digit(buffer, at + 1) * 10 + digit(buffer, at + 2)
    this.#replied(code, code < 400 ? '' : buffer.toString('latin1', at, end === 0 ? buffer.length : end).trim())
  }
}

function digit(buffer: Buffer, at: number): number {
  return (buffer[at] ?? 0) - ZERO
}
