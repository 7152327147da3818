// The audit in the settings database: a line a change, as every version keeps them, and beside it who asked by which way and how the thing was
// before and after. Programs of 1.0.0 know the lines alone, so that a line may have nothing beside it. Bounded by age and by octets.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import type { Actor, Via } from '../../../contract/actor.ts'
import type { AuditFilter, AuditPage, AuditRecord } from '../../../contract/audit.ts'
import type { AuditCall, AuditLine, AuditStates } from '../../../engine/ports/stores.ts'
import { pruneShares, RECORD_OCTETS } from './audit-shares.ts'

/** `upto`: octets of this one and of all before it. `at`: of the line that it belongs to. */
export const AUDIT_DETAIL = `CREATE TABLE IF NOT EXISTS audit_detail (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  upto INTEGER NOT NULL,
  via TEXT NOT NULL,
  address TEXT,
  operation TEXT,
  account INTEGER,
  before TEXT,
  after TEXT
);`

/** Lines that one question looks through, and one tidying removes: the desk answers others meanwhile. */
const LOOKED_THROUGH = 20_000
const REMOVED_AT_ONCE = 5000
const DAY = 86_400_000

interface Line extends AuditLine {
  readonly id: number
  readonly via: Via | null
  readonly address: string | null
  readonly operation: string | null
  readonly account: number | null
}

const LINES = `SELECT audit.id, audit.at, by, action, subject, via, address, operation, account
  FROM audit LEFT JOIN audit_detail d ON d.id = audit.id AND d.at = audit.at WHERE audit.id < ? ORDER BY audit.id DESC`

export class AuditBook {
  readonly #database: DatabaseSync
  /** What there was when it was last looked through, and what had been written by then. */
  #counted: { readonly octets: number; readonly upTo: number } | null = null

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Within a transaction. */
  write(line: AuditLine, states: AuditStates, call: AuditCall | null): void {
    const { at, by, action, subject } = line
    const sql = 'INSERT INTO audit (at, by, action, subject) VALUES (?, ?, ?, ?)'
    const id = Number(this.#database.prepare(sql).run(at, by, action, subject).lastInsertRowid)
    this.#detail(id, line, states, call)
    call?.wrote(id, states.before !== undefined || states.after !== undefined)
  }

  /** Within a transaction: what a line of this call did not say. */
  complete(id: number, states: AuditStates, call: AuditCall): void {
    const line = this.#database.prepare('SELECT at, by, action, subject FROM audit WHERE id = ?').get(id) as AuditLine | undefined
    if (line !== undefined) this.#detail(id, line, states, call)
  }

  #detail(id: number, { at, by, subject }: AuditLine, { account, before, after }: AuditStates, call: AuditCall | null): void {
    const actor = call?.actor ?? actorOf(by)
    const [was, is] = [before, after].map((state) => (state === undefined || state === null ? null : JSON.stringify(state)))
    const last = this.#database.prepare('SELECT upto FROM audit_detail WHERE id <> ? ORDER BY id DESC LIMIT 1').get(id)
    const octets = RECORD_OCTETS + Buffer.byteLength(`${subject}${was ?? ''}${is ?? ''}`)
    this.#database
      .prepare('INSERT OR REPLACE INTO audit_detail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        id,
        at,
        Number(last?.['upto'] ?? 0) + octets,
        actor.via,
        actor.address,
        call?.operation ?? null,
        account ?? null,
        was ?? null,
        is ?? null,
      )
  }

  find({ after = Number.MAX_SAFE_INTEGER, limit = 100, ...filter }: AuditFilter & { after?: number; limit?: number }): AuditPage {
    const records: AuditRecord[] = []
    let [looked, last] = [0, 0]
    for (const row of this.#database.prepare(LINES).iterate(after)) {
      const line = row as unknown as Line
      // Older ones do not come: a clock that was set back is a day off at most.
      if (filter.since !== undefined && line.at < filter.since - DAY) return { records, next: null }
      last = line.id
      if (matches(line, filter)) records.push(this.#record(line))
      if (records.length >= limit || ++looked >= LOOKED_THROUGH) return { records, next: last }
    }
    return { records, next: null }
  }

  #record({ via, account, ...line }: Line): AuditRecord {
    const known = via === null ? undefined : this.#database.prepare('SELECT before, after FROM audit_detail WHERE id = ?').get(line.id)
    const state = (name: string): unknown => (typeof known?.[name] === 'string' ? JSON.parse(known[name]) : null)
    return {
      ...line,
      via: via ?? actorOf(line.by).via,
      account: account as AccountId | null,
      before: state('before'),
      after: state('after'),
    }
  }

  /** Within a transaction: removes what is older, and of what is too much the oldest of those who have the most. Of very many a part: the rest at the next call. */
  prune(olderThan: EpochMs, mostOctets: number): void {
    const oldest = `SELECT max(id) AS id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ${REMOVED_AT_ONCE}) WHERE at < ?`
    const cut = Number(this.#database.prepare(oldest).get(olderThan)?.['id'] ?? 0)
    if (cut > 0) for (const table of ['audit', 'audit_detail']) this.#database.prepare(`DELETE FROM ${table} WHERE id <= ?`).run(cut)
    const written = this.#upTo('DESC')
    const known = this.#counted ?? { octets: 0, upTo: this.#upTo('ASC') }
    // All is looked through only where it may be too much.
    if (known.octets + written - known.upTo <= mostOctets) return
    this.#counted = { octets: pruneShares(this.#database, mostOctets), upTo: written }
  }

  /** Octets of all that was written up to the first record that is there, or the last. */
  #upTo(order: 'ASC' | 'DESC'): number {
    return Number(this.#database.prepare(`SELECT upto FROM audit_detail ORDER BY id ${order} LIMIT 1`).get()?.['upto'] ?? 0)
  }
}

function matches(line: Line, { who, action, subject, account, operation, since, until }: AuditFilter): boolean {
  return (
    (who === undefined || line.by.includes(who)) &&
    (action === undefined || line.action.startsWith(action)) &&
    (subject === undefined || line.subject.includes(subject)) &&
    (account === undefined || line.account === account) &&
    (operation === undefined || line.operation === operation) &&
    (since === undefined || line.at >= since) &&
    (until === undefined || line.at < until)
  )
}

/** Of those who do not say which way they came: commands on a home name themselves so. */
function actorOf(by: string): Pick<Actor, 'via' | 'address'> {
  return { via: by.startsWith('hms (') ? 'hms' : 'itself', address: null }
}
