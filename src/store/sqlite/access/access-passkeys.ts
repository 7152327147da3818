// Passkeys in access.db.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import type { KeptPasskey, NewPasskey, PasskeyBook } from '../../../engine/ports/passkeys.ts'
import { inTransaction } from '../transaction.ts'

/** `handle`: what devices know a user by. `host`: the name that the page had. */
export const PASSKEY_TABLES = `
CREATE TABLE passkey (
  id TEXT PRIMARY KEY, user TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, host TEXT NOT NULL, key BLOB NOT NULL,
  counter INTEGER NOT NULL, transports TEXT NOT NULL, synced INTEGER NOT NULL, made INTEGER NOT NULL, last INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_user ON passkey (user);
CREATE TABLE handle (user TEXT PRIMARY KEY COLLATE NOCASE, handle TEXT NOT NULL) STRICT, WITHOUT ROWID;
`
const HANDLE_OCTETS = 32

export class PasskeyRows implements PasskeyBook {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  of(user: string): readonly KeptPasskey[] {
    return this.#database.prepare('SELECT * FROM passkey WHERE user = ? ORDER BY made, id').all(user).map(passkeyFrom)
  }

  find(id: string): KeptPasskey | undefined {
    const row = this.#database.prepare('SELECT * FROM passkey WHERE id = ?').get(id)
    return row && passkeyFrom(row)
  }

  handle(user: string): string {
    const drawn = randomBytes(HANDLE_OCTETS).toString('base64url')
    const sql = 'INSERT INTO handle VALUES (?, ?) ON CONFLICT DO UPDATE SET handle = handle RETURNING handle'
    return String(this.#database.prepare(sql).get(user, drawn)?.['handle'])
  }

  add({ id, user, name, host, key, counter, transports, synced, madeAt }: NewPasskey, recovery: readonly string[] | null): boolean {
    return inTransaction(this.#database, () => {
      const sql = 'INSERT OR IGNORE INTO passkey SELECT ?, name, ?, ?, ?, ?, ?, ?, ?, NULL FROM user WHERE name = ?'
      const values = [id, name, host, key, counter, JSON.stringify(transports), Number(synced), madeAt, user]
      if (this.#database.prepare(sql).run(...values).changes === 0) return false
      if (recovery !== null) {
        this.#database.prepare('DELETE FROM recovery WHERE user = ?').run(user)
        for (const hash of recovery) this.#database.prepare('INSERT INTO recovery VALUES (?, ?)').run(user, hash)
      }
      return true
    })
  }

  used(id: string, counter: number, at: EpochMs): boolean {
    // W3C Web Authentication, 7.2: devices that count nothing say 0.
    const sql = 'UPDATE passkey SET counter = ?2, last = ?3 WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0))'
    return this.#database.prepare(sql).run(id, counter, at).changes > 0
  }

  remove(user: string, id: string): boolean {
    return inTransaction(this.#database, () => {
      if (this.#database.prepare('DELETE FROM passkey WHERE user = ? AND id = ?').run(user, id).changes === 0) return false
      const left = 'EXISTS (SELECT 1 FROM passkey WHERE user = ?1) OR EXISTS (SELECT 1 FROM user WHERE name = ?1 AND totp IS NOT NULL)'
      this.#database.prepare(`DELETE FROM recovery WHERE user = ?1 AND NOT (${left})`).run(user)
      return true
    })
  }

  isLastWay(user: string, id: string): boolean {
    const sql = `SELECT 1 FROM passkey p JOIN user u ON u.name = p.user WHERE p.id = ?2 AND p.user = ?1 AND u.hash IS NULL
      AND NOT EXISTS (SELECT 1 FROM passkey o WHERE o.user = ?1 AND o.id <> ?2) AND NOT EXISTS (
        SELECT 1 FROM identity i JOIN provider r ON r.name = i.provider WHERE i.user = ?1 AND r.value ->> '$.enabled')`
    return this.#database.prepare(sql).get(user, id) !== undefined
  }
}

function passkeyFrom(row: Record<string, SQLOutputValue>): KeptPasskey {
  return {
    id: String(row['id']),
    user: String(row['user']),
    name: String(row['name']),
    host: String(row['host']),
    key: row['key'] instanceof Uint8Array ? row['key'] : new Uint8Array(),
    counter: Number(row['counter']),
    transports: JSON.parse(String(row['transports'])) as string[],
    synced: row['synced'] === 1,
    madeAt: Number(row['made']),
    lastUse: row['last'] === null ? null : Number(row['last']),
  }
}
