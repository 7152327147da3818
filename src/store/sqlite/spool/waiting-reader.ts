// Looks at the queue for whoever asks why mail waits: along the index of what waits, each bounded in the rows that it touches, so that a
// domain with a million of them is answered as quickly as one with ten.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Cell, type ReaderCalls, type RowPlace } from './protocol.ts'
import { STATE_HELD, STATE_WAITING } from './schema.ts'

const WAITING = `FROM recipient INDEXED BY recipient_waiting WHERE state = ${STATE_WAITING} AND domain = ?`
/** Recipients named of those that are due later. */
const NAMED = 100

type Row = Cell[]
interface Priority {
  readonly priority: number
  readonly due: number
}

function queries(joined: string) {
  return {
    due: `SELECT count(*) FROM (SELECT 1 ${WAITING} AND priority = ? AND due <= ? LIMIT ?)`,
    later: `SELECT count(*) FROM (SELECT 1 ${WAITING} AND priority = ? AND due > ? LIMIT ?)`,
    next: `${joined} WHERE r.state = ${STATE_WAITING} AND r.domain = ? AND r.priority = ? AND r.due > ? ORDER BY r.due LIMIT ?`,
    size: `SELECT count(*) FROM (SELECT 1 ${WAITING} LIMIT ?)`,
    addressed: `SELECT message, n FROM (SELECT message, n, address ${WAITING} LIMIT ?) WHERE lower(address) = ? LIMIT ${NAMED}`,
    one: `${joined} WHERE r.message = ? AND r.n = ?`,
  }
}

export class WaitingReader {
  readonly #statements: { readonly [N in keyof ReturnType<typeof queries>]: StatementSync }
  readonly #held: StatementSync
  readonly #heldLast: StatementSync
  readonly #prioritiesOf: (domain: string) => readonly Priority[]

  constructor(database: DatabaseSync, joined: string, prioritiesOf: (domain: string) => readonly Priority[]) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    }
    const sql = queries(joined)
    this.#statements = {
      due: prepare(sql.due),
      later: prepare(sql.later),
      next: prepare(sql.next),
      size: prepare(sql.size),
      addressed: prepare(sql.addressed),
      one: prepare(sql.one),
    }
    const slice = '(message, n) > (?, ?) ORDER BY message, n LIMIT ?'
    this.#heldLast = prepare(`SELECT message, n FROM recipient WHERE (message, n) > (?, ?) ORDER BY message, n LIMIT 1 OFFSET ?`)
    this.#held = prepare(
      `SELECT domain, last_reply, count(*), sum((SELECT size FROM message WHERE id = message)) FROM (SELECT message, domain, last_reply, state FROM recipient WHERE ${slice})
       WHERE state = ${STATE_HELD} GROUP BY domain, last_reply`,
    )
    this.#prioritiesOf = prioritiesOf
  }

  waiting({ domain, now, most }: ReaderCalls['waiting']['params']): ReaderCalls['waiting']['answer'] {
    let [due, later] = [0, 0]
    const next: Row[] = []
    for (const { priority } of this.#prioritiesOf(domain)) {
      due += this.#count(this.#statements.due, domain, priority, now, most)
      later += this.#count(this.#statements.later, domain, priority, now, most)
      next.push(...(this.#statements.next.all(domain, priority, now, NAMED) as unknown as Row[]))
    }
    return { due, later, cells: next.flat() }
  }

  ahead({ domain, place, now, most }: ReaderCalls['ahead']['params']): number {
    let ahead = 0
    for (const { priority } of this.#prioritiesOf(domain)) {
      if (priority > place.priority) break
      const until = priority < place.priority ? now : Math.min(now, place.due - 1)
      ahead += this.#count(this.#statements.due, domain, priority, until, most)
    }
    return Math.min(ahead, most)
  }

  addressed({ domain, address, most }: ReaderCalls['addressed']['params']): ReaderCalls['addressed']['answer'] {
    const places = this.#statements.addressed.all(domain, most, address) as unknown as [number, number][]
    const cells = places.flatMap((place) => (this.#statements.one.all(...place) as unknown as Row[]).flat())
    return { cells, isCut: this.#count(this.#statements.size, domain, most + 1) > most }
  }

  /** Domain, reason, count and octets, over and over, of one slice. */
  held({ after, rows }: ReaderCalls['held']['params']): ReaderCalls['held']['answer'] {
    const next = this.#heldLast.get(...after, rows - 1) as unknown as RowPlace | undefined
    return { cells: (this.#held.all(...after, rows) as unknown as Row[]).flat(), next: next ?? null }
  }

  #count(statement: StatementSync, ...values: (string | number)[]): number {
    const [count = 0] = (statement.get(...values) ?? []) as unknown as number[]
    return count
  }
}
