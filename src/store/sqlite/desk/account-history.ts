// What the brakes remember of accounts over restarts, two tables in the desk's database: their days, and the networks of their logins.
// Bounded: what is older than it counts goes.
import { DatabaseSync } from 'node:sqlite'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import type { AccountDay } from '../../../policy/brakes/days.ts'
import type { KnownNetwork } from '../../../policy/brakes/networks.ts'
import { inTransaction } from '../transaction.ts'

const TABLES = `CREATE TABLE IF NOT EXISTS account_day (
  account INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL, accepted INTEGER NOT NULL, most INTEGER NOT NULL,
  delivered INTEGER NOT NULL, complaints INTEGER NOT NULL, PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account_network (
  account INTEGER NOT NULL, network TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (account, network)
) STRICT, WITHOUT ROWID`
const DAY = 86_400_000
const KEPT_DAYS = 15
const KEPT_NETWORKS = 180 * DAY
const PUT_DAY = `INSERT INTO account_day VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET hour = excluded.hour,
  accepted = excluded.accepted, most = excluded.most, delivered = excluded.delivered, complaints = excluded.complaints`
const PUT_NETWORK = 'INSERT INTO account_network VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seen = excluded.seen'

export class AccountHistory implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(`PRAGMA synchronous = FULL; ${TABLES}`)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  days(now: EpochMs): readonly AccountDay[] {
    const rows = this.#database.prepare('SELECT * FROM account_day WHERE day >= ?').all(Math.floor(now / DAY) - KEPT_DAYS)
    return rows as unknown as readonly AccountDay[]
  }

  networks(now: EpochMs): readonly KnownNetwork[] {
    const rows = this.#database.prepare('SELECT account, network, seen FROM account_network WHERE seen >= ?').all(now - KEPT_NETWORKS)
    return rows.map((row) => ({ account: Number(row['account']) as AccountId, network: String(row['network']), seen: Number(row['seen']) }))
  }

  save(days: readonly AccountDay[], networks: readonly KnownNetwork[], now: EpochMs): void {
    const putDay = this.#database.prepare(PUT_DAY)
    const putNetwork = this.#database.prepare(PUT_NETWORK)
    inTransaction(this.#database, () => {
      for (const { account, day, hour, accepted, most, delivered, complaints } of days)
        putDay.run(account, day, hour, accepted, most, delivered, complaints)
      for (const { account, network, seen } of networks) putNetwork.run(account, network, seen)
      this.#database.prepare('DELETE FROM account_day WHERE day < ?').run(Math.floor(now / DAY) - KEPT_DAYS)
      this.#database.prepare('DELETE FROM account_network WHERE seen < ?').run(now - KEPT_NETWORKS)
    })
  }
}
