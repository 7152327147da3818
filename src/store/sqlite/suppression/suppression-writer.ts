// Lists and entries of suppression.db, in the thread that alone writes it: made, changed, removed, looked up, each slice one transaction.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { MOST_PATTERNS, type SuppressionEntry, type SuppressionList } from '../../../contract/suppression.ts'
import type { EntriesFound, EntryCriteria, EntryPlace, ListsWanted, PutEntry } from '../../../engine/ports/suppression.ts'
import { domainKey, isPattern, matchesPattern } from '../../../policy/suppression/targets.ts'
import { erasedTarget, isErasedTarget } from '../events/erased-target.ts'
import { entryOf, type EntryRow, IS_PATTERN, reasonNumber } from './suppression-schema.ts'
import { inTransaction } from '../transaction.ts'

/** Expired entries that one slice removes. */
const SLICE = 2000

interface ListRow {
  readonly id: number
  readonly name: string
  readonly account: number | null
  readonly entries: number
  readonly domains: number
  readonly patterns: number
}

function prepareAll(database: DatabaseSync) {
  return {
    lists: database.prepare('SELECT * FROM list ORDER BY name'),
    listsOf: database.prepare('SELECT * FROM list WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR account = ?2) ORDER BY name'),
    list: database.prepare('SELECT * FROM list WHERE name = ?'),
    some: database.prepare('SELECT target, stream FROM entry WHERE list = ? LIMIT ?'),
    dropList: database.prepare('DELETE FROM list WHERE id = ?'),
    dropAdditions: database.prepare('DELETE FROM addition WHERE list = ?'),
    byId: database.prepare('SELECT * FROM list WHERE id = ?'),
    addList: database.prepare('INSERT INTO list (name, account, entries, domains, patterns) VALUES (?, ?, 0, 0, 0)'),
    count: database.prepare('UPDATE list SET entries = entries + ?2, domains = domains + ?3, patterns = patterns + ?4 WHERE id = ?1'),
    generation: database.prepare('UPDATE meta SET generation = generation + 1'),
    get: database.prepare('SELECT * FROM entry WHERE list = ? AND target = ? AND stream = ?'),
    ofTarget: database.prepare('SELECT * FROM entry WHERE list = ? AND target = ?'),
    put: database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    change: database.prepare(
      'UPDATE entry SET reason = ?4, at = ?5, expires = ?6, origin = ?7 WHERE list = ?1 AND target = ?2 AND stream = ?3',
    ),
    remove: database.prepare('DELETE FROM entry WHERE list = ? AND target = ? AND stream = ?'),
    page: database.prepare('SELECT * FROM entry WHERE list = ? AND (target, stream) > (?, ?) ORDER BY target, stream LIMIT ?'),
    patterns: database.prepare(`SELECT * FROM entry INDEXED BY entry_pattern WHERE list = ? AND ${IS_PATTERN}`),
    expired: database.prepare('SELECT * FROM entry INDEXED BY entry_expires WHERE expires <= ? LIMIT ?'),
  }
}

export class SuppressionWriter {
  readonly database: DatabaseSync
  readonly secret: Uint8Array | null
  readonly #sql: ReturnType<typeof prepareAll>
  /** How often what readers keep in memory changed. */
  changes = 0
  /** What a transaction has changed of the counts of its lists. */
  readonly #changed = new Map<number, { entries: number; domains: number; patterns: number; erased: number }>()

  /** `secret`: for entries that tell no address. */
  constructor(database: DatabaseSync, secret: Uint8Array | null = null) {
    this.database = database
    this.secret = secret
    this.#sql = prepareAll(database)
  }

  lists({ name, account }: ListsWanted = {}): SuppressionList[] {
    const rows = this.#sql.listsOf.all(name ?? null, account ?? null) as unknown as ListRow[]
    return rows.map(({ name, account, entries }) => ({ name, account: account as AccountId | null, entries }))
  }

  createList(name: string, account: AccountId | null): boolean {
    return inTransaction(this.database, () => {
      if (this.#sql.list.get(name) !== undefined) return false
      this.#sql.addList.run(name, account)
      this.#sql.generation.run()
      return true
    })
  }

  /** A slice of what is on it, at last the list itself; whether there is more to do. */
  drop(name: string): boolean {
    return this.changing(() => {
      const { id } = this.listRow(name)
      const rows = this.#sql.some.all(id, SLICE) as unknown as EntryRow[]
      for (const { target, stream } of rows) this.removeRow(id, target, stream)
      if (rows.length === SLICE) return true
      this.#sql.dropAdditions.run(id)
      this.#sql.dropList.run(id)
      this.#sql.generation.run()
      return false
    })
  }

  /** Its number; null: there is none of that name. */
  listId(name: string): number | null {
    return (this.#sql.list.get(name) as unknown as ListRow | undefined)?.id ?? null
  }

  private listRow(name: string): ListRow {
    const row = this.#sql.list.get(name) as unknown as ListRow | undefined
    if (row === undefined)
      throw new Fault('no-list', `There is no suppression list ${JSON.stringify(name)}.`, {
        blame: 'caller',
        mend: "'hms suppression lists' names those that there are; 'hms suppression create' makes one.",
      })
    return row
  }

  /** All of them or none. Those that are there get what is said now. `added`: were not there. */
  put(list: string, entries: readonly PutEntry[]): { readonly added: number; readonly changed: number } {
    return this.changing(() => {
      const { id, patterns } = this.listRow(list)
      const more = entries.filter(({ target }) => isPattern(target)).length
      if (more > 0 && patterns + more > MOST_PATTERNS)
        throw new Fault('too-many-patterns', `A list has at most ${MOST_PATTERNS} patterns.`, {
          blame: 'caller',
          mend: 'Name addresses or whole domains: of these there may be any number.',
        })
      let added = 0
      // In the order of the table: rows that are neighbours change one page once.
      for (const entry of entries.toSorted((a, b) => (a.target < b.target ? -1 : Number(a.target > b.target)))) {
        const { target, stream, reason, at, expires, origin } = entry
        added += Number(this.putRow(id, { target, stream: stream ?? '', reason: reasonNumber(reason), at, expires, origin }))
      }
      return { added, changed: entries.length - added }
    })
  }

  /** `stream` undefined: of every stream and of all mail. `dryRun`: counted, and left. */
  remove(list: string, targets: readonly string[], stream: string | null | undefined, dryRun = false): number {
    return this.changing(() => {
      const { id } = this.listRow(list)
      let removed = 0
      for (const target of targets.flatMap((one) => this.#alike(one)))
        for (const row of this.#sql.ofTarget.all(id, target) as unknown as EntryRow[])
          if (stream === undefined || row.stream === (stream ?? '')) removed += Number(dryRun || this.removeRow(id, target, row.stream))
      return removed
    })
  }

  /** Entries that stand against an address, or are of a domain or pattern as it is written; expired ones are none. */
  find(target: string, list: string | null, now: EpochMs): SuppressionEntry[] {
    const rows = list === null ? (this.#sql.lists.all() as unknown as ListRow[]) : [this.listRow(list)]
    const isAddress = target.indexOf('@') > 0 && !isPattern(target)
    return rows.flatMap(({ id, name }) => {
      const found = this.#alike(target).flatMap((one) => this.#sql.ofTarget.all(id, one) as unknown as EntryRow[])
      if (isAddress) {
        found.push(...(this.#sql.ofTarget.all(id, domainKey(target)) as unknown as EntryRow[]))
        const patterns = this.#sql.patterns.all(id) as unknown as EntryRow[]
        found.push(...patterns.filter((row) => row.target !== target && matchesPattern(row.target, target)))
      }
      return found.filter(({ expires }) => expires === null || expires > now).map((row) => entryOf(name, row))
    })
  }

  /** The target, and that of an entry which stands for it without telling it. */
  #alike(target: string): readonly string[] {
    const isAddress = target.indexOf('@') > 0 && !isPattern(target)
    return this.secret === null || !isAddress ? [target] : [target, erasedTarget(this.secret, target)]
  }

  page(list: string, after: EntryPlace | null, limit: number): SuppressionEntry[] {
    const { id, name } = this.listRow(list)
    const rows = this.#sql.page.all(id, after?.target ?? '', after?.stream ?? '', limit) as unknown as EntryRow[]
    return rows.map((row) => entryOf(name, row))
  }

  /** What fits of the next `look` entries. Nobody else waits for longer than these take. */
  search(list: string, criteria: EntryCriteria, after: EntryPlace | null, look: number): EntriesFound {
    const { id, name } = this.listRow(list)
    const rows = this.#sql.page.all(id, after?.target ?? '', after?.stream ?? '', look) as unknown as EntryRow[]
    const last = rows.at(-1)
    return {
      entries: rows.filter(fitting(criteria)).map((row) => entryOf(name, row)),
      looked: rows.length,
      last: last === undefined ? null : { target: last.target, stream: last.stream },
    }
  }

  /** Removes some that are over; whether there may be more. */
  prune(now: EpochMs): boolean {
    return this.changing(() => {
      const rows = this.#sql.expired.all(now, SLICE) as unknown as (EntryRow & { list: number })[]
      for (const { list, target, stream } of rows) this.removeRow(list, target, stream)
      return rows.length === SLICE
    })
  }

  // Within a transaction of `changing`.

  row(list: number, target: string, stream: string): EntryRow | undefined {
    return this.#sql.get.get(list, target, stream) as unknown as EntryRow | undefined
  }

  /** Whether it was not there. */
  putRow(list: number, { target, stream, reason, at, expires, origin }: EntryRow): boolean {
    const values = [list, target, stream, reason, at, expires, origin]
    const isNew = Number(this.#sql.put.run(...values).changes) > 0
    if (isNew) this.#count(list, target, 1)
    else this.#sql.change.run(...values)
    return isNew
  }

  removeRow(list: number, target: string, stream: string): boolean {
    const { changes } = this.#sql.remove.run(list, target, stream)
    if (Number(changes) > 0) this.#count(list, target, -1)
    return Number(changes) > 0
  }

  #count(list: number, target: string, by: number): void {
    const counts = this.#changed.get(list) ?? { entries: 0, domains: 0, patterns: 0, erased: 0 }
    this.#changed.set(list, counts)
    counts.entries += by
    if (isErasedTarget(target)) counts.erased += by
    else if (isPattern(target)) counts.patterns += by
    else if (target.startsWith('@')) counts.domains += by
  }

  /** One transaction, with the counts of the lists; what readers keep in memory is told by the generation. */
  changing<T>(work: () => T): T {
    this.#changed.clear()
    return inTransaction(this.database, () => {
      const result = work()
      let isOther = false
      for (const [id, { entries, domains, patterns, erased }] of this.#changed) {
        const before = this.#sql.byId.get(id) as unknown as ListRow | undefined
        const was = before?.entries ?? 0
        isOther ||= was === 0 || was + entries === 0 || domains !== 0 || patterns !== 0 || erased !== 0
        this.#sql.count.run(id, entries, domains, patterns)
      }
      if (isOther) this.#sql.generation.run()
      this.changes += Number(isOther)
      return result
    })
  }
}

function fitting({ match, reason, origin, since, until }: EntryCriteria): (row: EntryRow) => boolean {
  const number = reason === null ? null : reasonNumber(reason)
  const from = origin?.toLowerCase() ?? null
  const names = (target: string): boolean => match === null || (isPattern(match) ? matchesPattern(match, target) : target.includes(match))
  return (row) =>
    (number === null || row.reason === number) &&
    (since === null || row.at >= since) &&
    (until === null || row.at < until) &&
    (from === null || row.origin.toLowerCase().includes(from)) &&
    names(row.target)
}
