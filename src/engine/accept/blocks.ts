// Memory for messages under reception: small blocks are kept and used again, larger ones are made as a message grows, and
// every octet is on the account of the doorkeeper.

const SMALL = 32 * 1024
const MOST_KEPT = 64
/** A block grows to at least this beyond what streams at once. */
const LARGE = 320 * 1024

export class BlockPool {
  readonly #kept: Buffer[] = []
  readonly #hold: (octets: number) => void

  constructor(hold: (octets: number) => void) {
    this.#hold = hold
  }

  take(): Buffer {
    this.#hold(SMALL)
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(SMALL)
  }

  /** A block that holds the first `length` octets of `block` and has room for `more`. */
  grown(block: Buffer, length: number, more: number): Buffer {
    if (length + more <= block.length) return block
    const wanted = Math.max(length + more, block.length * 2)
    const larger = Buffer.allocUnsafeSlow(wanted > LARGE / 2 ? Math.max(wanted, LARGE) : wanted)
    block.copy(larger, 0, 0, length)
    this.#hold(larger.length - block.length)
    this.#keep(block)
    return larger
  }

  giveBack(block: Buffer): void {
    this.#hold(-block.length)
    this.#keep(block)
  }

  #keep(block: Buffer): void {
    if (block.length === SMALL && this.#kept.length < MOST_KEPT) this.#kept.push(block)
  }
}
