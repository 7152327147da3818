// Providers of OpenID Connect and who is whom to them, in access.db: what is said of one as JSON, its secret sealed beside it. Who was removed
// is remembered without a name, so that the next login does not make the user again.
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { ProviderBook, StoredProvider } from '../../engine/ports/providers.ts'
import type { Seal } from './sealing.ts'
import { inTransaction } from './transaction.ts'

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
    const { name, enabled } = provider
    inTransaction(this.#database, () => {
      this.#run('UPDATE provider SET value = ? WHERE name = ?', JSON.stringify(provider), name)
      if (secret !== undefined) this.#run('UPDATE provider SET sealed = ? WHERE name = ?', this.#seal.seal(secret, contextOf(name)), name)
      if (!enabled) this.#run('DELETE FROM session WHERE provider = ?', name)
    })
  }

  remove(name: string): boolean {
    return inTransaction(this.#database, () => {
      this.#run('DELETE FROM session WHERE provider = ?', name)
      this.#run('DELETE FROM identity WHERE provider = ?', name)
      return this.#run('DELETE FROM provider WHERE name = ?', name) > 0
    })
  }

  users(name: string): number {
    return Number(this.#one('SELECT count(DISTINCT user) AS n FROM identity WHERE provider = ?', name)?.['n'])
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
    this.#run('INSERT OR REPLACE INTO identity VALUES (?, ?, ?)', name, subject, user)
  }

  unlink(name: string, user: string): boolean {
    return inTransaction(this.#database, () => {
      this.#run('DELETE FROM session WHERE provider = ? AND user = ?', name, user)
      return this.#run('DELETE FROM identity WHERE provider = ? AND user = ?', name, user) > 0
    })
  }

  #one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes)
  }
}

const contextOf = (name: string): string => `provider/${name}`

function storedFrom(row: Row): StoredProvider {
  return JSON.parse(String(row['value'])) as StoredProvider
}
