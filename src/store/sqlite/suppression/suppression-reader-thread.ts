// The thread in which a worker looks recipients up in suppression.db, over a connection of its own that only reads. Of the lists it keeps
// their numbers, patterns and whether they have domains; of entries nothing but the pages of a small cache.
import { existsSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { SuppressedBy } from '../../../engine/ports/suppression.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { addressKey, domainKey, matchesPattern } from '../../../policy/suppression/targets.ts'
import { erasedTarget } from '../events/erased-target.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { errorOf } from '../sqlite-error.ts'
import { entryOf, type EntryRow, IS_PATTERN } from './suppression-schema.ts'

export interface SuppressionQuestion {
  readonly list: string
  readonly stream: string | null
  readonly addresses: readonly string[]
}
/** `lists`: names of those that have entries, as many questions as there were. */
export interface SuppressionReading {
  readonly found: readonly (readonly (SuppressedBy | null)[])[]
  readonly lists: readonly string[]
}

interface KnownList {
  readonly id: number
  /** Whether there are entries that tell no address. */
  readonly hasErased: boolean
  readonly hasDomains: boolean
  readonly patterns: readonly EntryRow[]
}

class SuppressionFile {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #dataVersion: StatementSync
  readonly #generation: StatementSync
  readonly lists = new Map<string, KnownList>()
  #seen = -1
  #known = -1

  private constructor(database: DatabaseSync) {
    this.#database = database
    this.#get = database.prepare('SELECT * FROM entry WHERE list = ? AND target = ?')
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.#generation = database.prepare('SELECT generation FROM meta')
  }

  /** Null: there is none yet, or it is being made. */
  static open(file: string): SuppressionFile | null {
    if (!existsSync(file)) return null
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5000, enableForeignKeyConstraints: false })
    try {
      database.exec('PRAGMA cache_size = -8192')
      const format = formatOf(database)
      if (format !== 0 && !FORMATS.suppression.reads.includes(format)) throw refuseFormat('suppression', file, format)
      if (format !== 0) return new SuppressionFile(database)
    } catch (error) {
      database.close()
      throw error
    }
    database.close()
    return null
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** Whether lists changed is seen by a number; entries are read from the file each time. */
  look(): void {
    const version = Number(this.#dataVersion.get()?.['data_version'])
    if (version === this.#seen) return
    const generation = Number(this.#generation.get()?.['generation'])
    if (generation !== this.#known) this.#readLists()
    this.#seen = version
    this.#known = generation
  }

  #readLists(): void {
    this.lists.clear()
    const erased = this.#database.prepare("SELECT 1 FROM entry WHERE list = ? AND target >= ':' AND target < ';' LIMIT 1")
    const patterns = this.#database.prepare(`SELECT * FROM entry INDEXED BY entry_pattern WHERE list = ? AND ${IS_PATTERN}`)
    for (const { id, name, domains, patterns: count } of this.#database.prepare('SELECT * FROM list WHERE entries > 0').all()) {
      const known = Number(count) === 0 ? [] : (patterns.all(Number(id)) as unknown as EntryRow[])
      this.lists.set(String(name), {
        id: Number(id),
        hasErased: secret !== null && erased.get(Number(id)) !== undefined,
        hasDomains: Number(domains) > 0,
        patterns: known,
      })
    }
  }

  find({ list, stream, addresses }: SuppressionQuestion, now: number): (SuppressedBy | null)[] {
    const known = this.lists.get(list)
    if (known === undefined) return addresses.map(() => null)
    const domains = new Map<string, readonly EntryRow[]>()
    return addresses.map((address) => {
      const key = addressKey(address)
      const stands = (rows: readonly EntryRow[]): EntryRow | undefined =>
        rows.find((row) => (row.stream === '' || row.stream === stream) && (row.expires === null || row.expires > now))
      const row =
        stands(this.#rows(known.id, key)) ??
        (known.hasErased && secret !== null ? stands(this.#rows(known.id, erasedTarget(secret, key))) : undefined) ??
        (known.hasDomains ? stands(this.#ofDomain(known.id, domainKey(key), domains)) : undefined) ??
        stands(known.patterns.filter(({ target }) => matchesPattern(target, key)))
      if (row === undefined) return null
      const { target, reason, at } = entryOf(list, row)
      return { list, target, reason, at }
    })
  }

  #rows(list: number, target: string): readonly EntryRow[] {
    return this.#get.all(list, target) as unknown as EntryRow[]
  }

  #ofDomain(list: number, domain: string, asked: Map<string, readonly EntryRow[]>): readonly EntryRow[] {
    const rows = asked.get(domain) ?? this.#rows(list, domain)
    asked.set(domain, rows)
    return rows
  }
}

const port = parentPort
if (port === null) throw new Error('suppression-reader-thread.ts runs as a worker thread only')
const { file, secret } = workerData as { file: string; secret: Uint8Array | null }
let opened: SuppressionFile | null = null

/** `now`: of mail's clock, which the thread does not have. */
function read(questions: readonly SuppressionQuestion[], now: number): SuppressionReading {
  opened ??= SuppressionFile.open(file)
  const reader = opened
  if (reader === null) return { found: questions.map(({ addresses }) => addresses.map(() => null)), lists: [] }
  reader.look()
  return { found: questions.map((question) => reader.find(question, now)), lists: [...reader.lists.keys()] }
}

port.on('message', ({ id, questions, now }: { id: number; questions: readonly SuppressionQuestion[]; now: number }) => {
  try {
    port.postMessage({ id, answer: read(questions, now), error: null })
  } catch (error) {
    // What was mended or replaced is opened anew.
    opened?.[Symbol.dispose]()
    opened = null
    port.postMessage({ id, answer: null, error: errorOf(error) })
  }
})
