// Users, sessions and management keys where they outlive the process (access.db). Few and small rows that are read at each call, so that
// what was ended or removed holds at the next one; when something was last used is written in batches.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { AccountId, EpochMs, Ms } from '../../../base/brand.ts'
import type { ManagementKeyView, Role, Scope, SessionView, UserView } from '../../../contract/access.ts'
import type { AccessBook, FirstUser, FoundSession, NewManagementKey, NewSession, NewUser, UserProof } from '../../../engine/ports/access.ts'
import { PasskeyRows } from './access-passkeys.ts'
import { SearchRows } from './access-searches.ts'
import { openAccessDatabase } from './access-schema.ts'
import { ONLY_WAYS, ProviderStore } from './providers.ts'
import { openSeal, type Seal } from '../settings/sealing.ts'
import { inTransaction } from '../transaction.ts'

/** A session that is not used for so long ends. */
const IDLE: Ms = 12 * 3600_000
const MOST_SESSIONS_OF_ONE = 50
/** Of what is not there any more nobody asks. */
const MOST_CREDENTIALS = 1_000_000

type Row = Record<string, SQLOutputValue>
type Used = 'session' | 'key' | 'credential'

const USER = `SELECT *, (SELECT count(*) FROM recovery r WHERE r.user = u.name) AS recovery,
  (SELECT count(*) FROM passkey p WHERE p.user = u.name) AS passkeys,
  (SELECT at FROM locked l WHERE l.user = u.name) AS locked,
  (SELECT min(provider) FROM identity i WHERE i.user = u.name AND provider IN (${ONLY_WAYS})) AS only_by FROM user u`
const SESSION = `SELECT s.*, u.role, u.account FROM session s JOIN user u ON u.name = s.user`
const LAST = {
  session: 'UPDATE session SET last = ?2 WHERE id = ?1',
  key: 'UPDATE key SET last = ?2 WHERE name = ?1',
  credential: 'INSERT INTO credential VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)',
} as const

const num = (value: SQLOutputValue | undefined): number | null => (typeof value === 'number' ? value : null)

export class AccessStore implements AccessBook, Disposable {
  readonly passkeys: PasskeyRows
  readonly searches: SearchRows
  readonly #database: DatabaseSync
  readonly #seal: Seal
  readonly providers: ProviderStore
  readonly #used: Readonly<Record<Used, Map<string, EpochMs>>> = { session: new Map(), key: new Map(), credential: new Map() }

  constructor(database: DatabaseSync, seal: Seal) {
    this.#database = database
    this.#seal = seal
    this.passkeys = new PasskeyRows(database)
    this.searches = new SearchRows(database)
    this.providers = new ProviderStore(database, seal)
  }

  [Symbol.dispose](): void {
    if (!this.#database.isOpen) return
    this.#note()
    this.#database.close()
  }

  version(): string {
    const own = this.#one('SELECT total_changes() AS n')?.['n']
    return `${String(this.#one('PRAGMA data_version')?.['data_version'])} ${String(own)}`
  }

  users(account?: AccountId): readonly UserView[] {
    const rows = account === undefined ? this.#all(`${USER} ORDER BY name`) : this.#all(`${USER} WHERE account = ? ORDER BY name`, account)
    return rows.map(userFrom)
  }

  user(name: string): UserView | undefined {
    const row = this.#one(`${USER} WHERE name = ?`, name)
    return row && userFrom(row)
  }

  owners(): readonly string[] {
    return this.#all(`${USER} WHERE role = 'owner' AND (hash IS NOT NULL OR passkeys > 0) AND only_by IS NULL AND locked IS NULL`).map(
      (row) => String(row['name']),
    )
  }

  addUser({ name, role, account, at }: NewUser): boolean {
    return this.#run('INSERT OR IGNORE INTO user (name, role, account, made) VALUES (?, ?, ?, ?)', name, role, account, at) > 0
  }

  setRole(name: string, role: Role): void {
    this.#run('UPDATE user SET role = ? WHERE name = ?', role, name)
  }

  lock(name: string, at: EpochMs): void {
    inTransaction(this.#database, () => {
      this.#run('INSERT OR IGNORE INTO locked SELECT name, ? FROM user WHERE name = ?', at, name)
      this.#run('DELETE FROM session WHERE user = ?', name)
    })
  }

  unlock(name: string): boolean {
    return this.#run('DELETE FROM locked WHERE user = ?', name) > 0
  }

  removeUser(name: string): boolean {
    return inTransaction(this.#database, () => {
      this.#run('UPDATE identity SET user = NULL WHERE user = ?', name)
      for (const table of ['recovery', 'passkey', 'handle', 'search', 'session', 'locked'])
        this.#run(`DELETE FROM ${table} WHERE user = ?`, name)
      return this.#run('DELETE FROM user WHERE name = ?', name) > 0
    })
  }

  putLink(name: string, hash: string, until: EpochMs): void {
    this.#run('UPDATE user SET link = ?, link_until = ? WHERE name = ?', hash, until, name)
  }

  userOfLink(hash: string, now: EpochMs): string | undefined {
    const row = this.#one('SELECT name FROM user WHERE link = ? AND link_until > ?', hash, now)
    return row && String(row['name'])
  }

  setPassword(name: string, hash: string, except: string | null): void {
    inTransaction(this.#database, () => {
      this.#run('UPDATE user SET hash = ?, link = NULL, link_until = NULL WHERE name = ?', hash, name)
      this.#run('DELETE FROM session WHERE user = ? AND id IS NOT ?', name, except)
    })
  }

  rehash(name: string, hash: string): void {
    this.#run('UPDATE user SET hash = ? WHERE name = ?', hash, name)
  }

  proof(name: string): UserProof | undefined {
    const row = this.#one('SELECT name, hash, totp, totp_step FROM user WHERE name = ?', name)
    if (row === undefined) return undefined
    const own = String(row['name'])
    return {
      name: own,
      hash: row['hash'] === null ? null : String(row['hash']),
      totp: this.#opened(row['totp'], own),
      totpStep: Number(row['totp_step']),
    }
  }

  putNextTotp(name: string, secret: string): void {
    this.#run('UPDATE user SET totp_next = ? WHERE name = ?', this.#seal.seal(secret, `totp/${name}`), name)
  }

  nextTotp(name: string): string | undefined {
    const row = this.#one('SELECT name, totp_next FROM user WHERE name = ?', name)
    return this.#opened(row?.['totp_next'], String(row?.['name'])) ?? undefined
  }

  confirmTotp(name: string, step: number, recovery: readonly string[]): void {
    inTransaction(this.#database, () => {
      this.#run('UPDATE user SET totp = totp_next, totp_next = NULL, totp_step = ? WHERE name = ?', step, name)
      this.#run('DELETE FROM recovery WHERE user = ?', name)
      for (const hash of recovery) this.#run('INSERT INTO recovery VALUES (?, ?)', name, hash)
    })
  }

  takeTotpStep(name: string, step: number): boolean {
    return this.#run('UPDATE user SET totp_step = ?1 WHERE name = ?2 AND totp_step < ?1', step, name) > 0
  }

  takeRecovery(name: string, hash: string): boolean {
    return this.#run('DELETE FROM recovery WHERE user = ? AND hash = ?', name, hash) > 0
  }

  removeTotp(name: string): void {
    inTransaction(this.#database, () => {
      this.#run('UPDATE user SET totp = NULL, totp_next = NULL, totp_step = 0 WHERE name = ?', name)
      const others = 'EXISTS (SELECT 1 FROM passkey WHERE user = ?1)'
      this.#run(`DELETE FROM recovery WHERE user = ?1 AND NOT ${others}`, name)
    })
  }

  removeFactors(name: string): void {
    inTransaction(this.#database, () => {
      this.#run('UPDATE user SET totp = NULL, totp_next = NULL, totp_step = 0 WHERE name = ?', name)
      for (const table of ['recovery', 'passkey']) this.#run(`DELETE FROM ${table} WHERE user = ?`, name)
    })
  }

  addSession({ hash, user, address, agent, at, ends, fresh, provider }: NewSession): string {
    const id = randomBytes(8).toString('hex')
    inTransaction(this.#database, () => {
      this.#run('DELETE FROM session WHERE ends <= ? OR last <= ?', at, at - IDLE)
      this.#run(
        'INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        id,
        hash,
        user,
        address,
        agent,
        at,
        at,
        ends,
        fresh,
        provider ?? null,
      )
      const kept = 'SELECT id FROM session WHERE user = ?1 ORDER BY made DESC, id = ?2 DESC LIMIT ?3'
      this.#run(`DELETE FROM session WHERE user = ?1 AND id NOT IN (${kept})`, user, id, MOST_SESSIONS_OF_ONE)
      this.#run('UPDATE user SET last = ? WHERE name = ?', at, user)
    })
    return id
  }

  session(hash: string, now: EpochMs): FoundSession | undefined {
    const row = this.#one(`${SESSION} WHERE s.hash = ? AND s.ends > ?`, hash, now)
    if (row === undefined) return undefined
    const found = { ...this.#sessionFrom(row), fresh: num(row['fresh']), role: row['role'] as Role }
    return found.lastUse > now - IDLE ? found : undefined
  }

  sessions({ id, user, account }: Parameters<AccessBook['sessions']>[0], now: EpochMs): readonly SessionView[] {
    const chosen = '(?2 IS NULL OR s.user = ?2) AND (?3 IS NULL OR u.account = ?3) AND (?4 IS NULL OR s.id = ?4)'
    const sql = `${SESSION} WHERE s.ends > ?1 AND ${chosen} ORDER BY s.made DESC, s.id`
    const rows = this.#all(sql, now, user ?? null, account ?? null, id ?? null)
    return rows.map((row) => this.#sessionFrom(row)).filter(({ lastUse }) => lastUse > now - IDLE)
  }

  setFresh(id: string, at: EpochMs): void {
    this.#run('UPDATE session SET fresh = ? WHERE id = ?', at, id)
  }

  endSessions({ id, user, account, except }: Parameters<AccessBook['endSessions']>[0]): number {
    const sql = `DELETE FROM session WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR user = ?2) AND id IS NOT ?4
      AND (?3 IS NULL OR user IN (SELECT name FROM user WHERE account = ?3))`
    return this.#run(sql, id ?? null, user ?? null, account ?? null, except ?? null)
  }

  keys(account?: AccountId): readonly ManagementKeyView[] {
    const rows = this.#all('SELECT * FROM key WHERE ?1 IS NULL OR account = ?1 ORDER BY name', account ?? null)
    return rows.map((row) => this.#keyFrom(row))
  }

  key(name: string): ManagementKeyView | undefined {
    const row = this.#one('SELECT * FROM key WHERE name = ?', name)
    return row && this.#keyFrom(row)
  }

  keyOf(hash: string): ManagementKeyView | undefined {
    const row = this.#one('SELECT * FROM key WHERE hash = ?', hash)
    return row && this.#keyFrom(row)
  }

  addKey({ name, hash, role, account, scopes, networks, madeAt, madeBy, expiresAt }: NewManagementKey): boolean {
    const said = scopes === null ? null : JSON.stringify(scopes)
    const values = [name, hash, role, account, said, JSON.stringify(networks), madeAt, madeBy, expiresAt]
    return this.#run('INSERT OR IGNORE INTO key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)', ...values) > 0
  }

  removeKey(name: string): boolean {
    return this.#run('DELETE FROM key WHERE name = ?', name) > 0
  }

  used(what: Used, name: string, at: EpochMs): void {
    this.#used[what].set(name, Math.max(at, this.#used[what].get(name) ?? 0))
  }

  lastUses(user?: string): ReadonlyMap<string, EpochMs> {
    const rows = this.#all('SELECT user, last FROM credential WHERE ?1 IS NULL OR user = ?1', user ?? null)
    const noted = rows.map((row) => [String(row['user']), Number(row['last'])] as const)
    return new Map([...noted, ...this.#used.credential])
  }

  flush(): void {
    this.#note()
  }

  #note(): void {
    const kinds = Object.entries(this.#used) as [Used, Map<string, EpochMs>][]
    if (kinds.every(([, uses]) => uses.size === 0)) return
    inTransaction(this.#database, () => {
      for (const [what, uses] of kinds) for (const [name, at] of uses) this.#run(LAST[what], name, at)
      this.#run('DELETE FROM credential WHERE user IN (SELECT user FROM credential ORDER BY last DESC LIMIT -1 OFFSET ?)', MOST_CREDENTIALS)
    })
    for (const [, uses] of kinds) uses.clear()
  }

  #sessionFrom(row: Row): SessionView {
    const id = String(row['id'])
    return {
      id,
      user: String(row['user']),
      account: num(row['account']) as AccountId | null,
      address: String(row['address']),
      agent: String(row['agent']),
      madeAt: Number(row['made']),
      lastUse: this.#used.session.get(id) ?? Number(row['last']),
      endsAt: Number(row['ends']),
    }
  }

  #keyFrom(row: Row): ManagementKeyView {
    const name = String(row['name'])
    return {
      name,
      role: row['role'] as Role,
      account: num(row['account']) as AccountId | null,
      scopes: row['scopes'] === null ? null : (JSON.parse(String(row['scopes'])) as Scope[]),
      networks: JSON.parse(String(row['networks'])) as string[],
      madeAt: Number(row['made']),
      madeBy: String(row['by']),
      expiresAt: num(row['expires']),
      lastUse: this.#used.key.get(name) ?? num(row['last']),
    }
  }

  #opened(sealed: SQLOutputValue | undefined, name: string): string | null {
    return sealed instanceof Uint8Array ? this.#seal.open(sealed, `totp/${name}`) : null
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values)
  }

  #one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes)
  }
}

function userFrom(row: Row): UserView {
  return {
    name: String(row['name']),
    role: row['role'] as Role,
    account: num(row['account']) as AccountId | null,
    madeAt: Number(row['made']),
    lastLogin: num(row['last']),
    hasPassword: row['hash'] !== null,
    hasTotp: row['totp'] !== null,
    passkeys: Number(row['passkeys']),
    recoveryCodes: Number(row['recovery']),
    linkUntil: num(row['link_until']),
    lockedAt: num(row['locked']),
    onlyBy: typeof row['only_by'] === 'string' ? row['only_by'] : null,
  }
}

export interface AccessFiles {
  readonly file: string
  readonly keyFile: string
  /** Where there is no access.db yet. */
  readonly firstUsers: () => readonly FirstUser[]
}

export function openAccess({ file, keyFile, firstUsers }: AccessFiles, now: EpochMs): AccessStore {
  return new AccessStore(openAccessDatabase(file, firstUsers, now), openSeal(keyFile))
}
