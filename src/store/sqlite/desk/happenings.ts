// What happened to effects, as the desk follows it in effects.db, which another process writes and may make later.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Happening } from '../../../contract/blocks.ts'
import { formatOf } from '../format-of.ts'

export interface NumberedHappening {
  readonly id: number
  readonly happening: Happening
}

/** What happened, as the desk follows it: the file may come later. */
export class HappeningReader implements Disposable {
  readonly #file: string
  #database: DatabaseSync | null = null
  #seen = -1

  constructor(file: string) {
    this.#file = file
  }

  [Symbol.dispose](): void {
    if (this.#database?.isOpen === true) this.#database.close()
  }

  /** Of the file: numbers of another begin anew. Null while there is none. */
  get name(): string | null {
    const database = this.#open()
    return database === null ? null : String(database.prepare('SELECT name FROM file').get()?.['name'])
  }

  /** Whether somebody wrote since `after` was called. */
  changed(): boolean {
    const database = this.#open()
    return database !== null && versionOf(database) !== this.#seen
  }

  /** Oldest first. */
  after(id: number, limit: number): readonly NumberedHappening[] {
    const database = this.#open()
    if (database === null) return []
    this.#seen = versionOf(database)
    const rows = database.prepare('SELECT id, value FROM happening WHERE id > ? ORDER BY id LIMIT ?').all(id, limit)
    return rows.map((row) => ({ id: Number(row['id']), happening: JSON.parse(String(row['value'])) as Happening }))
  }

  #open(): DatabaseSync | null {
    if (this.#database !== null) return this.#database
    if (!existsSync(this.#file)) return null
    const database = new DatabaseSync(this.#file, { timeout: 5000 })
    // Its making may be under way.
    if (formatOf(database) === 0) database.close()
    else this.#database = database
    return this.#database
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA data_version').get()?.['data_version'])
}
