// Bodies at the end of the file of slots move to free slots in front: otherwise one message that waits for days keeps the room of a
// queue that has drained, and a disk that ran low stays low. As with new bodies: written, synced, then named by a commit, and the slot
// that is left is free after it. Who reads a body looks at its row again, and finds it moved.
import type { DatabaseSync } from 'node:sqlite'
import type { BodySlots } from './body-slots.ts'
import { inTransaction } from '../transaction.ts'

/** Bodies moved between two commits: 1 MiB. */
const SLICE = 16

/** One slice, on a shard with slots; false where nothing was to be moved. */
export function moveBodies(database: DatabaseSync, bodies: BodySlots): boolean {
  const scattered = bodies.scattered(SLICE)
  if (scattered.length === 0) return false
  const named = database.prepare('SELECT id, size FROM message WHERE slot = ?')
  const move = database.prepare('UPDATE message SET slot = ? WHERE id = ?')
  const left: number[] = []
  const moves: [to: number, id: number][] = []
  try {
    for (const slot of scattered) {
      // None where a commit failed that would have named it.
      const row = named.get(slot)
      const to = row === undefined ? null : bodies.copy(slot, Number(row['size']))
      if (row === undefined || to === null) continue
      left.push(slot)
      moves.push([to, Number(row['id'])])
    }
    if (moves.length === 0) return false
    bodies.sync()
    inTransaction(database, () => {
      for (const [to, id] of moves) move.run(to, id)
    })
  } catch (error) {
    bodies.failed()
    throw error
  }
  bodies.committed(left)
  return true
}
