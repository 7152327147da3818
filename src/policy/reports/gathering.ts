// Groups of what was counted, as they are written: of an hour, an account (0: all of them) and a rollup the rows of each value, which are summed one
// value after the other. So it takes room for the numbers of rows alone, however many values there are.
import { COLUMNS, NONE } from './fact.ts'
import { ROLLUPS } from './tables.ts'
import { type Bucket, ROW, type Summed, type Tally } from './tally.ts'
import { TIME_SLOTS } from './times.ts'

/** Domains, or sites, of an account that have pairs. */
const FREQUENT = 60
const MOST_WEIGHED = 5000
/** Instead of the second name of a pair. */
export const RARE = -2

/** Fields of a row that the values of each rollup are; of pairs both. */
const FIELDS: readonly (readonly [number, number])[] = [
  [ROW.stream, NONE],
  [ROW.mailing, NONE],
  [ROW.domain, NONE],
  [ROW.site, NONE],
  [ROW.source, NONE],
  [ROW.code, NONE],
  [ROW.pairMailing, ROW.domain],
  [ROW.domain, ROW.code],
  [ROW.site, ROW.code],
  [ROW.source, ROW.site],
]
/** Pairs of which only frequent second values are told apart: all of them would be as many as messages. */
const THINNED: Readonly<Record<number, number>> = { 6: ROW.domain, 9: ROW.site }

/** Valid until the next one is asked for. */
export interface Gathered {
  readonly hour: number
  readonly account: number
  readonly rollup: number
  /** How many values there are. */
  readonly size: number
  /** Name of a value; its second one, or `RARE`, or `NONE` where the rollup is no pair. */
  first(value: number): number
  second(value: number): number
  /** Valid until the next one. */
  sum(value: number): Summed
}

/** The values that have pairs, and how much there was of them. */
type Weights = ReadonlyMap<string, number>

export class Gathering {
  readonly #tally: Tally
  readonly #frequent = new Map<number, Map<number, Weights>>()
  /** Of each value its two names, and the last of its rows; of each row the one before. */
  #firsts = new Int32Array(0)
  #seconds = new Int32Array(0)
  #heads = new Int32Array(0)
  #before = new Int32Array(0)
  /** Where values are found: by name, or by both names; and for which group that holds. */
  #places = new Int32Array(0)
  #stamps = new Int32Array(0)
  #stamp = 0
  #size = 0
  readonly #summed: Summed = { figures: new Float64Array(COLUMNS), times: new Uint32Array(TIME_SLOTS) }

  constructor(tally: Tally) {
    this.#tally = tally
  }

  /** All groups of an hour, those over all accounts last. Nothing is added meanwhile. */
  *groups(hour: number): Generator<Gathered> {
    this.#makeRoom()
    const buckets = [...this.#tally.buckets(hour)]
    for (const bucket of buckets)
      for (const { id } of ROLLUPS) {
        this.#gather([bucket], id, this.#frequentNames(bucket.account, id))
        if (this.#size > 0) yield this.#gathered(hour, bucket.account, id)
      }
    for (const { id, overall } of ROLLUPS) {
      if (!overall) continue
      this.#gatherAll(buckets, id)
      if (this.#size > 0) yield this.#gathered(hour, 0, id)
    }
  }

  /** What was written is weighed: by what it has of values, and half of what was before, it is seen which are frequent. */
  weigh(): void {
    this.#makeRoom()
    const accounts = new Map<number, Bucket[]>()
    for (const hour of this.#tally.hours())
      for (const bucket of this.#tally.buckets(hour)) accounts.set(bucket.account, [...(accounts.get(bucket.account) ?? []), bucket])
    if (this.#frequent.size + accounts.size > MOST_WEIGHED) this.#frequent.clear()
    for (const [account, buckets] of accounts) {
      const own = this.#frequent.get(account) ?? new Map<number, Weights>()
      this.#frequent.set(account, own)
      for (const field of [ROW.domain, ROW.site]) own.set(field, this.#weighed(buckets, field, own.get(field)))
    }
  }

  /** A burst is over: its memory goes. */
  shrink(): void {
    if (this.#before.length < 8 * this.#tally.size) return
    this.#before = this.#firsts = this.#seconds = this.#heads = this.#places = this.#stamps = new Int32Array(0)
    this.#stamp = 0
  }

  #weighed(buckets: readonly Bucket[], field: number, before: Weights | undefined): Weights {
    const { names } = this.#tally
    const fresh = new Map<number, number>()
    for (const { rows } of buckets)
      for (const row of rows) {
        const name = this.#tally.at(row, field)
        if (name >= 0) fresh.set(name, (fresh.get(name) ?? 0) + this.#tally.weight(row))
      }
    const weights = new Map(Array.from(before ?? [], ([text, weight]) => [text, weight / 2]))
    for (const [name, weight] of heaviest(fresh)) weights.set(names.text(name), (weights.get(names.text(name)) ?? 0) + weight)
    return heaviest(weights)
  }

  /** Null: all are told apart. */
  #frequentNames(account: number, rollup: number): ReadonlySet<number> | null {
    const field = THINNED[rollup]
    const weights = field === undefined ? undefined : this.#frequent.get(account)?.get(field)
    if (weights === undefined || weights.size < FREQUENT) return null
    return new Set(Array.from(weights.keys(), (text) => this.#tally.names.find(text)))
  }

  #gatherAll(buckets: readonly Bucket[], rollup: number): void {
    this.#begin()
    for (const bucket of buckets) this.#put(bucket.rows, rollup, this.#frequentNames(bucket.account, rollup))
  }

  #gather(buckets: readonly Bucket[], rollup: number, frequent: ReadonlySet<number> | null): void {
    this.#begin()
    for (const { rows } of buckets) this.#put(rows, rollup, frequent)
  }

  #begin(): void {
    this.#size = 0
    this.#stamp++
  }

  #put(rows: readonly number[], rollup: number, frequent: ReadonlySet<number> | null): void {
    const tally = this.#tally
    const [one = NONE, two = NONE] = FIELDS[rollup] ?? []
    for (const row of rows) {
      const first = tally.at(row, one)
      if (first < 0) continue
      let second = NONE
      if (two !== NONE) {
        second = tally.at(row, two)
        if (second < 0) continue
        if (frequent !== null && !frequent.has(second)) second = RARE
      }
      const value = this.#valueOf(first, second)
      this.#before[row] = this.#heads[value] ?? -1
      this.#heads[value] = row
    }
  }

  #valueOf(first: number, second: number): number {
    const mask = this.#places.length - 1
    let place = Math.imul(first + Math.imul(second + 3, 0x9e3779b1), 0x85ebca6b)
    for (place = (place ^ (place >>> 15)) & mask; ; place = (place + 1) & mask) {
      if (this.#stamps[place] !== this.#stamp) break
      const value = this.#places[place] ?? 0
      if (this.#firsts[value] === first && this.#seconds[value] === second) return value
    }
    const value = this.#size++
    this.#stamps[place] = this.#stamp
    this.#places[place] = value
    this.#firsts[value] = first
    this.#seconds[value] = second
    this.#heads[value] = -1
    return value
  }

  #makeRoom(): void {
    const { size } = this.#tally
    if (this.#before.length >= size) return
    const room = 2 ** Math.ceil(Math.log2(Math.max(size, 1024)))
    this.#before = new Int32Array(room)
    this.#firsts = new Int32Array(room)
    this.#seconds = new Int32Array(room)
    this.#heads = new Int32Array(room)
    this.#places = new Int32Array(room * 2)
    this.#stamps = new Int32Array(room * 2)
    this.#stamp = 0
  }

  #gathered(hour: number, account: number, rollup: number): Gathered {
    const timed = ROLLUPS[rollup]?.timed === true
    return {
      hour,
      account,
      rollup,
      size: this.#size,
      first: (value) => this.#firsts[value] ?? 0,
      second: (value) => this.#seconds[value] ?? NONE,
      sum: (value) => {
        const summed = this.#summed
        summed.figures.fill(0)
        summed.times.fill(0)
        for (let row = this.#heads[value] ?? -1; row >= 0; row = this.#before[row] ?? -1) this.#tally.sum(row, summed, timed)
        return summed
      },
    }
  }
}

function heaviest<K>(weights: Map<K, number>): Map<K, number> {
  return weights.size <= FREQUENT ? weights : new Map([...weights].toSorted(([, a], [, b]) => b - a).slice(0, FREQUENT))
}
