// Large messages that are posted, or made for each recipient, are in memory as a whole: so many octets at once, and the others wait for their
// turn.

const MOST = 64 * 1024 * 1024
/** Smaller ones are in memory as all mail is. */
const SMALL = 256 * 1024

export class LargePosts {
  readonly #most: number
  #free: number
  readonly #waiting: { readonly octets: number; readonly begin: () => void }[] = []

  constructor(most = MOST) {
    this.#most = most
    this.#free = most
  }

  /** Resolves when there is room; it is given back by disposing. What is larger than all of the room is in memory alone. */
  async take(wanted: number): Promise<Disposable | null> {
    const octets = Math.min(wanted, this.#most)
    if (octets <= SMALL) return null
    if (this.#waiting.length > 0 || octets > this.#free) await new Promise<void>((begin) => this.#waiting.push({ octets, begin }))
    else this.#free -= octets
    return { [Symbol.dispose]: () => this.#giveBack(octets) }
  }

  #giveBack(octets: number): void {
    this.#free += octets
    for (let next = this.#waiting[0]; next !== undefined && next.octets <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.octets
      next.begin()
    }
  }
}
