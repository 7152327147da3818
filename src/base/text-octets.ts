// Text in the making, as UTF-8. A string that thousands of pieces were added to keeps each of them until it is read, which outlives the young
// generation; here they become octets a few at a time.
import { giveBack } from './give-back.ts'

/** Characters that wait to be written together. */
const PIECE = 16 * 1024
/** Of UTF-8 for one unit of a string, at most. */
const MOST_OCTETS = 3

export class TextOctets {
  #octets = Buffer.alloc(0)
  #length = 0
  #text = ''

  add(text: string): void {
    this.#text += text
    if (this.#text.length >= PIECE) this.#write()
  }

  /** What was added so far. It counts until more is added. */
  octets(): Buffer {
    this.#write()
    return this.#octets.subarray(0, this.#length)
  }

  /** What it gave is looked at no more. */
  letGo(): void {
    giveBack(this.#octets)
    this.#octets = Buffer.alloc(0)
    this.#length = 0
    this.#text = ''
  }

  #write(): void {
    if (this.#text === '') return
    const needed = this.#length + MOST_OCTETS * this.#text.length
    if (needed > this.#octets.length) {
      // A batch of thousands of accounts has as many texts of a line: no more than they need.
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#octets.length, needed))
      larger.set(this.#octets.subarray(0, this.#length))
      giveBack(this.#octets)
      this.#octets = larger
    }
    this.#length += this.#octets.write(this.#text, this.#length)
    this.#text = ''
  }
}
