// The thread that writes effects.db, so that no event loop waits for the disk: each save is one synced transaction.
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Happening } from '../../../contract/blocks.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { formatOf } from '../format-of.ts'
import { errorOf } from '../sqlite-error.ts'
import { inTransaction } from '../transaction.ts'

export type EffectsRequest = { readonly name: 'save'; readonly happenings: readonly Happening[] } | { readonly name: 'close' }

const TABLES = `
  CREATE TABLE effect (id TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE happening (id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL) STRICT;
  CREATE TABLE file (name TEXT NOT NULL) STRICT;
`
/** Whoever follows is a moment behind; where nobody does, the oldest go. */
const MOST_HAPPENINGS = 10_000

class EffectsFile {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const format = formatOf(this.#database)
    if (format === 0) this.#make()
  }

  #make(): void {
    inTransaction(this.#database, () => {
      this.#database.exec(TABLES)
      this.#database.prepare('INSERT INTO file VALUES (?)').run(randomBytes(8).toString('hex'))
      this.#database.exec(`PRAGMA user_version = ${FORMATS.effects.writes}`)
    })
  }

  save(happenings: readonly Happening[]): void {
    const put = this.#database.prepare('INSERT INTO effect VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value')
    const remove = this.#database.prepare('DELETE FROM effect WHERE id = ?')
    const add = this.#database.prepare('INSERT INTO happening (value) VALUES (?)')
    const drop = this.#database.prepare('DELETE FROM happening WHERE id <= ?')
    inTransaction(this.#database, () => {
      let last = 0
      for (const happening of happenings) {
        const { kind, effect } = happening
        if (kind === 'ended') remove.run(effect.id)
        else if (kind !== 'alert') put.run(effect.id, JSON.stringify(effect))
        last = Number(add.run(JSON.stringify(happening)).lastInsertRowid)
      }
      drop.run(last - MOST_HAPPENINGS)
    })
  }

  close(): void {
    this.#database.close()
  }
}

const port = parentPort
if (port === null) throw new Error('effects-thread.ts runs as a worker thread only')
const { file } = workerData as { file: string }
let opened: EffectsFile | null = null

port.on('message', (request: EffectsRequest & { readonly id: number }) => {
  try {
    if (request.name === 'save') (opened ??= new EffectsFile(file)).save(request.happenings)
    else opened?.close()
    port.postMessage({ id: request.id, answer: null, error: null })
  } catch (error) {
    port.postMessage({ id: request.id, answer: null, error: errorOf(error) })
  }
})
