// The body of a request as it comes. Small pieces are copied together: sent octet by octet, each would be some hundred in memory.

/** Of a piece that is kept as it is. */
const LARGE = 4096
const LARGEST_BLOCK = 64 * 1024

export class BodyPieces {
  #octets = 0
  readonly #pieces: Buffer[] = []
  #block: Buffer = Buffer.alloc(0)
  /** Octets of the block that are used, and how many of them are a piece already. */
  #used = 0
  #cut = 0

  get octets(): number {
    return this.#octets
  }

  add(piece: Buffer): void {
    this.#octets += piece.length
    // A body in one piece, as most are, is not copied.
    if (piece.length >= LARGE || this.#octets === piece.length) {
      this.#cutOff()
      this.#pieces.push(piece)
      return
    }
    if (this.#used + piece.length > this.#block.length) {
      this.#cutOff()
      this.#block = Buffer.allocUnsafeSlow(Math.min(LARGEST_BLOCK, Math.max(LARGE, this.#octets)))
      this.#used = this.#cut = 0
    }
    this.#used += piece.copy(this.#block, this.#used)
  }

  whole(): Buffer {
    this.#cutOff()
    const [only] = this.#pieces
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces)
  }

  #cutOff(): void {
    if (this.#used > this.#cut) this.#pieces.push(this.#block.subarray(this.#cut, this.#used))
    this.#cut = this.#used
  }
}
