// Hands what the desk has just committed to a thread that follows events, so that it need not read the disk. A thread that does not come after
// is not given more than it has room for: it is told to look at the disk once it takes lines again. The desk never waits for it.
import type { ShardLines } from '../../engine/ports/event-follower.ts'

/** Octets that are on their way. */
const MOST_OPEN = 4 * 1024 * 1024
/** Batches that are, however small. */
const MOST_BATCHES = 64

/** To the thread: offer it to the follower and answer with `took`, or have it look. */
export type ToFollower = { readonly lines: ShardLines } | 'look'

export class LineHandover {
  readonly #post: (message: ToFollower, transfer: ArrayBuffer[]) => void
  #octets = 0
  #batches = 0
  #isBehind = false

  constructor(post: (message: ToFollower, transfer: ArrayBuffer[]) => void) {
    this.#post = post
  }

  committed({ lines, ...place }: ShardLines): void {
    if (this.#octets + lines.length > MOST_OPEN || this.#batches >= MOST_BATCHES) {
      this.#isBehind = true
      return this.#lookOnceThrough()
    }
    // Others read it too: the thread has a copy of its own.
    const own = new Uint8Array(lines)
    this.#octets += own.length
    this.#batches++
    this.#post({ lines: { ...place, lines: own } }, [own.buffer])
  }

  /** The thread has one of this many octets. */
  took(octets: number): void {
    this.#octets -= octets
    this.#batches--
    this.#lookOnceThrough()
  }

  #lookOnceThrough(): void {
    if (!this.#isBehind || this.#batches > 0) return
    this.#isBehind = false
    this.#post('look', [])
  }
}
