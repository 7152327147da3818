// The rollups of all months as they are written. What was counted and how far the events were read are one transaction in each month that it
// touches, the newest month last: its position is from where to read on. After a crash in between, a month that was written already knows so, and
// passes over what it has. So each event counts once, also where it comes months late.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../../../base/brand.ts'
import { crashPoint } from '../../../base/crash-point.ts'
import type { EventPosition } from '../../../engine/ports/event-follower.ts'
import { DAY, HOUR, monthOf, monthOfDay, monthOfHour } from '../../../policy/reports/months.ts'
import type { Gathering } from '../../../policy/reports/gathering.ts'
import type { Tally } from '../../../policy/reports/tally.ts'
import { ReportMonth } from './report-month.ts'
import type { Bucket } from './report-schema.ts'

/** Months that are kept open. */
const OPEN_MONTHS = 2
/** A bucket is over when so many after it have begun; what comes later still counts there. */
const CLOSES_AFTER = 2

/** Months that there are, ascending. */
export function reportMonths(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => /^(\d{4}-\d\d)\.db$/.exec(name)?.[1] ?? [])
    .toSorted()
}

interface Commit {
  readonly tally: Tally
  readonly gathering: Gathering
  readonly position: EventPosition
}

export class ReportBook implements Disposable {
  readonly #folder: string
  /** The least recently used first. */
  readonly #open = new Map<string, ReportMonth>()
  /** Months that are counted further than the position. */
  #ahead = new Map<string, ReadonlyMap<number, number>>()
  #position = new Map<number, number>()
  /** Events of earlier months are not counted any more. */
  #since = ''
  /** The last that was put in order. */
  #closed: Record<Bucket, number> | null = null
  /** Of what was counted. */
  #newestHour = 0
  /** Of a rebuild: what happened before this day and has a number up to these was counted before, and stands. */
  #kept: { readonly day: number; readonly upTo: ReadonlyMap<number, number> } | null = null

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    this.#read()
  }

  [Symbol.dispose](): void {
    for (const month of this.#open.values()) month[Symbol.dispose]()
    this.#open.clear()
  }

  /** Up to which event of each shard all is counted. */
  position(): Map<number, number> {
    return new Map(this.#position)
  }

  /** Up to where a rebuild goes over what was counted before; null: none does. */
  rebuilding(): ReadonlyMap<number, number> | null {
    const kept = this.#kept
    if (kept === null) return null
    return [...kept.upTo].some(([shard, upTo]) => (this.#position.get(shard) ?? 0) < upTo) ? kept.upTo : null
  }

  /** Whether an event counts, or does already. */
  takes(shard: number, number: number, at: EpochMs): boolean {
    // Of a rebuild.
    if (this.#kept !== null && at < this.#kept.day * DAY && number <= (this.#kept.upTo.get(shard) ?? 0)) return false
    if (this.#ahead.size === 0 && this.#since === '') return true
    const month = monthOf(at)
    return month >= this.#since && number > (this.#ahead.get(month)?.get(shard) ?? 0)
  }

  /** What was counted between the position and this one. */
  commit(tally: Tally, gathering: Gathering, position: EventPosition): void {
    const hours = new Map<string, number[]>()
    for (const hour of tally.hours()) hours.set(monthOfHour(hour), [...(hours.get(monthOfHour(hour)) ?? []), hour])
    const newest = this.#newest() ?? [...hours.keys()].toSorted().at(-1) ?? monthOf(Date.now())
    const last = [...hours.keys(), newest].toSorted().at(-1) ?? newest
    for (const [name, own] of hours) if (name !== last) this.#write(name, own, { tally, gathering, position })
    crashPoint('report-month-written')
    this.#write(last, hours.get(last) ?? [], { tally, gathering, position })
    this.#position = new Map([...this.#position, ...position])
    for (const [name, own] of this.#ahead) if (!this.#isAhead(own)) this.#ahead.delete(name)
    const [first] = tally.hours()
    if (first === undefined) return
    this.#newestHour = Math.max(this.#newestHour, Math.min(tally.hours().at(-1) ?? 0, Math.floor(Date.now() / HOUR)))
    this.#closed ??= { hour: first - 1, day: Math.floor(first / 24) - 1 }
  }

  /** Puts hours and days that are over in order, one at a time. False: none is left. */
  closeSome(): boolean {
    if (this.#closed === null) return false
    for (const [table, newest] of [
      ['hour', this.#newestHour],
      ['day', Math.floor(this.#newestHour / 24)],
    ] as const) {
      const at = this.#closed[table] + 1
      if (at > newest - CLOSES_AFTER) continue
      this.#close(table, at)
      this.#closed[table] = at
      return true
    }
    return false
  }

  #close(table: Bucket, at: number): void {
    const name = table === 'hour' ? monthOfHour(at) : monthOfDay(at)
    if (!this.#open.has(name) && !existsSync(this.#pathOf(name))) return
    const month = this.#month(name)
    month.change(() => month.close(table, at))
  }

  /** Lets go of months before this one; the newest stays. */
  prune(before: string): void {
    const months = reportMonths(this.#folder)
    const gone = months.slice(0, -1).filter((name) => name < before)
    const newest = months.at(-1)
    if (newest === undefined || (before <= this.#since && gone.length === 0)) return
    this.#since = before > this.#since ? before : this.#since
    this.#remember(newest)
    for (const name of gone) {
      this.#open.get(name)?.[Symbol.dispose]()
      this.#open.delete(name)
      for (const suffix of ['-wal', '-shm', '']) rmSync(`${this.#pathOf(name)}${suffix}`, { force: true })
    }
  }

  /** What happened from this day (UTC) on is counted anew; what is before stands. */
  rebuild(day: number): void {
    const newest = this.#newest()
    if (newest === undefined) return
    const upTo = new Map(this.#kept?.upTo)
    for (const [shard, number] of this.#position) upTo.set(shard, Math.max(number, upTo.get(shard) ?? 0))
    const month = this.#month(newest)
    month.change(() => {
      month.putMeta('rebuild', day)
      month.putMeta('clearing', 1)
      for (const [shard, number] of upTo) month.putMeta(`kept.${shard}`, number)
    })
    crashPoint('report-rebuild-noted')
    this.#clearFrom(day)
    this.#read()
  }

  #clearFrom(day: number): void {
    const months = reportMonths(this.#folder)
    for (const name of months.filter((one) => one >= monthOfDay(day) || one === months.at(-1))) {
      const month = this.#month(name)
      month.change(() => {
        month.clearFrom(day)
        month.clearPosition()
        if (name !== months.at(-1)) return
        month.putMeta('clearing', null)
        month.putMeta('closed.hour', day * 24 - 1)
        month.putMeta('closed.day', day - 1)
      })
    }
  }

  #read(): void {
    const months = reportMonths(this.#folder)
    const newest = months.at(-1)
    this.#ahead = new Map()
    this.#position = new Map()
    if (newest === undefined) return
    const month = this.#month(newest)
    const rebuilt = month.meta('rebuild')
    if (rebuilt !== null && month.meta('clearing') === 1) this.#clearFrom(rebuilt)
    this.#kept = rebuilt === null ? null : { day: rebuilt, upTo: month.keptUpTo() }
    this.#position = month.position()
    const since = month.meta('since')
    this.#since = since === null ? '' : monthOf(since * HOUR)
    const [hour, day] = [month.meta('closed.hour'), month.meta('closed.day')]
    this.#closed = hour === null || day === null ? null : { hour, day }
    this.#newestHour = month.meta('newest') ?? 0
    for (const name of months.slice(0, -1)) {
      const own = this.#month(name).position()
      if (this.#isAhead(own)) this.#ahead.set(name, own)
    }
  }

  #isAhead(own: ReadonlyMap<number, number>): boolean {
    return [...own].some(([shard, upTo]) => upTo > (this.#position.get(shard) ?? 0))
  }

  #write(name: string, hours: readonly number[], { tally, gathering, position }: Commit): void {
    const month = this.#month(name)
    month.change(() => {
      for (const hour of hours) month.add(gathering.groups(hour), tally.names)
      month.putPosition(new Map([...this.#position, ...position]))
      this.#putMeta(month)
    })
  }

  #remember(name: string): void {
    const month = this.#month(name)
    month.change(() => this.#putMeta(month))
  }

  /** Of the newest it counts. */
  #putMeta(month: ReportMonth): void {
    month.putMeta('closed.hour', this.#closed?.hour ?? null)
    month.putMeta('closed.day', this.#closed?.day ?? null)
    month.putMeta('newest', this.#newestHour)
    month.putMeta('since', this.#since === '' ? null : Date.parse(`${this.#since}-01`) / HOUR)
    if (this.#kept === null) return
    month.putMeta('rebuild', this.#kept.day)
    for (const [shard, upTo] of this.#kept.upTo) month.putMeta(`kept.${shard}`, upTo)
  }

  #newest(): string | undefined {
    return reportMonths(this.#folder).at(-1)
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.db`)
  }

  #month(name: string): ReportMonth {
    const month = this.#open.get(name) ?? new ReportMonth(this.#pathOf(name))
    this.#open.delete(name)
    this.#open.set(name, month)
    const [oldest] = this.#open
    if (this.#open.size > OPEN_MONTHS && oldest !== undefined) {
      oldest[1][Symbol.dispose]()
      this.#open.delete(oldest[0])
    }
    return month
  }
}
