// Facts in memory until they are written: a row of numbers each, as this is done for each event of a server. They are summed when they are written,
// group by group (gathering.ts). Bounded: `isFull` says when to write.
import type { MailEvent } from '../../contract/events.ts'
import { ACCEPTED, COLUMN, DELIVERED, Fact, MORE, NONE } from './fact.ts'
import type { LineFields } from './line-fields.ts'
import { NameTable } from './names.ts'
import { slotOf } from './times.ts'

const HOUR = 3_600_000
const FIRST_ROWS = 1024
const MOST_ROWS = 2 ** 16

/** What a row has, in this order. `pairMailing`: the mailing where there is one. A row that is of one domain of several has no stream and no mailing. */
export const ROW = { what: 0, stream: 1, mailing: 2, pairMailing: 3, domain: 4, site: 5, source: 6, code: 7, slot: 8 } as const
export const ROW_NUMBERS = 9
const SUMS = 3

export interface Bucket {
  readonly account: number
  /** Numbers of its rows. */
  readonly rows: number[]
}

/** What is added to the figures of a value. */
export interface Summed {
  readonly figures: Float64Array
  readonly times: Uint32Array
}

export class Tally {
  readonly names = new NameTable()
  readonly #fact = new Fact(this.names)
  #rows = 0
  #numbers = new Int32Array(FIRST_ROWS * ROW_NUMBERS)
  /** Recipients, octets, milliseconds. */
  #sums = new Float64Array(FIRST_ROWS * SUMS)
  /** Rows by hour and account. */
  readonly #hours = new Map<number, Map<number, Bucket>>()
  #last: { readonly hour: number; readonly account: number; readonly rows: number[] } | null = null
  #none = this.names.ofText('')

  get isEmpty(): boolean {
    return this.#rows === 0
  }

  get isFull(): boolean {
    return this.#rows >= MOST_ROWS || this.names.isFull
  }

  get size(): number {
    return this.#rows
  }

  add(event: MailEvent): void {
    if (this.#fact.fromEvent(event)) this.#count()
  }

  addLine(line: LineFields): void {
    if (this.#fact.fromLine(line)) this.#count()
  }

  /** Hours that something was counted of, ascending. */
  hours(): readonly number[] {
    return [...this.#hours.keys()].toSorted((a, b) => a - b)
  }

  /** Of an hour, the rows of each account. */
  buckets(hour: number): Iterable<Bucket> {
    return this.#hours.get(hour)?.values() ?? []
  }

  /** A field (`ROW`) of a row. */
  at(row: number, field: number): number {
    return this.#numbers[row * ROW_NUMBERS + field] ?? 0
  }

  /** To how many recipients it happened. */
  weight(row: number): number {
    const what = this.at(row, ROW.what)
    return what === ACCEPTED || what === MORE ? (this.#sums[row * SUMS] ?? 0) : 1
  }

  sum(row: number, { figures, times }: Summed, timed: boolean): void {
    const [base, what] = [row * SUMS, this.at(row, ROW.what)]
    const raise = (column: number, by: number): void => void (figures[column] = (figures[column] ?? 0) + by)
    if (what === DELIVERED) {
      raise(COLUMN.delivered, 1)
      raise(COLUMN.deliveredOctets, this.#sums[base + 1] ?? 0)
      raise(COLUMN.queuedFor, this.#sums[base + 2] ?? 0)
      const slot = this.at(row, ROW.slot)
      if (timed) times[slot] = (times[slot] ?? 0) + 1
      return
    }
    if (what !== ACCEPTED && what !== MORE) return raise(what, 1)
    raise(COLUMN.recipients, this.#sums[base] ?? 0)
    if (what === MORE) return
    raise(COLUMN.messages, 1)
    raise(COLUMN.octets, this.#sums[base + 1] ?? 0)
  }

  /** Names stay where there is room: they come again. */
  clear(): void {
    // A burst is over: its memory goes.
    if (this.#rows * 8 < this.#numbers.length / ROW_NUMBERS) {
      this.#numbers = new Int32Array(FIRST_ROWS * ROW_NUMBERS)
      this.#sums = new Float64Array(FIRST_ROWS * SUMS)
    }
    this.#rows = 0
    this.#hours.clear()
    this.#last = null
    if (this.names.isRoomy) return
    this.names.clear()
    this.#none = this.names.ofText('')
  }

  #count(): void {
    const fact = this.#fact
    const { domains, mailing } = fact
    const hour = Math.floor(fact.at / HOUR)
    const pairMailing = mailing === this.#none ? NONE : mailing
    this.#put(hour, fact.recipients, fact.stream, mailing, domains === null ? pairMailing : NONE, fact.domain)
    if (domains === null) return
    // Each domain has its own recipients; the message and its octets count for each of them.
    for (const [domain, recipients] of domains) this.#put(hour, recipients, NONE, NONE, pairMailing, domain)
  }

  #put(hour: number, recipients: number, stream: number, mailing: number, pairMailing: number, domain: number): void {
    const { account, what, site, source, code, size, took } = this.#fact
    const row = this.#rows++
    if (row * SUMS >= this.#sums.length) this.#grow()
    const [numbers, sums, base] = [this.#numbers, this.#sums, row * ROW_NUMBERS]
    numbers[base + ROW.what] = what
    numbers[base + ROW.stream] = stream
    numbers[base + ROW.mailing] = mailing
    numbers[base + ROW.pairMailing] = pairMailing
    numbers[base + ROW.domain] = domain
    numbers[base + ROW.site] = site
    numbers[base + ROW.source] = source
    numbers[base + ROW.code] = code
    numbers[base + ROW.slot] = what === DELIVERED ? slotOf(took) : 0
    sums[row * SUMS] = recipients
    sums[row * SUMS + 1] = size
    sums[row * SUMS + 2] = took
    this.#rowsOf(hour, account).push(row)
  }

  #grow(): void {
    const [numbers, sums] = [new Int32Array(this.#numbers.length * 2), new Float64Array(this.#sums.length * 2)]
    numbers.set(this.#numbers)
    sums.set(this.#sums)
    this.#numbers = numbers
    this.#sums = sums
  }

  #rowsOf(hour: number, account: number): number[] {
    const last = this.#last
    if (last !== null && last.hour === hour && last.account === account) return last.rows
    let accounts = this.#hours.get(hour)
    if (accounts === undefined) this.#hours.set(hour, (accounts = new Map()))
    let bucket = accounts.get(account)
    if (bucket === undefined) accounts.set(account, (bucket = { account, rows: [] }))
    this.#last = { hour, account, rows: bucket.rows }
    return bucket.rows
  }
}
