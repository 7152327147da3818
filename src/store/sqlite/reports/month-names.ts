// Names of a month of rollups as they are written: each has a number, under which groups have it. Bounded: where many were added, those that no group
// has any more go (made up ones that were folded), and their numbers are given out again.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { GroupReader, VALUES } from '../../../policy/reports/group.ts'
import type { NameTable } from '../../../policy/reports/names.ts'
import { isPairs } from '../../../policy/reports/tables.ts'

/** Beyond so many, and twice as many as were left the last time, names that nothing uses are looked for. */
export const MANY_NAMES = 200_000
const LEFT = 'names'
/** Looked at and removed at once. */
const AT_ONCE = 10_000

/** All but `find` within a transaction. */
export class MonthNames {
  readonly #database: DatabaseSync
  readonly #find: StatementSync
  readonly #add: StatementSync
  /** Of the names of what is counted: their numbers here; 0: it was not looked for. They hold for one table of names in one generation. */
  #ids = new Int32Array(0)
  #idsOf: { readonly names: NameTable; readonly generation: number } | null = null
  /** How many there are, and the highest number; null: it is to be looked for. */
  #counted: { count: number; highest: number } | null = null
  /** Numbers that are free below the highest, the lowest last. */
  #free: number[] = []

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#find = database.prepare('SELECT id FROM name WHERE text = ?')
    this.#add = database.prepare('INSERT INTO name (id, text) VALUES (?, ?)')
  }

  /** What was added was not kept. */
  forget(): void {
    this.#idsOf = null
    this.#counted = null
    this.#free = []
  }

  /** 0: it has none. */
  find(name: number, names: NameTable): number {
    this.#makeRoom(name, names)
    return this.#ids[name] || (this.#ids[name] = Number(this.#find.get(names.text(name))?.['id'] ?? 0))
  }

  /** It has one from now on; 0, which is `other`: all are given out. */
  of(name: number, names: NameTable): number {
    return this.find(name, names) || (this.#ids[name] = this.#make(names.text(name)))
  }

  /** Lets go of those that no value has any more, where there are many. */
  sweep(): void {
    if (this.#here().count <= Math.max(MANY_NAMES, 2 * this.#left())) return
    const used = this.#used()
    const some = this.#database.prepare(`SELECT id FROM name WHERE id > ? ORDER BY id LIMIT ${AT_ONCE}`)
    const remove = this.#database.prepare('DELETE FROM name WHERE id = ?')
    for (let last = 0, more = true; more;) {
      const ids = some.all(last).map((row) => Number(row['id']))
      for (const id of ids) if (!used.has(id)) remove.run(id)
      last = ids.at(-1) ?? last
      more = ids.length === AT_ONCE
    }
    this.forget()
    const { count, highest } = this.#here()
    this.#database.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(LEFT, count)
    for (let id = 1; id < highest && this.#free.length < MANY_NAMES; id++) if (!used.has(id)) this.#free.push(id)
    this.#free.reverse()
  }

  /** Numbers that any group has. */
  #used(): ReadonlySet<number> {
    const used = new Set<number>()
    for (const table of ['hour', 'day'])
      for (const row of this.#database.prepare(`SELECT rollup, packed FROM ${table}`).iterate()) {
        const reader = new GroupReader(row['packed'] as Uint8Array, isPairs(Number(row['rollup'])))
        for (; reader.next(); reader.pass()) used.add(Math.floor(reader.key / VALUES)).add(reader.key % VALUES)
      }
    return used
  }

  #here(): { count: number; highest: number } {
    if (this.#counted !== null) return this.#counted
    const row = this.#database.prepare('SELECT count(*) AS count, max(id) AS highest FROM name').get()
    return (this.#counted = { count: Number(row?.['count']), highest: Number(row?.['highest'] ?? 0) })
  }

  #left(): number {
    return Number(this.#database.prepare('SELECT value FROM meta WHERE key = ?').get(LEFT)?.['value'] ?? 0)
  }

  #makeRoom(name: number, names: NameTable): void {
    if (this.#idsOf?.names !== names || this.#idsOf.generation !== names.generation) {
      this.#idsOf = { names, generation: names.generation }
      this.#ids = new Int32Array(names.size)
    }
    if (name < this.#ids.length) return
    const more = new Int32Array(names.size * 2)
    more.set(this.#ids)
    this.#ids = more
  }

  #make(text: string): number {
    const here = this.#here()
    const id = this.#free.pop() ?? here.highest + 1
    if (id >= VALUES) return 0
    this.#add.run(id, text)
    here.count++
    here.highest = Math.max(here.highest, id)
    return id
  }
}
