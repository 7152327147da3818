// An erased person in jobs.db: his row stays without him, and is refused when its turn comes, so that counts still add up.
import type { DatabaseSync } from 'node:sqlite'
import type { RowPlace } from '../../../engine/ports/jobs.ts'
import { Eraser } from '../../../policy/kept/erasure.ts'
import { inTransaction } from '../transaction.ts'

const AT_ONCE = 5000

export interface ErasedRows {
  readonly found: number
  /** Where to go on; null: there is nothing behind. */
  readonly next: RowPlace | null
}

/** Of some rows behind one. */
export function eraseJobRows(database: DatabaseSync, address: string, after: RowPlace, dryRun: boolean): ErasedRows {
  const eraser = new Eraser(address)
  const sql = 'SELECT job, n, row FROM recipient WHERE (job, n) > (?, ?) ORDER BY job, n LIMIT ?'
  const rows = database.prepare(sql).all(after.job, after.n, AT_ONCE)
  const his = rows.filter(({ row }) => eraser.is((JSON.parse(String(row)) as [number, string])[1]))
  if (!dryRun) clearRows(database, his)
  const last = rows.at(-1)
  if (last !== undefined && rows.length === AT_ONCE) return { found: his.length, next: { job: Number(last['job']), n: Number(last['n']) } }
  return { found: his.length + eraseProblems(database, eraser, dryRun), next: null }
}

function clearRows(database: DatabaseSync, rows: readonly Record<string, unknown>[]): void {
  database.exec('PRAGMA secure_delete = ON')
  inTransaction(database, () => {
    const put = database.prepare('UPDATE recipient SET row = ? WHERE job = ? AND n = ?')
    for (const { job, n, row } of rows) {
      const [line] = JSON.parse(String(row)) as [number]
      put.run(JSON.stringify([line, '', null, null, {}]), Number(job), Number(n))
    }
  })
}

/** Sentences about rows that could not be used name the address; one transaction a job. */
function eraseProblems(database: DatabaseSync, eraser: Eraser, dryRun: boolean): number {
  let found = 0
  for (const { id } of database.prepare('SELECT id FROM job').all()) {
    const rows = database.prepare('SELECT line, problem FROM bad WHERE job = ?').all(Number(id))
    const his = rows.filter(({ problem }) => eraser.isIn(String(problem)))
    found += his.length
    if (dryRun) continue
    inTransaction(database, () => {
      const put = database.prepare('UPDATE bad SET problem = ? WHERE job = ? AND line = ?')
      for (const { line, problem } of his) put.run(eraser.masked(String(problem)), Number(id), Number(line))
    })
  }
  if (!dryRun) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return found
}
