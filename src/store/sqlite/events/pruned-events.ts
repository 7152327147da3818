// Up to which number of each shard, and which day, events were let go of: in desk.db, so that whoever reads behind the desk is told what it missed.
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../transaction.ts'

const TABLE = 'CREATE TABLE IF NOT EXISTS pruned (shard INTEGER PRIMARY KEY, upTo INTEGER NOT NULL, day TEXT NOT NULL)'

export interface PrunedEvents {
  readonly upTo: number
  /** The newest day that was let go of and had events of the shard. */
  readonly day: string
}

/** Before the day goes: a day that is noted and still there is read all the same. `last`: of each shard the highest number in it. */
export function notePruned(desk: DatabaseSync, day: string, last: ReadonlyMap<number, number>): void {
  inTransaction(desk, () => {
    desk.exec(TABLE)
    const put = desk.prepare(
      'INSERT INTO pruned VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET upTo = max(upTo, excluded.upTo), day = max(day, excluded.day)',
    )
    for (const [shard, upTo] of last) put.run(shard, upTo, day)
  })
}

export function prunedIn(desk: DatabaseSync): Map<number, PrunedEvents> {
  if (desk.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'pruned'").get() === undefined) return new Map()
  const rows = desk.prepare('SELECT shard, upTo, day FROM pruned').all()
  return new Map(rows.map((row) => [Number(row['shard']), { upTo: Number(row['upTo']), day: String(row['day']) }]))
}
