// Groups of rollups as they are read: from each month that a span touches those of its hours and days, with the names of their values.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { GroupReader } from '../../../policy/reports/group.ts'
import { monthOfDay, monthOfHour } from '../../../policy/reports/months.ts'
import type { SpanPart } from '../../../policy/reports/spans.ts'
import { isPairs } from '../../../policy/reports/tables.ts'
import { type Bucket, openMonthToRead } from './report-schema.ts'

export interface GroupsWanted {
  readonly rollup: number
  /** Null: of each account. */
  readonly account: number | null
  readonly parts: readonly SpanPart[]
  /** Of each facet the value that is wanted; null: all. */
  readonly filters: readonly (string | null)[]
}

export interface ReadGroup {
  /** Number of the part that it belongs to. */
  readonly part: number
  readonly account: number
  readonly rows: GroupReader
  /** Of the month; the same object for all groups of it. */
  readonly names: ReportNames
  /** Of each facet the number of the name that is wanted; null: all. */
  readonly only: readonly (number | null)[]
}

type Wanted = Record<Bucket, Map<number, number>>

export function* readGroups(folder: string, wanted: GroupsWanted): Generator<ReadGroup> {
  const months = new Map<string, Wanted>()
  const of = (name: string): Wanted => {
    const known = months.get(name) ?? { hour: new Map<number, number>(), day: new Map<number, number>() }
    months.set(name, known)
    return known
  }
  for (const [part, { hours, days }] of wanted.parts.entries()) {
    for (const hour of hours) of(monthOfHour(hour)).hour.set(hour, part)
    for (const day of days) of(monthOfDay(day)).day.set(day, part)
  }
  for (const [name, buckets] of months) {
    const path = join(folder, `${name}.db`)
    if (!existsSync(path)) continue
    using database = openMonthToRead(path)
    if (database !== null) yield* groupsIn(database, buckets, wanted)
  }
}

function* groupsIn(database: DatabaseSync, buckets: Wanted, { rollup, account, filters }: GroupsWanted): Generator<ReadGroup> {
  const isPair = isPairs(rollup)
  const names = new ReportNames(database)
  const only: (number | null)[] = []
  for (const filter of filters) {
    const id = filter === null ? null : names.idOf(filter)
    // What has no name was never counted here.
    if (id === undefined) return
    only.push(id)
  }
  for (const table of ['hour', 'day'] as const) {
    const numbers = [...buckets[table].keys()]
    if (numbers.length === 0) continue
    // Of each account: those over all accounts are no account's.
    const rows = database.prepare(
      `SELECT at, account, packed FROM ${table} WHERE at IN (SELECT value FROM json_each(?1)) AND rollup = ?2
       AND ${account === null ? 'account > 0 AND ?3 IS NULL' : 'account = ?3'}`,
    )
    for (const row of rows.iterate(JSON.stringify(numbers), rollup, account)) {
      const rows = new GroupReader(row['packed'] as Uint8Array, isPair)
      yield { part: buckets[table].get(Number(row['at'])) ?? 0, account: Number(row['account']), rows, names, only }
    }
  }
}

export class ReportNames {
  readonly #find
  readonly #text
  readonly #known = new Map<number, string | null>([[0, null]])

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT id FROM name WHERE text = ?')
    this.#text = database.prepare('SELECT text FROM name WHERE id = ?')
  }

  idOf(text: string): number | undefined {
    const id = this.#find.get(text)?.['id']
    return id === undefined ? undefined : Number(id)
  }

  textOf(id: number): string | null {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const text = this.#text.get(id)?.['text']
    const found = text === undefined ? null : String(text)
    this.#known.set(id, found)
    return found
  }
}
