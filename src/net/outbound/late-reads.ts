// Replies of peers, as many a turn of the event loop as take a few milliseconds: where thousands of connections are answered at once, the
// others are dealt with in the turns that follow, in the order in which they came, and who asks the server something waits for none of it.
// A server that is not busy never has any.
import { machineClock } from '../../base/clock.ts'

/** For so long a turn deals with what it reads; then what it reads is kept. In ms. */
const TURN = 8
/** What was kept and is dealt with in one turn: each may have a message sent. */
const MOST = 64

export interface LateReader {
  /** Deals with what it kept. */
  readLate(): void
}

export class LateReads {
  readonly #waiting: LateReader[] = []
  #first = 0
  #until = 0
  #isTurning = false

  /** Whether this turn deals with another read. */
  get hasTime(): boolean {
    const now = machineClock.mono()
    if (!this.#isTurning) {
      this.#until = now + TURN
      this.#next()
    }
    return this.#first === this.#waiting.length && now < this.#until
  }

  /** The reader kept what it read. */
  push(reader: LateReader): void {
    this.#waiting.push(reader)
  }

  #next(): void {
    this.#isTurning = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isTurning = false
    const end = Math.min(this.#waiting.length, this.#first + MOST)
    while (this.#first < end) this.#waiting[this.#first++]?.readLate()
    if (this.#first === this.#waiting.length) this.#waiting.length = this.#first = 0
    else {
      this.#next()
    }
  }
}
