// Providers of OpenID Connect and who is whom to them, in access.db: what is said of one as JSON, its secret sealed beside it. Who was removed
// is remembered without a name, so that the next login does not make the user again.
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { ProviderUser } from '../../../contract/providers.ts'
import type { ProviderBook, StoredProvider } from '../../../engine/ports/providers.ts'
import type { Seal } from '../settings/sealing.ts'
import { inTransaction } from '../transaction.ts'

/** Of providers that are the only way in of those whom they know. */
export const ONLY_WAYS = "SELECT name FROM provider WHERE value ->> '$.only'"

type Row = Record<string, SQLOutputValue>

export class ProviderStore implements ProviderBook {
  readonly #database: DatabaseSync
  readonly #seal: Seal

  constructor(database: DatabaseSync, seal: Seal) {
    this.#database = database
    this.#seal = seal
  }

  list(): readonly StoredProvider[] {
    return this.#database.prepare('SELECT value FROM provider ORDER BY name').all().map(storedFrom)
  }

  provider(name: string): StoredProvider | undefined {
    const row = this.#one('SELECT value FROM provider WHERE name = ?', name)
    return row && storedFrom(row)
  }

  secretOf(name: string): string | null {
    const sealed = this.#one('SELECT sealed FROM provider WHERE name = ?', name)?.['sealed']
    return sealed instanceof Uint8Array ? this.#seal.open(sealed, contextOf(name)) : null
  }

  add(provider: StoredProvider, secret: string | null): boolean {
    const sealed = secret === null ? null : this.#seal.seal(secret, contextOf(provider.name))
    return this.#run('INSERT OR IGNORE INTO provider VALUES (?, ?, ?)', provider.name, JSON.stringify(provider), sealed) > 0
  }

  set(provider: StoredProvider, secret?: string): void {
    const { name, enabled, sessionHours } = provider
    inTransaction(this.#database, () => {
      this.#run('UPDATE provider SET value = ? WHERE name = ?', JSON.stringify(provider), name)
      if (secret !== undefined) this.#run('UPDATE provider SET sealed = ? WHERE name = ?', this.#seal.seal(secret, contextOf(name)), name)
      if (!enabled) this.#run('DELETE FROM session WHERE provider = ?', name)
      this.#run('UPDATE session SET ends = min(ends, made + ?) WHERE provider = ?', sessionHours * 3600_000, name)
      this.#endOthers('provider', name)
    })
  }

  remove(name: string): boolean {
    return inTransaction(this.#database, () => {
      this.#run('DELETE FROM session WHERE provider = ?', name)
      this.#run('DELETE FROM identity WHERE provider = ?', name)
      return this.#run('DELETE FROM provider WHERE name = ?', name) > 0
    })
  }

  users(name: string): readonly ProviderUser[] {
    const sql = 'SELECT user, subject FROM identity WHERE provider = ? AND user IS NOT NULL ORDER BY user'
    const rows = this.#database.prepare(sql).all(name)
    return rows.map((row) => ({ user: String(row['user']), subject: String(row['subject']) }))
  }

  userOf(name: string, subject: string): string | null | undefined {
    const row = this.#one('SELECT user FROM identity WHERE provider = ? AND subject = ?', name, subject)
    if (row === undefined) return undefined
    return typeof row['user'] === 'string' ? row['user'] : null
  }

  subjectOf(name: string, user: string): string | undefined {
    const row = this.#one('SELECT subject FROM identity WHERE provider = ? AND user = ?', name, user)
    return row && String(row['subject'])
  }

  link(name: string, subject: string, user: string): void {
    inTransaction(this.#database, () => {
      this.#run('INSERT OR REPLACE INTO identity VALUES (?, ?, ?)', name, subject, user)
      this.#endOthers('user', user)
    })
  }

  unlink(name: string, user: string): boolean {
    return inTransaction(this.#database, () => {
      this.#run('DELETE FROM session WHERE provider = ? AND user = ?', name, user)
      return this.#run('DELETE FROM identity WHERE provider = ? AND user = ?', name, user) > 0
    })
  }

  /** Sessions of those who have an only way in, and came by another. */
  #endOthers(by: 'provider' | 'user', value: string): void {
    const bound = `SELECT user FROM identity WHERE ${by} = ? AND provider IN (${ONLY_WAYS})`
    this.#run(`DELETE FROM session WHERE user IN (${bound}) AND (provider IS NULL OR provider NOT IN (${ONLY_WAYS}))`, value)
  }

  #one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes)
  }
}

const contextOf = (name: string): string => `provider/${name}`

/** What one that was noted by a program before this one does not say. */
const UNSAID: Pick<StoredProvider, 'trustsEmail' | 'only' | 'sessionHours'> = { trustsEmail: false, only: false, sessionHours: 12 }

function storedFrom(row: Row): StoredProvider {
  return { ...UNSAID, ...(JSON.parse(String(row['value'])) as StoredProvider) }
}
