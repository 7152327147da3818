// The format of access.db: its tables and how it is opened. Beside the settings and not in them: a session is noted at each login and a key
// at its uses, and no worker has to read its settings anew for that.
import { DatabaseSync } from 'node:sqlite'
import { FORMATS } from '../../../contract/formats.ts'
import type { FirstUser } from '../../../engine/ports/access.ts'
import { PASSKEY_TABLES } from './access-passkeys.ts'
import { SEARCH_TABLE } from './access-searches.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { inTransaction } from '../transaction.ts'

/**
 * `hash`: of a password in PHC form; of what is drawn at random, its SHA-256. `totp` is sealed; `totp_next` is one that nobody has shown a code
 * of yet, `totp_step` the newest step of which a code was taken. `credential`: when logins and keys of mail were last used. `session.provider`:
 * by which it began. `identity`: who is whom to a provider; without `user`: somebody who was removed here.
 */
const TABLES = `
CREATE TABLE user (
  name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, account INTEGER, made INTEGER NOT NULL, last INTEGER, hash TEXT,
  totp BLOB, totp_next BLOB, totp_step INTEGER NOT NULL DEFAULT 0, link TEXT UNIQUE, link_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery (user TEXT NOT NULL COLLATE NOCASE, hash TEXT NOT NULL, PRIMARY KEY (user, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE session (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL COLLATE NOCASE, address TEXT NOT NULL, agent TEXT NOT NULL,
  made INTEGER NOT NULL, last INTEGER NOT NULL, ends INTEGER NOT NULL, fresh INTEGER, provider TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user, made);
CREATE TABLE key (
  name TEXT PRIMARY KEY COLLATE NOCASE, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL, account INTEGER, scopes TEXT, networks TEXT NOT NULL,
  made INTEGER NOT NULL, by TEXT NOT NULL, expires INTEGER, last INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE credential (user TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE provider (name TEXT PRIMARY KEY, value TEXT NOT NULL, sealed BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE identity (provider TEXT NOT NULL, subject TEXT NOT NULL, user TEXT COLLATE NOCASE, PRIMARY KEY (provider, subject)) STRICT, WITHOUT ROWID;
CREATE INDEX identity_user ON identity (user);
`

/** Who may not log in. Beside the users, so that it is made wherever it is missing and no format changes. */
const LOCKS = `CREATE TABLE IF NOT EXISTS locked (user TEXT PRIMARY KEY COLLATE NOCASE, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/** Opens it, making it where there is none, with `firstUsers`. Throws a Fault where its format is none of ours. */
export function openAccessDatabase(file: string, firstUsers: () => readonly FirstUser[], now: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = ON')
    inTransaction(database, () => {
      const format = formatOf(database)
      if (format === 0) make(database, firstUsers(), now)
      else if (!FORMATS.access.reads.includes(format)) throw refuseFormat('access', file, format)
      database.exec(LOCKS + SEARCH_TABLE)
    })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function make(database: DatabaseSync, users: readonly FirstUser[], now: number): void {
  database.exec(`${TABLES} ${PASSKEY_TABLES} PRAGMA user_version = ${FORMATS.access.writes}`)
  const put = database.prepare('INSERT INTO user (name, role, made, hash) VALUES (?, ?, ?, ?)')
  for (const { name, role, hash } of users) put.run(name, role, now, hash)
}

/** Of a copy from a backup: nobody is logged in by what was then. */
export function dropSessions(file: string): void {
  using database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('DELETE FROM session')
}
