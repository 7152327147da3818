// How much mail of each account large providers took by day and how many complaints they reported, and rates of theirs that somebody imported:
// two tables in the desk's database.
import { DatabaseSync } from 'node:sqlite'
import type { AccountId, Domain } from '../../../base/brand.ts'
import type { HealthProvider } from '../../../contract/health.ts'
import type { ComplaintCounts } from '../../../policy/health/complaints.ts'
import type { DayRate } from '../../../policy/health/postmaster-csv.ts'
import { inTransaction } from '../transaction.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS complaint_day (
  day INTEGER NOT NULL, account INTEGER NOT NULL, provider TEXT NOT NULL, delivered INTEGER NOT NULL, complaints INTEGER NOT NULL,
  PRIMARY KEY (day, account, provider)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS complaint_rate (
  domain TEXT NOT NULL, provider TEXT NOT NULL, day TEXT NOT NULL, rate REAL NOT NULL, PRIMARY KEY (domain, provider, day)
) WITHOUT ROWID, STRICT`
const ADD = `INSERT INTO complaint_day VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET delivered = delivered + excluded.delivered, complaints = complaints + excluded.complaints`

/** `day`: its number since 1970 (UTC). */
export interface AccountCounts extends ComplaintCounts {
  readonly account: AccountId
  readonly provider: HealthProvider
}

export class ComplaintLog implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(TABLES)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** Adds to a day; what is of days before `from` goes. */
  add(counts: readonly (AccountCounts & { readonly day: number })[], from: number): void {
    inTransaction(this.#database, () => {
      const add = this.#database.prepare(ADD)
      for (const { day, account, provider, delivered, complaints } of counts) add.run(day, account, provider, delivered, complaints)
      this.#database.prepare('DELETE FROM complaint_day WHERE day < ?').run(from)
    })
  }

  /** Since that day; of one account, or of all. */
  sums(from: number, account: AccountId | null): readonly AccountCounts[] {
    const sql = `SELECT account, provider, sum(delivered) AS delivered, sum(complaints) AS complaints FROM complaint_day
      WHERE day >= ?1 AND (?2 IS NULL OR account = ?2) GROUP BY account, provider ORDER BY account, provider`
    return this.#database
      .prepare(sql)
      .all(from, account)
      .map((row) => ({
        account: Number(row['account']) as AccountId,
        provider: String(row['provider']) as HealthProvider,
        delivered: Number(row['delivered']),
        complaints: Number(row['complaints']),
      }))
  }

  /** In place of those of the same days; what is of days before `from` goes. */
  putRates(domain: Domain, provider: HealthProvider, rates: readonly DayRate[], from: string): void {
    inTransaction(this.#database, () => {
      const put = this.#database.prepare('INSERT OR REPLACE INTO complaint_rate VALUES (?, ?, ?, ?)')
      for (const { day, rate } of rates) put.run(domain, provider, day, rate)
      this.#database.prepare('DELETE FROM complaint_rate WHERE day < ?').run(from)
    })
  }

  /** The worst since that day by domain and provider. */
  worst(from: string): readonly { readonly domain: Domain; readonly provider: HealthProvider; readonly rate: number }[] {
    return this.#database
      .prepare('SELECT domain, provider, max(rate) AS rate FROM complaint_rate WHERE day >= ? GROUP BY domain, provider')
      .all(from)
      .map((row) => ({
        domain: String(row['domain']) as Domain,
        provider: String(row['provider']) as HealthProvider,
        rate: Number(row['rate']),
      }))
  }
}
