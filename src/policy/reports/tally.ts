// Counts facts in memory until they are written: by hour, account and every rollup. Numbers stand in one block of memory, as this is done for
// each event of a server; names are numbers too. Bounded: `isFull` says when to write.
import { acceptedDomains, COLUMNS, emptyFact, type Fact, factOf } from './fact.ts'
import type { MailEvent } from '../../contract/events.ts'
import { weightOf } from './group.ts'
import { ROLLUPS } from './tables.ts'
import { slotOf, TIME_SLOTS } from './times.ts'

const HOUR = 3_600_000
/** Of the second name of a pair. */
const NAMES = 2 ** 21
const FIRST_CELLS = 256
const MOST_CELLS = 60_000
const MOST_NAMES = 100_000
const LONGEST_NAME = 255
/** In place of a name in a pair. */
const RARE = NAMES - 1
/** Domains, or sites, of an account that have pairs. */
const FREQUENT = 60
const PAIRED = [2, 3]
const MOST_WEIGHED = 5000

/** Row of the tally: what was counted for some values of one rollup in an hour of an account (0: all of them). */
export interface TallyRow {
  readonly hour: number
  readonly account: number
  readonly rollup: number
  readonly value: string
  /** Empty where the rollup is of one facet; null: one that is rare, which only its first value has. */
  readonly also: string | null
  readonly figures: Float64Array
  /** Counts by slot; null: nothing was delivered, or it is not kept. */
  readonly times: Uint32Array | null
}

type Cells = Map<number, number>

export class Tally {
  readonly #names = new Map<string, number>()
  readonly #texts: string[] = []
  /** By hour and account. */
  #groups = new Map<number, Map<number, Cells[]>>()
  #figures = new Float64Array(FIRST_CELLS * COLUMNS)
  #times = new Uint32Array(FIRST_CELLS * TIME_SLOTS)
  /** Of each cell, where its times are; -1: nowhere. */
  #timesOf = new Int32Array(FIRST_CELLS)
  #cells = 0
  #timed = 0
  readonly #fact = emptyFact()
  /** By account and rollup, the values that have pairs, and how much there was of them. */
  readonly #frequent = new Map<number, Readonly<Record<number, ReadonlyMap<string, number>>>>()
  #last: { hour: number; account: number; cells: Cells[] } | null = null

  get isEmpty(): boolean {
    return this.#cells === 0
  }

  get isFull(): boolean {
    return this.#cells >= MOST_CELLS || this.#names.size >= MOST_NAMES
  }

  add(event: MailEvent): void {
    const fact = this.#fact
    if (!factOf(event, fact)) return
    const cells = this.#cellsOf(Math.floor(fact.at / HOUR), fact.account)
    this.#count(cells, 0, this.#name(fact.stream), fact)
    const mailing = this.#name(fact.mailing)
    this.#count(cells, 1, mailing, fact)
    if (event.kind === 'accepted') return this.#accepted(cells, mailing, fact, acceptedDomains(event))
    const domain = fact.domain === null ? -1 : this.#name(fact.domain)
    if (domain >= 0) this.#count(cells, 2, domain, fact)
    if (domain >= 0 && fact.mailing !== '') this.#count(cells, 6, mailing * NAMES + this.#paired(2, fact.account, domain), fact)
    const site = fact.site === null ? -1 : this.#name(fact.site)
    if (site >= 0) this.#count(cells, 3, site, fact)
    if (fact.source !== null) {
      const source = this.#name(fact.source)
      this.#count(cells, 4, source, fact)
      if (site >= 0) this.#count(cells, 9, source * NAMES + this.#paired(3, fact.account, site), fact)
    }
    if (fact.code === null) return
    const code = this.#name(fact.code)
    this.#count(cells, 5, code, fact)
    if (domain >= 0) this.#count(cells, 7, domain * NAMES + code, fact)
    if (site >= 0) this.#count(cells, 8, site * NAMES + code, fact)
  }

  /** Hours that something was counted of, ascending. */
  hours(): readonly number[] {
    return [...this.#groups.keys()].toSorted((a, b) => a - b)
  }

  /** All rows of an hour, those over all accounts behind those of each: nothing is added between this and `clear`. Figures and times are views until then. */
  *rows(hour: number): Generator<TallyRow> {
    const accounts = this.#groups.get(hour)
    if (accounts === undefined) return
    this.#addOverall(accounts)
    for (const [account, cells] of accounts)
      for (const [rollup, own] of cells.entries()) for (const [key, cell] of own) yield this.#row({ hour, account, rollup }, key, cell)
  }

  clear(): void {
    this.#weigh()
    // A burst is over: its memory goes.
    if (this.#cells * 8 < this.#timesOf.length) this.#begin()
    this.#figures.fill(0, 0, this.#cells * COLUMNS)
    this.#times.fill(0, 0, this.#timed * TIME_SLOTS)
    this.#groups = new Map()
    this.#names.clear()
    this.#texts.length = 0
    this.#cells = 0
    this.#timed = 0
    this.#last = null
  }

  #begin(): void {
    this.#figures = new Float64Array(FIRST_CELLS * COLUMNS)
    this.#times = new Uint32Array(FIRST_CELLS * TIME_SLOTS)
    this.#timesOf = new Int32Array(FIRST_CELLS)
  }

  /** Only frequent domains and sites of an account have rows with each of its mailings and sources: all of them would be as many as messages. */
  #paired(rollup: number, account: number, name: number): number {
    const frequent = this.#frequent.get(account)?.[rollup]
    return frequent === undefined || frequent.has(this.#texts[name] ?? '') ? name : RARE
  }

  /** Which are, is seen when what was counted is written: by what it has of them, and half of what was before. */
  #weigh(): void {
    const accounts = new Set<number>()
    for (const group of this.#groups.values()) for (const account of group.keys()) accounts.add(account)
    if (this.#frequent.size + accounts.size > MOST_WEIGHED) this.#frequent.clear()
    for (const account of accounts)
      for (const rollup of PAIRED) {
        const weights = new Map(Array.from(this.#frequent.get(account)?.[rollup] ?? [], ([text, weight]) => [text, weight / 2]))
        for (const group of this.#groups.values())
          for (const [name, cell] of group.get(account)?.[rollup] ?? []) {
            const text = this.#texts[name] ?? ''
            weights.set(text, (weights.get(text) ?? 0) + weightOf(this.#figures, cell * COLUMNS))
          }
        const kept = weights.size <= FREQUENT ? weights : new Map([...weights].toSorted(([, a], [, b]) => b - a).slice(0, FREQUENT))
        this.#frequent.set(account, { ...this.#frequent.get(account), [rollup]: kept })
      }
  }

  /** Each domain has its own recipients; the message and its octets count for each of them. */
  #accepted(cells: Cells[], mailing: number, fact: Fact, domains: ReadonlyMap<string, number>): void {
    const last = fact.add.length - 1
    for (const [name, recipients] of domains) {
      const domain = this.#name(name)
      fact.add[last] = recipients
      this.#count(cells, 2, domain, fact)
      if (fact.mailing !== '') this.#count(cells, 6, mailing * NAMES + this.#paired(2, fact.account, domain), fact)
    }
  }

  #row(of: Pick<TallyRow, 'hour' | 'account' | 'rollup'>, key: number, cell: number): TallyRow {
    const isPair = (ROLLUPS[of.rollup]?.facets.length ?? 1) > 1
    const times = this.#timesOf[cell] ?? -1
    return {
      ...of,
      value: this.#texts[isPair ? Math.floor(key / NAMES) : key] ?? '',
      also: isPair ? this.#alsoOf(key % NAMES) : '',
      figures: this.#figures.subarray(cell * COLUMNS, (cell + 1) * COLUMNS),
      times: times < 0 ? null : this.#times.subarray(times * TIME_SLOTS, (times + 1) * TIME_SLOTS),
    }
  }

  #alsoOf(name: number): string | null {
    return name === RARE ? null : (this.#texts[name] ?? '')
  }

  #addOverall(accounts: Map<number, Cells[]>): void {
    if (accounts.has(0)) return
    const overall: Cells[] = ROLLUPS.map(() => new Map())
    for (const cells of accounts.values())
      for (const [rollup, own] of cells.entries()) {
        if (ROLLUPS[rollup]?.overall !== true) continue
        const all = overall[rollup]
        if (all !== undefined) for (const [key, cell] of own) this.#merge(all, key, cell)
      }
    accounts.set(0, overall)
  }

  #merge(into: Cells, key: number, from: number): void {
    const to = this.#cell(into, key)
    for (let column = 0; column < COLUMNS; column++) {
      const more = this.#figures[from * COLUMNS + column] ?? 0
      if (more !== 0) this.#figures[to * COLUMNS + column] = (this.#figures[to * COLUMNS + column] ?? 0) + more
    }
    const times = this.#timesOf[from] ?? -1
    if (times < 0) return
    const own = this.#timesFor(to)
    for (let slot = 0; slot < TIME_SLOTS; slot++) {
      const more = this.#times[times * TIME_SLOTS + slot] ?? 0
      if (more !== 0) this.#times[own * TIME_SLOTS + slot] = (this.#times[own * TIME_SLOTS + slot] ?? 0) + more
    }
  }

  #cellsOf(hour: number, account: number): Cells[] {
    const last = this.#last
    if (last !== null && last.hour === hour && last.account === account) return last.cells
    let accounts = this.#groups.get(hour)
    if (accounts === undefined) this.#groups.set(hour, (accounts = new Map()))
    let cells = accounts.get(account)
    if (cells === undefined) accounts.set(account, (cells = ROLLUPS.map(() => new Map<number, number>())))
    this.#last = { hour, account, cells }
    return cells
  }

  #name(text: string): number {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const number = this.#texts.push(text.slice(0, LONGEST_NAME)) - 1
    this.#names.set(text, number)
    return number
  }

  #count(cells: Cells[], rollup: number, key: number, { add, took }: Fact): void {
    const own = cells[rollup]
    if (own === undefined) return
    const cell = this.#cell(own, key)
    const base = cell * COLUMNS
    for (let i = 0; i < add.length; i += 2) {
      const column = base + (add[i] ?? 0)
      this.#figures[column] = (this.#figures[column] ?? 0) + (add[i + 1] ?? 0)
    }
    if (took < 0 || ROLLUPS[rollup]?.timed !== true) return
    const slot = this.#timesFor(cell) * TIME_SLOTS + slotOf(took)
    this.#times[slot] = (this.#times[slot] ?? 0) + 1
  }

  #cell(cells: Cells, key: number): number {
    const known = cells.get(key)
    if (known !== undefined) return known
    const cell = this.#cells++
    if (cell * COLUMNS >= this.#figures.length) this.#figures = grown(this.#figures, new Float64Array(this.#figures.length * 2))
    if (cell >= this.#timesOf.length) this.#timesOf = grown(this.#timesOf, new Int32Array(this.#timesOf.length * 2))
    this.#timesOf[cell] = -1
    cells.set(key, cell)
    return cell
  }

  #timesFor(cell: number): number {
    const known = this.#timesOf[cell] ?? -1
    if (known >= 0) return known
    const times = this.#timed++
    if (times * TIME_SLOTS >= this.#times.length) this.#times = grown(this.#times, new Uint32Array(this.#times.length * 2))
    this.#timesOf[cell] = times
    return times
  }
}

function grown<A extends Float64Array | Uint32Array | Int32Array>(from: A, to: A): A {
  to.set(from)
  return to
}
