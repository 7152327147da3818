// Takes a person out of what was told and noted of others: Delivery Alerts, the audit, what happened to effects. Rows stay, his address in them does
// not; what was there is overwritten in the file. A few hundred rows a transaction, so that who else writes there waits for no more than those.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Eraser } from '../../../policy/kept/erasure.ts'
import { inTransaction } from '../transaction.ts'

interface Place {
  readonly table: string
  readonly key: string
  readonly texts: readonly string[]
  /** Columns of JSON. */
  readonly values: readonly string[]
}

const PLACES = {
  alerts: [{ table: 'alert', key: 'id', texts: ['source'], values: ['value'] }],
  // Who did it stays: the audit is there to say that.
  audit: [
    { table: 'audit', key: 'id', texts: ['subject'], values: [] },
    { table: 'audit_detail', key: 'id', texts: [], values: ['before', 'after'] },
  ],
  effects: [
    { table: 'happening', key: 'id', texts: [], values: ['value'] },
    { table: 'effect', key: 'id', texts: [], values: ['value'] },
  ],
} as const satisfies Record<string, readonly Place[]>

const AT_ONCE = 500

/** How many rows named him. */
export async function eraseRows(
  file: string,
  what: keyof typeof PLACES,
  { eraser, dryRun, gently }: { readonly eraser: Eraser; readonly dryRun: boolean; readonly gently: () => Promise<void> },
): Promise<number> {
  if (!existsSync(file)) return 0
  using database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('PRAGMA secure_delete = ON')
  // A record of the audit stands in two tables under one number.
  const found = new Set<Cell>()
  for (const place of PLACES[what]) {
    if (!isThere(database, place)) continue
    for (let after: Cell | undefined = undefined; ; await gently()) {
      const part: Part = inTransaction(database, () => maskPart(database, place, { eraser, dryRun, after }))
      for (const one of part.found) found.add(one)
      if (part.last === undefined) break
      after = part.last
    }
  }
  if (!dryRun && found.size > 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return found.size
}

type Cell = string | number

interface Part {
  readonly found: readonly Cell[]
  readonly last: Cell | undefined
}

function isThere(database: DatabaseSync, { table }: Place): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined
}

function maskPart(
  database: DatabaseSync,
  { table, key, texts, values }: Place,
  { eraser, dryRun, after }: { readonly eraser: Eraser; readonly dryRun: boolean; readonly after: Cell | undefined },
): Part {
  const columns = [...texts, ...values]
  const from = after === undefined ? '' : `WHERE ${key} > ?`
  const sql = `SELECT ${key}, ${columns.join(', ')} FROM ${table} ${from} ORDER BY ${key} LIMIT ${AT_ONCE}`
  const rows = database.prepare(sql).all(...(after === undefined ? [] : [after]))
  const found: Cell[] = []
  for (const row of rows) {
    const changes = columns.flatMap((column) => {
      const cell = row[column]
      if (typeof cell !== 'string') return []
      const masked = texts.includes(column) ? eraser.text(cell) : eraser.json(cell)
      return masked === null ? [] : [{ column, masked }]
    })
    if (changes.length === 0) continue
    found.push(row[key] as Cell)
    if (dryRun) continue
    const set = changes.map(({ column }) => `${column} = ?`).join(', ')
    database.prepare(`UPDATE OR IGNORE ${table} SET ${set} WHERE ${key} = ?`).run(...changes.map(({ masked }) => masked), row[key] as Cell)
  }
  return { found, last: rows.length < AT_ONCE ? undefined : (rows.at(-1)?.[key] as Cell) }
}
