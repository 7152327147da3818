// A copy of a shard that stands by itself: bodies that are in slots of the living shard go into the rows of the copy. The living shard goes
// on meanwhile, and uses a slot again once its message ended or was moved; so each row is looked at there before and after its slot is
// read.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { bodiesPath, BodySlotsReader } from './body-slots.ts'
import { openShardReader } from './schema.ts'
import { inTransaction } from '../transaction.ts'

/** Bodies in one transaction of the copy: some MiB. */
const SLICE = 64

/** What ended after the copy was made, and is not in it any more. */
export interface Gone {
  readonly messages: number
  readonly recipients: number
}

type Row = readonly [id: number, size: number, slot: number]

/**
 * `step` is called after each slice with the octets of its bodies. A message whose body is lost stays, and names its slot: it is told to
 * lack its body wherever the copy is used, as it is here.
 */
export function takeInBodies(copyFile: string, livingFile: string, step: (octets: number) => void): Gone {
  using copy = new DatabaseSync(copyFile, { enableForeignKeyConstraints: false })
  using living = new LivingBodies(livingFile)
  // It is a copy: should the machine go down now, it is made again.
  copy.exec('PRAGMA synchronous = OFF')
  const next = copy.prepare(`SELECT id, size, slot FROM message WHERE slot > ? ORDER BY slot LIMIT ${SLICE}`)
  next.setReturnArrays(true)
  const takeIn = copy.prepare('UPDATE message SET slot = NULL, body = ? WHERE id = ?')
  const end = [copy.prepare('DELETE FROM recipient WHERE message = ?'), copy.prepare('DELETE FROM message WHERE id = ?')] as const
  let [messages, recipients] = [0, 0]
  const rowsAfter = (slot: number): Row[] => next.all(slot) as unknown as Row[]
  for (let rows = rowsAfter(-1); rows.length > 0; rows = rowsAfter(rows.at(-1)?.[2] ?? Infinity)) {
    inTransaction(copy, () => {
      for (const [id, size] of rows) {
        const body = living.bodyOf(id, size)
        if (body.is === 'there') takeIn.run(body.octets, id)
        else if (body.is === 'gone') {
          recipients += Number(end[0].run(id).changes)
          messages += Number(end[1].run(id).changes)
        }
      }
    })
    step(rows.reduce((sum, [, size]) => sum + size, 0))
  }
  return { messages, recipients }
}

/** `gone`: the message ended. `lost`: it is there, its body is not. */
type LivingBody = { readonly is: 'there'; readonly octets: Uint8Array } | { readonly is: 'gone' | 'lost' }

class LivingBodies implements Disposable {
  readonly #database: DatabaseSync
  readonly #slot: StatementSync
  readonly #bodies: BodySlotsReader

  constructor(file: string) {
    this.#database = openShardReader(file)
    this.#slot = this.#database.prepare('SELECT slot FROM message WHERE id = ?')
    this.#bodies = new BodySlotsReader(bodiesPath(file))
  }

  [Symbol.dispose](): void {
    this.#bodies[Symbol.dispose]()
    this.#database.close()
  }

  bodyOf(id: number, size: number): LivingBody {
    for (let slot = this.#slotOf(id); typeof slot === 'number';) {
      const octets = this.#bodies.read(slot, size)
      const after = this.#slotOf(id)
      if (after === slot) return octets === null ? { is: 'lost' } : { is: 'there', octets }
      slot = after
    }
    return { is: 'gone' }
  }

  #slotOf(id: number): unknown {
    return this.#slot.get(id)?.['slot']
  }
}
