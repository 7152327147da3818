// An erased person in suppression.db: what names the address goes, entries and evidence, and each list has one entry in its place that matches it
// and does not tell it.
import type { DatabaseSync } from 'node:sqlite'
import type { ErasureChange } from '../../../engine/ports/suppression.ts'
import { Eraser } from '../../../policy/kept/erasure.ts'
import { erasedTarget } from '../events/erased-target.ts'
import { reasonNumber } from './suppression-schema.ts'
import type { SuppressionWriter } from './suppression-writer.ts'

interface Erased {
  /** Entries and pieces of evidence. */
  readonly removed: number
  /** Lists that suppress it without telling it. */
  readonly lists: number
}

interface Evidence {
  readonly id: number
  readonly target: string
  readonly reply: string
}

function evidenceOf(database: DatabaseSync, eraser: Eraser): readonly Evidence[] {
  const found: Evidence[] = []
  for (const row of database.prepare('SELECT id, target, reply FROM addition').iterate()) {
    const one = { id: Number(row['id']), target: String(row['target']), reply: String(row['reply']) }
    if (one.target === eraser.key || eraser.isIn(one.reply)) found.push(one)
  }
  return found
}

/** Once more it changes nothing. */
export function eraseSuppressed(writer: SuppressionWriter, address: string, { suppress, dryRun, at }: ErasureChange): Erased {
  const { database, secret } = writer
  const eraser = new Eraser(address)
  const lists = database
    .prepare('SELECT id FROM list')
    .all()
    .map((row) => Number(row['id']))
  const entries = database.prepare('SELECT list, target, stream FROM entry WHERE list = ? AND target = ?')
  const named = lists.flatMap((list) => entries.all(list, eraser.key))
  const evidence = evidenceOf(database, eraser)
  const soft = Number(database.prepare('SELECT count(*) AS n FROM soft WHERE target = ?').get(eraser.key)?.['n'])
  const found = { removed: named.length + evidence.length + soft, lists: suppress && secret !== null ? lists.length : 0 }
  if (dryRun) return found
  database.exec('PRAGMA secure_delete = ON')
  writer.changing(() => {
    for (const row of named) writer.removeRow(Number(row['list']), eraser.key, String(row['stream']))
    const dropAddition = database.prepare('DELETE FROM addition WHERE id = ?')
    const maskReply = database.prepare('UPDATE addition SET reply = ? WHERE id = ?')
    for (const { id, target, reply } of evidence)
      if (target === eraser.key) dropAddition.run(id)
      else maskReply.run(eraser.masked(reply), id)
    database.prepare('DELETE FROM soft WHERE target = ?').run(eraser.key)
    if (!suppress || secret === null) return
    const entry = { stream: '', reason: reasonNumber('Manual'), at, expires: null, origin: 'erased' }
    for (const list of lists) writer.putRow(list, { target: erasedTarget(secret, eraser.key), ...entry })
  })
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return found
}
