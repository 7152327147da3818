// Erasures of people, a table in the desk's database: what is asked for survives a crash, and once it is done nothing in it names anybody.
import { DatabaseSync } from 'node:sqlite'
import type { Erasure } from '../../../contract/data-kept.ts'
import { inTransaction } from '../transaction.ts'

const TABLE = 'CREATE TABLE IF NOT EXISTS erasure (id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL) STRICT'
const MOST_KEPT = 1000

export class ErasureLog implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(`PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; ${TABLE}`)
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  add(erasure: Omit<Erasure, 'id'>): Erasure {
    return inTransaction(this.#database, () => {
      const { lastInsertRowid } = this.#database.prepare('INSERT INTO erasure (value) VALUES (?)').run(JSON.stringify(erasure))
      this.#database.prepare('DELETE FROM erasure WHERE id <= ?').run(Number(lastInsertRowid) - MOST_KEPT)
      return { ...erasure, id: Number(lastInsertRowid) }
    })
  }

  put({ id, ...erasure }: Erasure): void {
    this.#database.prepare('UPDATE erasure SET value = ? WHERE id = ?').run(JSON.stringify(erasure), id)
    if (erasure.step === null) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  /** Newest first. */
  list(): readonly Erasure[] {
    const rows = this.#database.prepare('SELECT id, value FROM erasure ORDER BY id DESC').all()
    return rows.map(({ id, value }) => Object.assign(JSON.parse(String(value)) as Omit<Erasure, 'id'>, { id: Number(id) }))
  }

  /** One that is there. */
  find(id: number): Erasure {
    const found = this.list().find((one) => one.id === id)
    if (found === undefined) throw new Error(`there is no erasure ${id}`)
    return found
  }
}
