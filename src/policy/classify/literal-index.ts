// Which of many literals are in a text, in one pass over it (Aho and Corasick): what stands in front of the patterns.

export class LiteralIndex {
  /** Next state by state and class of character. */
  readonly #next: Int32Array
  /** For each state the owners of the literals that end there. */
  readonly #owners: readonly (readonly number[])[]
  readonly #classes = new Map<number, number>()
  readonly #width: number

  /** `literals[i]`: those of owner `i`. */
  constructor(literals: readonly (readonly string[])[]) {
    for (const char of literals.flat().join('')) this.#classOf(char)
    this.#width = this.#classes.size + 1
    const trie: Map<number, number>[] = [new Map()]
    const ends: number[][] = [[]]
    for (const [owner, list] of literals.entries())
      for (const literal of list) {
        let state = 0
        for (let i = 0; i < literal.length; i++) {
          const char = this.#classes.get(literal.charCodeAt(i)) ?? 0
          const known = trie[state]?.get(char)
          if (known === undefined) {
            trie[state]?.set(char, trie.length)
            state = trie.length
            trie.push(new Map())
            ends.push([])
          } else state = known
        }
        ends[state]?.push(owner)
      }
    this.#next = this.#link(trie, ends)
    this.#owners = ends
  }

  /** The owners of all literals in the text, each marked in `found`. */
  mark(text: string, found: Uint8Array): void {
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = this.#next[state * this.#width + (this.#classes.get(text.charCodeAt(i)) ?? 0)] ?? 0
      const owners = this.#owners[state]
      if (owners !== undefined) for (const owner of owners) found[owner] = 1
    }
  }

  #classOf(char: string): void {
    for (let i = 0; i < char.length; i++) {
      const code = char.charCodeAt(i)
      if (!this.#classes.has(code)) this.#classes.set(code, this.#classes.size + 1)
    }
  }

  /** The trie as a table: where a character leads nowhere, it goes on from the longest end that begins a literal. */
  #link(trie: readonly Map<number, number>[], ends: number[][]): Int32Array {
    const width = this.#width
    const next = new Int32Array(trie.length * width)
    const fail = new Int32Array(trie.length)
    const queue: number[] = [0]
    for (const state of queue) {
      const back = fail[state] ?? 0
      if (state !== 0) {
        next.copyWithin(state * width, back * width, back * width + width)
        ends[state]?.push(...(ends[back] ?? []))
      }
      for (const [char, child] of trie[state] ?? []) {
        fail[child] = state === 0 ? 0 : (next[back * width + char] ?? 0)
        next[state * width + char] = child
        queue.push(child)
      }
    }
    return next
  }
}
