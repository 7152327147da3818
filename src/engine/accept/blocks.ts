// Memory for messages under reception: blocks of three sizes, kept and used again, as memory that comes and goes with each message
// is what the collector runs for. Every octet is on the account of the doorkeeper.

/** Most messages fit the first; one that grows beyond the last streams to a file. */
const SIZES = [32 * 1024, 128 * 1024, 384 * 1024] as const
/** Octets kept of each size. */
const MOST_KEPT = 4 * 1024 * 1024

export class BlockPool {
  readonly #kept = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]))
  readonly #hold: (octets: number) => void

  constructor(hold: (octets: number) => void) {
    this.#hold = hold
  }

  take(): Buffer {
    return this.#take(SIZES[0])
  }

  /** A block that holds the first `length` octets of `block` and has room for `more`. */
  grown(block: Buffer, length: number, more: number): Buffer {
    const wanted = length + more
    if (wanted <= block.length) return block
    const larger = this.#take(SIZES.find((size) => size >= wanted) ?? wanted)
    block.copy(larger, 0, 0, length)
    this.giveBack(block)
    return larger
  }

  giveBack(block: Buffer): void {
    this.#hold(-block.length)
    const kept = this.#kept.get(block.length)
    if (kept !== undefined && kept.length * block.length < MOST_KEPT) kept.push(block)
  }

  #take(size: number): Buffer {
    this.#hold(size)
    return this.#kept.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
  }
}
