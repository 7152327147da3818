// Whose turn it is: a heap by pass, and who came first among equals. Passes only grow while somebody is in it, so that a pass that has
// grown meanwhile is noticed when its turn comes: a change costs nothing until then.

export interface InTurn {
  /** The larger, the later its turn; read when it comes into the heap, and when it is first. */
  readonly pass: number
}

interface Entry<T> {
  readonly what: T
  pass: number
  order: number
}

export class TurnHeap<T extends InTurn> {
  readonly #entries: Entry<T>[] = []
  #order = 0

  get length(): number {
    return this.#entries.length
  }

  add(what: T): void {
    this.#entries.push({ what, pass: what.pass, order: this.#order++ })
    this.#up(this.#entries.length - 1)
  }

  /** Whose turn it is. */
  first(): T | undefined {
    for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
      if (entry.pass >= entry.what.pass) return entry.what
      entry.pass = entry.what.pass
      // Behind those who have waited for the same turn.
      entry.order = this.#order++
      this.#down(0)
    }
    return undefined
  }

  removeFirst(): void {
    const last = this.#entries.pop()
    if (last === undefined || this.#entries.length === 0) return
    this.#entries[0] = last
    this.#down(0)
  }

  /** A search: for what is rare. */
  remove(what: T): void {
    const at = this.#entries.findIndex((entry) => entry.what === what)
    const last = at < 0 ? undefined : this.#entries.pop()
    if (last === undefined || at === this.#entries.length) return
    this.#entries[at] = last
    this.#down(at)
    this.#up(at)
  }

  #up(from: number): void {
    let at = from
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!this.#swapsIfBefore(at, up)) return
      at = up
    }
  }

  #down(from: number): void {
    let at = from
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const down = this.#isBefore(right, left) ? right : left
      if (!this.#swapsIfBefore(down, at)) return
      at = down
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#entries[one], this.#entries[other]]
    if (a === undefined || b === undefined) return false
    return a.pass < b.pass || (a.pass === b.pass && a.order < b.order)
  }

  #swapsIfBefore(one: number, other: number): boolean {
    if (!this.#isBefore(one, other)) return false
    const [a, b] = [this.#entries[one], this.#entries[other]]
    if (a !== undefined && b !== undefined) [this.#entries[one], this.#entries[other]] = [b, a]
    return true
  }
}
