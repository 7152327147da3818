// Stored templates in the settings database: each version an item of its own, read when it is asked for. A program that does not know the kind
// leaves it alone.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { type StoredTemplate, type TemplateHead, TEMPLATES } from '../../../contract/templates.ts'

const KIND = 'template'
/** Keys sort as their numbers do. */
const DIGITS = 10
const OF = 'SELECT value FROM item WHERE kind = ? AND key'

/** An id has no spaces. */
function prefixOf({ id, account }: Pick<StoredTemplate, 'id' | 'account'>): string {
  return `${account ?? 0} ${id} `
}

export class TemplateItems {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The newest version where none is named: that of the account, else that of all. */
  find(account: AccountId | null, id: string, version?: number): StoredTemplate | null {
    const own = this.#at({ account, id }, version)
    return own ?? (account === null ? null : this.#at({ account: null, id }, version))
  }

  /** The newest of this very one. */
  own(which: Pick<StoredTemplate, 'id' | 'account'>): StoredTemplate | null {
    return this.#at(which)
  }

  #at(which: Pick<StoredTemplate, 'id' | 'account'>, version?: number): StoredTemplate | null {
    const prefix = prefixOf(which)
    const row =
      version === undefined
        ? this.#database.prepare(`${OF} > ? AND key < ? ORDER BY key DESC LIMIT 1`).get(KIND, prefix, `${prefix}:`)
        : this.#database.prepare(`${OF} = ?`).get(KIND, prefix + padded(version))
    return row === undefined ? null : (JSON.parse(String(row['value'])) as StoredTemplate)
  }

  /** The newest of each, by account and id; null: of all. */
  list(account?: AccountId | null): readonly TemplateHead[] {
    // What it says is not read.
    const sql = `SELECT value ->> '$.id' AS id, value ->> '$.account' AS account, max(value ->> '$.version') AS version, value ->> '$.at' AS at,
      value ->> '$.by' AS by, value ->> '$.note' AS note FROM item WHERE kind = ? GROUP BY id, account ORDER BY account, id`
    const rows = this.#database.prepare(sql).all(KIND) as unknown as readonly TemplateHead[]
    return rows.filter((row) => account === undefined || row.account === account)
  }

  /** Those that are kept, the newest first. */
  versions(which: Pick<StoredTemplate, 'id' | 'account'>): readonly TemplateHead[] {
    const prefix = prefixOf(which)
    const sql = `SELECT value ->> '$.id' AS id, value ->> '$.account' AS account, value ->> '$.version' AS version, value ->> '$.at' AS at,
      value ->> '$.by' AS by, value ->> '$.note' AS note FROM item WHERE kind = ? AND key > ? AND key < ? ORDER BY key DESC`
    return this.#database.prepare(sql).all(KIND, prefix, `${prefix}:`) as unknown as readonly TemplateHead[]
  }

  /** Within a transaction. */
  put(template: Omit<StoredTemplate, 'version'>): StoredTemplate {
    const newest = this.#at(template)
    if (newest === null && this.#count() >= TEMPLATES.most)
      throw new Fault('too-many-templates', `There are ${TEMPLATES.most} templates already.`, {
        blame: 'caller',
        mend: "Remove some with 'hms template rm'.",
      })
    const version = (newest?.version ?? 0) + 1
    const stored = { ...template, version }
    const prefix = prefixOf(template)
    this.#database.prepare('INSERT INTO item VALUES (?, ?, ?, NULL)').run(KIND, prefix + padded(version), JSON.stringify(stored))
    const oldest = prefix + padded(Math.max(0, version - TEMPLATES.versions))
    this.#database.prepare('DELETE FROM item WHERE kind = ? AND key > ? AND key <= ?').run(KIND, prefix, oldest)
    return stored
  }

  /** Within a transaction; all of its versions. */
  remove(which: Pick<StoredTemplate, 'id' | 'account'>): boolean {
    const prefix = prefixOf(which)
    const { changes } = this.#database.prepare('DELETE FROM item WHERE kind = ? AND key > ? AND key < ?').run(KIND, prefix, `${prefix}:`)
    return Number(changes) > 0
  }

  #count(): number {
    const sql = 'SELECT count(DISTINCT substr(key, 1, length(key) - ?)) AS n FROM item WHERE kind = ?'
    return Number(this.#database.prepare(sql).get(DIGITS, KIND)?.['n'])
  }
}

function padded(version: number): string {
  return String(version).padStart(DIGITS, '0')
}
