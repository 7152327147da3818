// Lines of the audit about what came about by itself: receivers cause them, so that these are bounded and the oldest go. What somebody did
// by hand is never among them.
import type { DatabaseSync } from 'node:sqlite'
import type { AuditLine } from '../../../engine/ports/stores.ts'
import { BACKOFF_RULE } from '../../../policy/blocks/backing-off.ts'

const MOST = 20_000
const PRUNED_EVERY = 1000
const BY_ITSELF = `action LIKE 'effect %' AND (by LIKE 'rule %' OR by IN ('time', 'want of room', '${BACKOFF_RULE}'))`
const TOO_OLD = `DELETE FROM audit WHERE id <= (SELECT id FROM audit WHERE ${BY_ITSELF} ORDER BY id DESC LIMIT 1 OFFSET ?) AND ${BY_ITSELF}`

/** Within a transaction. */
export function noteLines(database: DatabaseSync, lines: readonly AuditLine[]): void {
  const note = database.prepare('INSERT INTO audit (at, by, action, subject) VALUES (?, ?, ?, ?)')
  let last = 0
  for (const { at, by, action, subject } of lines) last = Number(note.run(at, by, action, subject).lastInsertRowid)
  // Now and then: the whole audit is looked through.
  const before = last - lines.length
  if (Math.floor(last / PRUNED_EVERY) > Math.floor(before / PRUNED_EVERY)) database.prepare(TOO_OLD).run(MOST)
}
