// A copy of a shard that stands by itself: bodies that are in slots of the living shard go into the rows of the copy. The living shard goes
// on meanwhile, and uses a slot again once its message ended or was moved; so each row is looked at there before and after its slot is
// read.
import { DatabaseSync } from 'node:sqlite'
import { bodiesPath, BodySlotsReader } from './body-slots.ts'
import { openShardReader } from './schema.ts'
import { inTransaction } from './transaction.ts'

/** Bodies in one transaction of the copy: some MiB. */
const SLICE = 64

/** What ended after the copy was made, and is not in it any more. */
export interface Gone {
  readonly messages: number
  readonly recipients: number
}

type Row = readonly [id: number, size: number]

/** `step` is called after each slice with the octets of its bodies. */
export function takeInBodies(copyFile: string, livingFile: string, step: (octets: number) => void): Gone {
  using copy = new DatabaseSync(copyFile, { enableForeignKeyConstraints: false })
  using living = openShardReader(livingFile)
  using bodies = new BodySlotsReader(bodiesPath(livingFile))
  // It is a copy: should the machine go down now, it is made again.
  copy.exec('PRAGMA synchronous = OFF')
  const slotNow = living.prepare('SELECT slot FROM message WHERE id = ?')
  const next = copy.prepare(`SELECT id, size FROM message WHERE slot IS NOT NULL ORDER BY slot LIMIT ${SLICE}`)
  next.setReturnArrays(true)
  const takeIn = copy.prepare('UPDATE message SET slot = NULL, body = ? WHERE id = ?')
  const end = [copy.prepare('DELETE FROM recipient WHERE message = ?'), copy.prepare('DELETE FROM message WHERE id = ?')] as const
  const slotOf = (id: number): unknown => slotNow.get(id)?.['slot']
  const bodyOf = (id: number, size: number): Uint8Array | null => {
    for (let slot = slotOf(id); typeof slot === 'number';) {
      const octets = bodies.read(slot, size)
      const after = slotOf(id)
      if (after === slot) return octets
      slot = after
    }
    return null
  }
  let [messages, recipients] = [0, 0]
  for (let rows = next.all() as unknown as Row[]; rows.length > 0; rows = next.all() as unknown as Row[]) {
    inTransaction(copy, () => {
      for (const [id, size] of rows) {
        const octets = bodyOf(id, size)
        if (octets !== null) takeIn.run(octets, id)
        else {
          recipients += Number(end[0].run(id).changes)
          messages += Number(end[1].run(id).changes)
        }
      }
    })
    step(rows.reduce((sum, [, size]) => sum + size, 0))
  }
  return { messages, recipients }
}
