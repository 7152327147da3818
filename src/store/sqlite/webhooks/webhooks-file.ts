// webhooks.db: how far events were told to each endpoint and each replay, what was set aside, how endpoints are, and what was tried lately.
// Events themselves are not in it, nor addresses: it points into the event store. One thread of the desk writes it; on a home at rest `hms`.
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { WebhookAttempt, WebhookHealth, WebhookReplay } from '../../../contract/webhooks.ts'
import type { AttemptsAsked, NewReplay } from '../../../engine/ports/webhooks.ts'
import { refuseFormat } from '../faults.ts'
import { inTransaction } from '../transaction.ts'

/**
 * `stream`: 0 for what happens, else the number of a replay. `cuts`: where posts that are on their way end, so that each has the same events when it
 * is made anew. `refs` of what is set aside: number, time and message of each event.
 */
const TABLES = `
CREATE TABLE endpoint (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, took INTEGER, failed INTEGER, reason TEXT NOT NULL, failing INTEGER,
  told INTEGER NOT NULL, given_up INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE position (
  endpoint TEXT NOT NULL, stream INTEGER NOT NULL, shard INTEGER NOT NULL, after INTEGER NOT NULL, cuts TEXT NOT NULL,
  PRIMARY KEY (endpoint, stream, shard)
) STRICT, WITHOUT ROWID;
CREATE TABLE aside (
  n INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, stream INTEGER NOT NULL, refs TEXT NOT NULL, tries INTEGER NOT NULL,
  since INTEGER NOT NULL, due INTEGER NOT NULL
) STRICT;
CREATE INDEX aside_endpoint ON aside (endpoint, n);
CREATE TABLE attempt (
  n INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, at INTEGER NOT NULL, post TEXT NOT NULL, events INTEGER NOT NULL,
  attempt INTEGER NOT NULL, status INTEGER, ok INTEGER NOT NULL, took INTEGER NOT NULL, answer TEXT NOT NULL, replay INTEGER
) STRICT;
CREATE INDEX attempt_endpoint ON attempt (endpoint, ok, n);
CREATE TABLE replay (
  n INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, kinds TEXT, state TEXT NOT NULL,
  told INTEGER NOT NULL, given_up INTEGER NOT NULL, reached INTEGER, by TEXT NOT NULL, at INTEGER NOT NULL, ended INTEGER
) STRICT;
CREATE INDEX replay_endpoint ON replay (endpoint, n);
`
/** Attempts that are kept of each endpoint: of those that failed, and of those that did not. */
export const MOST_ATTEMPTS = 1000
/** Replays that are over, of each endpoint. */
const MOST_REPLAYS = 100

type Row = Record<string, SQLOutputValue>

/** What is kept of an endpoint; `failing`: since when it took nothing, though it was tried. */
export interface EndpointState extends Pick<WebhookHealth, 'since' | 'tookAt' | 'failure' | 'told' | 'givenUp'> {
  readonly state: 'new' | 'well' | 'failing' | 'dead' | 'gone'
  readonly failing: EpochMs | null
}

/** Of one shard. `cuts` ascending, above `after`. */
export interface StreamPosition {
  readonly after: number
  readonly cuts: readonly number[]
}

/** An event that is somewhere else. */
export interface EventRef {
  readonly id: string
  readonly at: EpochMs
  readonly message: string
}

export interface AsidePost {
  readonly n: number
  readonly stream: number
  readonly refs: readonly EventRef[]
  readonly tries: number
  readonly since: EpochMs
  readonly due: EpochMs
}

const nullable = (value: SQLOutputValue | undefined): number | null => (value === null || value === undefined ? null : Number(value))

export class WebhooksFile implements Disposable {
  readonly #database: DatabaseSync
  /** By their text: as many as are written in this file. */
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    try {
      // What a power cut takes of the last moment is told again, under the same ids.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216')
      inTransaction(this.#database, () => this.#make(file))
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  #make(file: string): void {
    const format = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (format === 0) this.#database.exec(`${TABLES} PRAGMA user_version = ${FORMATS.webhooks.writes}`)
    else if (!FORMATS.webhooks.reads.includes(format)) throw refuseFormat('webhooks', file, format)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** All of it or nothing. */
  together<T>(work: () => T): T {
    return inTransaction(this.#database, work)
  }

  endpoints(): ReadonlyMap<string, EndpointState> {
    return new Map(this.#rows('SELECT * FROM endpoint').map((row) => [String(row['id']), stateOf(row)]))
  }

  endpoint(id: string): EndpointState | undefined {
    const [row] = this.#rows('SELECT * FROM endpoint WHERE id = ?', id)
    return row && stateOf(row)
  }

  putEndpoint(id: string, { state, since, tookAt, failure, failing, told, givenUp }: EndpointState): void {
    const values = [id, state, since, tookAt, failure?.at ?? null, failure?.reason ?? '', failing, told, givenUp]
    this.#run('INSERT OR REPLACE INTO endpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', ...values)
  }

  /** What is known of an endpoint that is there no more. */
  forget(id: string): void {
    this.together(() => {
      this.#run('DELETE FROM endpoint WHERE id = ?', id)
      for (const table of ['position', 'aside', 'attempt', 'replay']) this.#run(`DELETE FROM ${table} WHERE endpoint = ?`, id)
    })
  }

  positions(id: string, stream: number): Map<number, StreamPosition> {
    const rows = this.#rows('SELECT shard, after, cuts FROM position WHERE endpoint = ? AND stream = ?', id, stream)
    return new Map(
      rows.map((row) => [
        Number(row['shard']),
        { after: Number(row['after']), cuts: JSON.parse(String(row['cuts'])) as readonly number[] },
      ]),
    )
  }

  putPosition(id: string, stream: number, shard: number, { after, cuts }: StreamPosition): void {
    this.#run('INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?)', id, stream, shard, after, JSON.stringify(cuts))
  }

  /** Of all shards, in place of what there was. */
  setPositions(id: string, stream: number, position: ReadonlyMap<number, number>): void {
    this.#run('DELETE FROM position WHERE endpoint = ? AND stream = ?', id, stream)
    for (const [shard, after] of position) this.putPosition(id, stream, shard, { after, cuts: [] })
  }

  /** The oldest first. */
  aside(id: string): readonly AsidePost[] {
    return this.#rows('SELECT * FROM aside WHERE endpoint = ? ORDER BY n', id).map((row) => ({
      n: Number(row['n']),
      stream: Number(row['stream']),
      refs: (JSON.parse(String(row['refs'])) as [string, EpochMs, string][]).map(([event, at, message]) => ({ id: event, at, message })),
      tries: Number(row['tries']),
      since: Number(row['since']),
      due: Number(row['due']),
    }))
  }

  addAside(id: string, { stream, refs, tries, since, due }: Omit<AsidePost, 'n'>): number {
    const events = JSON.stringify(refs.map((ref) => [ref.id, ref.at, ref.message]))
    const sql = 'INSERT INTO aside (endpoint, stream, refs, tries, since, due) VALUES (?, ?, ?, ?, ?, ?)'
    return Number(this.#run(sql, id, stream, events, tries, since, due))
  }

  putOffAside(n: number, tries: number, due: EpochMs): void {
    this.#run('UPDATE aside SET tries = ?, due = ? WHERE n = ?', tries, due, n)
  }

  removeAside(n: number): void {
    this.#run('DELETE FROM aside WHERE n = ?', n)
  }

  dropAside(id: string): void {
    this.#run('DELETE FROM aside WHERE endpoint = ?', id)
  }

  addAttempt(id: string, { at, post, events, attempt, status, ok, took, answer, replay }: Omit<WebhookAttempt, 'n'>): void {
    const values = [id, at, post, events, attempt, status, ok ? 1 : 0, took, answer, replay]
    this.#run(
      `INSERT INTO attempt (endpoint, at, post, events, attempt, status, ok, took, answer, replay) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...values,
    )
  }

  attempts(id: string, { failed, posts, after, limit }: AttemptsAsked): readonly WebhookAttempt[] {
    const sql = `SELECT * FROM attempt WHERE endpoint = ?1 AND ok <= ?2 AND n < ?3
      AND (?5 IS NULL OR post IN (SELECT value FROM json_each(?5))) ORDER BY n DESC LIMIT ?4`
    const wanted = posts === undefined ? null : JSON.stringify(posts)
    return this.#rows(sql, id, failed ? 0 : 1, after ?? Number.MAX_SAFE_INTEGER, limit, wanted).map((row) => ({
      n: Number(row['n']),
      at: Number(row['at']),
      post: String(row['post']),
      events: Number(row['events']),
      attempt: Number(row['attempt']),
      status: nullable(row['status']),
      ok: row['ok'] === 1,
      took: Number(row['took']),
      answer: String(row['answer']),
      replay: nullable(row['replay']),
    }))
  }

  /** What is too old or too many. */
  prune(before: EpochMs): void {
    this.together(() => {
      this.#run('DELETE FROM attempt WHERE at < ?', before)
      const over = `DELETE FROM attempt WHERE endpoint = ? AND ok = ? AND n <= (
        SELECT n FROM attempt WHERE endpoint = ? AND ok = ? ORDER BY n DESC LIMIT 1 OFFSET ${MOST_ATTEMPTS})`
      for (const row of this.#rows('SELECT DISTINCT endpoint FROM attempt'))
        for (const ok of [0, 1]) this.#run(over, String(row['endpoint']), ok, String(row['endpoint']), ok)
      this.#run(`DELETE FROM replay WHERE state <> 'running' AND n <= (
        SELECT n FROM replay AS other WHERE other.endpoint = replay.endpoint ORDER BY n DESC LIMIT 1 OFFSET ${MOST_REPLAYS})`)
    })
  }

  addReplay(id: string, { from, to, kinds, by, at }: NewReplay): WebhookReplay {
    const sql = `INSERT INTO replay (endpoint, first, last, kinds, state, told, given_up, by, at) VALUES (?, ?, ?, ?, 'running', 0, 0, ?, ?)`
    const n = Number(this.#run(sql, id, from, to, kinds === null ? null : JSON.stringify(kinds), by, at))
    return { n, from, to, kinds, state: 'running', told: 0, givenUp: 0, reached: null, by, at, ended: null }
  }

  /** How many of its replays run, and how many were begun since then. */
  countReplays(id: string, since: EpochMs): { readonly running: number; readonly begun: number } {
    const sql =
      "SELECT count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE at > ?) AS begun FROM replay WHERE endpoint = ?"
    const [row] = this.#rows(sql, since, id)
    return { running: Number(row?.['running']), begun: Number(row?.['begun']) }
  }

  /** Newest first. */
  replays(id: string): readonly WebhookReplay[] {
    return this.#rows('SELECT * FROM replay WHERE endpoint = ? ORDER BY n DESC', id).map(replayOf)
  }

  putReplay({ n, state, told, givenUp, reached, ended }: WebhookReplay): void {
    const sql = 'UPDATE replay SET state = ?, told = ?, given_up = ?, reached = ?, ended = ? WHERE n = ?'
    this.#run(sql, state, told, givenUp, reached, ended, n)
  }

  /** False: it does not run. */
  endReplay(id: string, n: number, state: 'done' | 'cancelled' | 'failed', at: EpochMs): boolean {
    const running = this.replays(id).find((one) => one.n === n && one.state === 'running')
    if (running === undefined) return false
    this.together(() => {
      this.putReplay({ ...running, state, ended: at })
      this.#run('DELETE FROM position WHERE endpoint = ? AND stream = ?', id, n)
      this.#run('DELETE FROM aside WHERE endpoint = ? AND stream = ?', id, n)
    })
    return true
  }

  #rows(sql: string, ...values: (string | number | null)[]): readonly Row[] {
    return this.#prepared(sql).all(...values)
  }

  #run(sql: string, ...values: (string | number | null)[]): number | bigint {
    return this.#prepared(sql).run(...values).lastInsertRowid
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

function stateOf(row: Row): EndpointState {
  const failed = nullable(row['failed'])
  return {
    state: String(row['state']) as EndpointState['state'],
    since: Number(row['since']),
    tookAt: nullable(row['took']),
    failure: failed === null ? null : { at: failed, reason: String(row['reason']) },
    failing: nullable(row['failing']),
    told: Number(row['told']),
    givenUp: Number(row['given_up']),
  }
}

function replayOf(row: Row): WebhookReplay {
  const kinds = row['kinds']
  return {
    n: Number(row['n']),
    from: Number(row['first']),
    to: Number(row['last']),
    kinds: typeof kinds === 'string' ? (JSON.parse(kinds) as WebhookReplay['kinds']) : null,
    state: String(row['state']) as WebhookReplay['state'],
    told: Number(row['told']),
    givenUp: Number(row['given_up']),
    reached: nullable(row['reached']),
    by: String(row['by']),
    at: Number(row['at']),
    ended: nullable(row['ended']),
  }
}
