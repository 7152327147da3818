// A bucket of the index of a day: hashes of names in ascending order, each with the numbers of the blocks that have it, all as differences in
// octets of seven bits. Pure.
//
// A hash is the difference to the one before, doubled, plus one where it has several blocks: then their count less two follows. Then the
// numbers of its blocks, each as the difference to the one before.

/** `rest`: what of a hash its bucket does not say; `blocks` ascending. */
export interface Posting {
  readonly rest: number
  readonly blocks: number[]
}

class Octets {
  #memory: Uint8Array
  #length = 0

  constructor(size: number) {
    this.#memory = new Uint8Array(size)
  }

  add(value: number): void {
    if (this.#length + 8 > this.#memory.length) {
      const larger = new Uint8Array(this.#memory.length * 2)
      larger.set(this.#memory)
      this.#memory = larger
    }
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#memory[this.#length++] = (rest % 128) | 0x80
    this.#memory[this.#length++] = rest
  }

  get all(): Uint8Array {
    return this.#memory.slice(0, this.#length)
  }
}

/** Ascending by hash. */
export function encodePostings(postings: Iterable<Posting>): Uint8Array {
  const octets = new Octets(4096)
  let before = 0
  for (const { rest, blocks } of postings) {
    octets.add((rest - before) * 2 + (blocks.length > 1 ? 1 : 0))
    if (blocks.length > 1) octets.add(blocks.length - 2)
    before = rest
    let last = 0
    for (const block of blocks) {
      octets.add(block - last)
      last = block
    }
  }
  return octets.all
}

export function* decodePostings(octets: Uint8Array): Generator<Posting> {
  let at = 0
  const next = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const octet = octets[at++]
      if (octet === undefined) throw new Error('a bucket of the index of a day ends within a number')
      value += (octet & 0x7f) * scale
      if (octet < 0x80) return value
      scale *= 128
    }
  }
  let rest = 0
  while (at < octets.length) {
    const head = next()
    rest += Math.floor(head / 2)
    const blocks: number[] = []
    const count = head % 2 === 0 ? 1 : next() + 2
    let last = 0
    for (let i = 0; i < count; i++) {
      last += next()
      blocks.push(last)
    }
    yield { rest, blocks }
  }
}

/** Numbers of the blocks that a hash has; none where it is not there. */
export function blocksOf(octets: Uint8Array, rest: number): readonly number[] {
  for (const posting of decodePostings(octets)) {
    if (posting.rest === rest) return posting.blocks
    if (posting.rest > rest) break
  }
  return []
}

/** With a block added to a hash, or taken from it. */
export function changedPostings(octets: Uint8Array, rest: number, block: number, isThere: boolean): Uint8Array {
  const blocks = new Map([...decodePostings(octets)].map((one) => [one.rest, one.blocks]))
  const others = (blocks.get(rest) ?? []).filter((one) => one !== block)
  if (isThere) others.push(block)
  if (others.length === 0) blocks.delete(rest)
  else
    blocks.set(
      rest,
      others.toSorted((a, b) => a - b),
    )
  const sorted = [...blocks].toSorted(([a], [b]) => a - b)
  return encodePostings(sorted.map(([one, its]) => ({ rest: one, blocks: its })))
}
