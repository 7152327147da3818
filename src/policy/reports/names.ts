// Names that reports count by, as numbers: each is kept once, as its octets, and found without a string being made of it. Bounded: `isFull` says when
// to write what was counted, and to begin anew.
import { randomInt } from 'node:crypto'

const FIRST_SLOTS = 1024
const FIRST_OCTETS = 16 * 1024
const MOST_NAMES = 2 ** 16
const MOST_OCTETS = 2 * 1024 * 1024
const LONGEST = 255
/** Scattered by it, that nobody can choose names which collide. */
const SEED = randomInt(2 ** 31)

export class NameTable {
  /** Number and one; 0: free. */
  #slots = new Int32Array(FIRST_SLOTS)
  #hashes = new Int32Array(FIRST_SLOTS / 2)
  /** Where the octets of each name begin; those of the next are behind them. */
  #begins = new Int32Array(FIRST_SLOTS / 2 + 1)
  #octets = Buffer.alloc(FIRST_OCTETS)
  #size = 0
  /** Raised where all numbers become invalid. */
  generation = 0

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= MOST_NAMES || (this.#begins[this.#size] ?? 0) >= MOST_OCTETS
  }

  /** Less than half of it is taken. */
  get isRoomy(): boolean {
    return this.#size * 2 < MOST_NAMES && (this.#begins[this.#size] ?? 0) * 2 < MOST_OCTETS
  }

  clear(): void {
    this.#slots = new Int32Array(FIRST_SLOTS)
    this.#hashes = new Int32Array(FIRST_SLOTS / 2)
    this.#begins = new Int32Array(FIRST_SLOTS / 2 + 1)
    this.#octets = Buffer.alloc(FIRST_OCTETS)
    this.#size = 0
    this.generation++
  }

  /** UTF-8. */
  of(octets: Uint8Array, start: number, end: number): number {
    return this.#look(octets, start, end, true)
  }

  /** Longer ones are cut. */
  ofText(text: string): number {
    const octets = octetsOf(text)
    return this.#look(octets, 0, octets.length, true)
  }

  /** -1: it is none of them. */
  find(text: string): number {
    const octets = octetsOf(text)
    return this.#look(octets, 0, octets.length, false)
  }

  text(name: number): string {
    return this.#octets.toString('utf8', this.#begins[name], this.#begins[name + 1])
  }

  #look(octets: Uint8Array, start: number, end: number, adds: boolean): number {
    if (end - start > LONGEST) return this.ofText(utf8(octets, start, end))
    let hash = SEED ^ (end - start)
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ (octets[at] ?? 0), 0x5bd1e995)
      hash ^= hash >>> 15
    }
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const name = (this.#slots[slot] ?? 0) - 1
      if (name < 0) return adds ? this.#add(slot, hash, octets.subarray(start, end)) : -1
      if (this.#hashes[name] === hash && this.#is(name, octets, start, end)) return name
    }
  }

  #is(name: number, octets: Uint8Array, start: number, end: number): boolean {
    const begin = this.#begins[name] ?? 0
    if ((this.#begins[name + 1] ?? 0) - begin !== end - start) return false
    for (let at = 0; at < end - start; at++) if (this.#octets[begin + at] !== octets[start + at]) return false
    return true
  }

  #add(slot: number, hash: number, octets: Uint8Array): number {
    const name = this.#size++
    const begin = this.#begins[name] ?? 0
    if (begin + octets.length > this.#octets.length) this.#octets = Buffer.concat([this.#octets], this.#octets.length * 2)
    this.#octets.set(octets, begin)
    this.#begins[name + 1] = begin + octets.length
    this.#hashes[name] = hash
    this.#slots[slot] = name + 1
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    return name
  }

  #grow(): void {
    const room = this.#slots.length
    const [hashes, begins] = [new Int32Array(room), new Int32Array(room + 1)]
    hashes.set(this.#hashes)
    begins.set(this.#begins)
    this.#hashes = hashes
    this.#begins = begins
    this.#slots = new Int32Array(room * 2)
    const mask = room * 2 - 1
    for (let name = 0; name < this.#size; name++) {
      let slot = (hashes[name] ?? 0) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = name + 1
    }
  }
}

export function utf8(octets: Uint8Array, start: number, end: number): string {
  return Buffer.from(octets.buffer, octets.byteOffset + start, end - start).toString('utf8')
}

function octetsOf(text: string): Buffer {
  let octets = Buffer.from(text)
  for (let length = LONGEST; octets.length > LONGEST; length--) octets = Buffer.from(text.slice(0, length))
  return octets
}
