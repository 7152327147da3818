// The values of one rollup in an hour or a day of an account, and what was counted of each: on disk they are one row, packed, as they are always
// read together. It is packed as segments behind each other, each with its length before it: what is counted later is a segment more, and all are
// made one now and then. A segment has values in ascending order: the step from the one before, its second value where it is of pairs, which figures
// are not 0, those figures, and how long deliveries took; numbers of seven bits an octet.
import { COLUMNS, LIGHT_COLUMNS } from './fact.ts'
import { addTimes, encodeTimes, type TimeCounts, TIME_SLOTS } from './times.ts'

/** Values are numbers below it; 0: `other`, those that were folded. */
export const VALUES = 2 ** 26
const TIMED = 2 ** COLUMNS

/** Octets before a segment. */
const HEAD = 4
/** More than any row takes. */
const MOST_ROW = 1024
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

export class RollupGroup {
  /** `value * VALUES + also` of each. */
  readonly keys: number[] = []
  #figures: Float64Array
  /** As they stand on disk, or summed. */
  readonly #times: (Uint8Array | Float64Array | null)[] = []
  #index: Map<number, number> | null = null

  constructor(room = 16) {
    this.#figures = new Float64Array(room * COLUMNS)
  }

  static unpack(packed: Uint8Array, isPair: boolean): RollupGroup {
    const group = new RollupGroup(Math.ceil(packed.length / 8) + 1)
    const reader = new GroupReader(packed, isPair)
    while (reader.next()) {
      const row = (reader.isFirst ? undefined : group.rowOf(reader.key)) ?? group.append(reader.key)
      const times = reader.addTo(group.#figures, row * COLUMNS)
      if (times !== null) group.addTimes(row, times)
    }
    return group
  }

  get size(): number {
    return this.keys.length
  }

  figure(row: number, column: number): number {
    return this.#figures[row * COLUMNS + column] ?? 0
  }

  /** How much there is of a value, for who must choose. */
  weight(row: number): number {
    return weightOf(this.#figures, row * COLUMNS)
  }

  /** A new row of zeros, behind the others. */
  append(key: number): number {
    const row = this.keys.push(key) - 1
    this.#times.push(null)
    if ((row + 1) * COLUMNS > this.#figures.length) {
      const more = new Float64Array(this.#figures.length * 2)
      more.set(this.#figures)
      this.#figures = more
    }
    this.#index?.set(key, row)
    return row
  }

  raise(row: number, column: number, by: number): void {
    this.#figures[row * COLUMNS + column] = (this.#figures[row * COLUMNS + column] ?? 0) + by
  }

  /** As they stand on disk. */
  addTimes(row: number, packed: Uint8Array): void {
    const own = this.#times[row] ?? null
    if (own === null) this.#times[row] = packed
    else addTimes(packed, this.#summed(row, own))
  }

  /** Of a value that has a row here. */
  rowOf(key: number): number | undefined {
    return this.#rows().get(key)
  }

  /** The same with the heaviest values alone, and `other` with the rest. */
  folded(most: number): RollupGroup {
    const heaviest = this.keys.map((key, row) => ({ key, row, weight: key === 0 ? Infinity : this.weight(row) }))
    const stay = heaviest.toSorted((a, b) => b.weight - a.weight || a.key - b.key).slice(0, most)
    const group = new RollupGroup(most + 1)
    const kept = new Set(stay.map(({ row }) => row))
    for (const [row, key] of this.keys.entries()) {
      const to = kept.has(row) ? key : 0
      const own = group.rowOf(to) ?? group.append(to)
      for (let column = 0; column < COLUMNS; column++) group.raise(own, column, this.figure(row, column))
      const times = this.#times[row] ?? null
      if (times !== null) group.addTimes(own, times instanceof Uint8Array ? times : encodeTimes(times).slice())
    }
    return group
  }

  /** As one segment. */
  pack(isPair: boolean): Uint8Array {
    const order = this.keys.map((_unused, row) => row).toSorted((a, b) => (this.keys[a] ?? 0) - (this.keys[b] ?? 0))
    const segment = new Segment(isPair)
    for (const row of order) segment.add(this.keys[row] ?? 0, this.#figures, row * COLUMNS, this.#times[row] ?? null)
    return segment.end()
  }

  #summed(row: number, own: Uint8Array | Float64Array): Float64Array {
    if (own instanceof Float64Array) return own
    const counts = new Float64Array(TIME_SLOTS)
    addTimes(own, counts)
    this.#times[row] = counts
    return counts
  }

  #rows(): Map<number, number> {
    this.#index ??= new Map(this.keys.map((key, row) => [key, row]))
    return this.#index
  }
}

export function weightOf(figures: Float64Array, base = 0): number {
  let weight = 0
  for (const column of LIGHT_COLUMNS) weight += figures[base + column] ?? 0
  return weight
}

/** Makes a segment; one at a time. Keys come in ascending order. */
export class Segment {
  readonly #isPair: boolean
  /** Room for the length is before it. */
  #at = HEAD
  #last = 0

  constructor(isPair: boolean) {
    this.#isPair = isPair
  }

  /** `times`: as they stand on disk, or counts by slot; where none of them is more than 0 there are none. */
  add(key: number, figures: Float64Array, base: number, times: Uint8Array | TimeCounts | null): void {
    if (scratch.length - this.#at < MOST_ROW) scratch = Buffer.concat([scratch], scratch.length * 2)
    const value = Math.floor(key / VALUES)
    this.#put(value - this.#last)
    this.#last = value
    if (this.#isPair) this.#put(key % VALUES)
    let bits = 0
    for (let column = 0; column < COLUMNS; column++) if (figures[base + column] !== 0) bits |= 1 << column
    const packed = times === null || times instanceof Uint8Array ? times : encodeTimes(times)
    const isTimed = packed !== null && packed.length > 0
    this.#put(bits + (isTimed ? TIMED : 0))
    for (let rest = bits; rest !== 0; rest &= rest - 1) this.#put(figures[base + 31 - Math.clz32(rest & -rest)] ?? 0)
    if (!isTimed) return
    this.#put(packed.length)
    scratch.set(packed, this.#at)
    this.#at += packed.length
  }

  end(): Uint8Array {
    scratch.writeUInt32LE(this.#at - HEAD, 0)
    return Uint8Array.prototype.slice.call(scratch, 0, this.#at)
  }

  #put(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128)) scratch[this.#at++] = (rest % 128) | 0x80
    scratch[this.#at++] = rest
  }
}

/** Reads the rows of a group one after the other: `next`, then `addTo` or `pass`. A value may come again in a later segment. */
export class GroupReader {
  readonly #packed: Uint8Array
  readonly #view: DataView
  readonly #isPair: boolean
  #at = 0
  #end = 0
  #segments = 0
  #value = 0
  #which = 0
  /** `value * VALUES + also` */
  key = 0

  constructor(packed: Uint8Array, isPair: boolean) {
    this.#packed = packed
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.length)
    this.#isPair = isPair
  }

  /** What the first segment has, it has once. */
  get isFirst(): boolean {
    return this.#segments === 1
  }

  next(): boolean {
    while (this.#at >= this.#end) {
      if (this.#at >= this.#packed.length) return false
      this.#end = this.#at + HEAD + this.#view.getUint32(this.#at, true)
      this.#at += HEAD
      this.#value = 0
      this.#segments++
    }
    this.#value += this.#number()
    this.key = this.#value * VALUES + (this.#isPair ? this.#number() : 0)
    this.#which = this.#number()
    return true
  }

  /** Adds the figures of the row, and gives how long deliveries took, where it has that. */
  addTo(figures: Float64Array, base = 0): Uint8Array | null {
    for (let bits = this.#which % TIMED; bits !== 0; bits &= bits - 1) {
      const column = base + 31 - Math.clz32(bits & -bits)
      figures[column] = (figures[column] ?? 0) + this.#number()
    }
    if (this.#which < TIMED) return null
    const length = this.#number()
    this.#at += length
    return this.#packed.subarray(this.#at - length, this.#at)
  }

  pass(): void {
    for (let bits = this.#which % TIMED; bits !== 0; bits &= bits - 1) while ((this.#packed[this.#at++] ?? 0) >= 128) continue
    if (this.#which < TIMED) return
    const length = this.#number()
    this.#at += length
  }

  #number(): number {
    let octet = this.#packed[this.#at++] ?? 0
    if (octet < 128) return octet
    let [value, unit] = [octet & 127, 128]
    for (;;) {
      octet = this.#packed[this.#at++] ?? 0
      value += (octet & 127) * unit
      if (octet < 128) return value
      unit *= 128
    }
  }
}
