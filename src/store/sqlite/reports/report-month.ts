// A month of rollups as it is written. What is counted is put behind what a group has, and made one with it when that is as much again: each
// is worked on a few times, however often is written. A group has as many values as there is room for; where more come, those of which there was
// least are folded into `other`: what is frequent stays, whatever comes first or is made up, and sums agree.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EventPosition } from '../../../engine/ports/event-follower.ts'
import { COLUMNS, NONE } from '../../../policy/reports/fact.ts'
import { RollupGroup, Segment, VALUES, weightOf } from '../../../policy/reports/group.ts'
import { isPairs, ROLLUPS } from '../../../policy/reports/tables.ts'
import type { Gathered } from '../../../policy/reports/gathering.ts'
import type { NameTable } from '../../../policy/reports/names.ts'
import { TIME_SLOTS } from '../../../policy/reports/times.ts'
import { MonthNames } from './month-names.ts'
import { type Bucket, openMonth } from './report-schema.ts'

/** A group may grow by half before it is folded, as to fold is work. */
const SPARE = 1.5
/** Octets of segments behind the first that are not worth the work. */
const LEAST_TAIL = 512
/** Beside the number of a value, to sort by. */
const CELLS = 2 ** 20
const NOTHING: ReadonlySet<number> = new Set()

interface GroupPlace {
  readonly table: Bucket
  readonly at: number
  readonly rollup: number
  readonly account: number
}

interface GroupStatements {
  readonly get: StatementSync
  readonly put: StatementSync
}

export class ReportMonth implements Disposable {
  readonly #database: DatabaseSync
  readonly #groups: Readonly<Record<Bucket, GroupStatements>>
  readonly #names: MonthNames
  #keys = new Float64Array(0)

  constructor(path: string) {
    this.#database = openMonth(path)
    const of = (table: Bucket): GroupStatements => ({
      get: this.#database.prepare(`SELECT base, packed FROM ${table} WHERE at = ? AND rollup = ? AND account = ?`),
      put: this.#database.prepare(
        `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET base = excluded.base, packed = excluded.packed`,
      ),
    })
    this.#groups = { hour: of('hour'), day: of('day') }
    this.#names = new MonthNames(this.#database)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** Of each shard, up to which event it is counted. */
  position(): Map<number, number> {
    const rows = this.#database.prepare('SELECT shard, upTo FROM position').all()
    return new Map(rows.map((row) => [Number(row['shard']), Number(row['upTo'])]))
  }

  meta(key: string): number | null {
    const value = this.#database.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value']
    return value === undefined ? null : Number(value)
  }

  /** What was counted before a rebuild, by shard. */
  keptUpTo(): Map<number, number> {
    const rows = this.#database.prepare("SELECT key, value FROM meta WHERE key >= 'kept.' AND key < 'kept/'").all()
    return new Map(rows.map((row) => [Number(String(row['key']).slice('kept.'.length)), Number(row['value'])]))
  }

  /** All of it or nothing. */
  change<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#names.forget()
      throw error
    }
  }

  /** Within a change, as all that follows. */
  putMeta(key: string, value: number | null): void {
    if (value === null) this.#database.prepare('DELETE FROM meta WHERE key = ?').run(key)
    else this.#database.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(key, value)
  }

  putPosition(position: EventPosition): void {
    const put = this.#database.prepare('INSERT INTO position VALUES (?, ?) ON CONFLICT DO UPDATE SET upTo = max(upTo, excluded.upTo)')
    for (const [shard, upTo] of position) put.run(shard, upTo)
  }

  clearPosition(): void {
    this.#database.exec('DELETE FROM position')
  }

  add(groups: Iterable<Gathered>, names: NameTable): void {
    for (const group of groups) {
      const { hour, rollup, account } = group
      const added = this.#segmentOf(group, names)
      if (ROLLUPS[rollup]?.hourly === true) this.#change({ table: 'hour', at: hour, rollup, account }, added)
      this.#change({ table: 'day', at: Math.floor(hour / 24), rollup, account }, added)
    }
    this.#names.sweep()
  }

  /** An hour or a day is over: of its groups each is one segment, with what it may keep. */
  close(table: Bucket, at: number): void {
    const open = this.#database.prepare(`SELECT rollup, account, packed FROM ${table} WHERE at = ? AND base < length(packed)`)
    for (const row of open.all(at)) {
      const of = { table, at, rollup: Number(row['rollup']), account: Number(row['account']) }
      this.#putWhole(of, row['packed'] as Uint8Array, 1)
    }
  }

  /** Removes what is counted from a day (UTC) on. */
  clearFrom(day: number): void {
    this.#database.prepare('DELETE FROM hour WHERE at >= ?').run(day * 24)
    this.#database.prepare('DELETE FROM day WHERE at >= ?').run(day)
  }

  #change(place: GroupPlace, added: Uint8Array): void {
    const { table, at, rollup, account } = place
    const stored = this.#groups[table].get.get(at, rollup, account)
    const before = (stored?.['packed'] as Uint8Array | undefined) ?? null
    const packed = before === null ? added : Buffer.concat([before, added])
    const base = before === null ? added.length : Number(stored?.['base'])
    if (packed.length - base <= Math.max(LEAST_TAIL, base)) this.#groups[table].put.run(at, rollup, account, base, packed)
    else this.#putWhole(place, packed, SPARE)
  }

  /** Its values in the order of their numbers. */
  #segmentOf(group: Gathered, names: NameTable): Uint8Array {
    const { rollup, size, first, second, sum } = group
    const isPair = isPairs(rollup)
    const folded = this.#newAndLight(group, names)
    if (this.#keys.length < size) this.#keys = new Float64Array(size * 2)
    let count = 0
    for (let value = 0; value < size; value++)
      if (!folded.has(value)) this.#keys[count++] = this.#names.of(first(value), names) * CELLS + value
    const segment = new Segment(isPair)
    if (folded.size > 0) segment.add(0, ...together(folded, sum))
    for (const key of this.#keys.subarray(0, count).sort()) {
      const value = key % CELLS
      const also = isPair ? second(value) : NONE
      const { figures, times } = sum(value)
      segment.add(Math.floor(key / CELLS) * VALUES + (also < 0 ? 0 : this.#names.of(also, names)), figures, 0, times)
    }
    return segment.end()
  }

  /** Of more values than may stay, those that are new, and of which there is least: they are `other` at once, that nobody fills the names with them. */
  #newAndLight({ rollup, account, size, first, second, sum }: Gathered, names: NameTable): ReadonlySet<number> {
    const most = mostOf('day', rollup, account)
    if (size <= most * SPARE) return NOTHING
    const isNew = (name: number): boolean => name >= 0 && this.#names.find(name, names) === 0
    const fresh: { readonly value: number; readonly weight: number }[] = []
    for (let value = 0; value < size; value++)
      if (isNew(first(value)) || isNew(second(value))) fresh.push({ value, weight: weightOf(sum(value).figures) })
    return new Set(
      fresh
        .toSorted((a, b) => b.weight - a.weight)
        .slice(most)
        .map(({ value }) => value),
    )
  }

  /** As one segment, with no more values than there may be. */
  #putWhole({ table, at, rollup, account }: GroupPlace, packed: Uint8Array, spare: number): void {
    const isPair = isPairs(rollup)
    const group = RollupGroup.unpack(packed, isPair)
    const most = mostOf(table, rollup, account)
    const whole = (group.size > most * spare ? group.folded(most) : group).pack(isPair)
    this.#groups[table].put.run(at, rollup, account, whole.length, whole)
  }
}

/** Of some values, as `Segment` takes it. */
function together(values: ReadonlySet<number>, sum: Gathered['sum']): [figures: Float64Array, base: number, times: Float64Array] {
  const [all, counts] = [new Float64Array(COLUMNS), new Float64Array(TIME_SLOTS)]
  for (const value of values) {
    const { figures, times } = sum(value)
    for (let column = 0; column < COLUMNS; column++) all[column] = (all[column] ?? 0) + (figures[column] ?? 0)
    for (let slot = 0; slot < TIME_SLOTS; slot++) counts[slot] = (counts[slot] ?? 0) + (times[slot] ?? 0)
  }
  return [all, 0, counts]
}

function mostOf(table: Bucket, rollup: number, account: number): number {
  const { most } = ROLLUPS[rollup] ?? ROLLUPS[0]
  if (table === 'hour') return account === 0 ? most.overallHour : most.hour
  return account === 0 ? most.overallDay : most.day
}
