// What the last check of each sender domain found: a table in the desk's database.
import { DatabaseSync } from 'node:sqlite'
import type { Domain, EpochMs } from '../../../base/brand.ts'
import { type DomainHealth, HEALTH_STATES, type HealthState } from '../../../contract/health.ts'
import { inTransaction } from '../transaction.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS domain_health (
  domain TEXT PRIMARY KEY, at INTEGER NOT NULL, ok INTEGER NOT NULL, wrong INTEGER NOT NULL, missing INTEGER NOT NULL,
  unknown INTEGER NOT NULL, value TEXT NOT NULL
) WITHOUT ROWID, STRICT`

export interface HealthSum extends Readonly<Record<HealthState, number>> {
  readonly at: EpochMs
}

export class DomainHealthLog implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(TABLE)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  put(health: DomainHealth): void {
    const counts = HEALTH_STATES.map((state) => health.findings.filter((finding) => finding.state === state).length)
    this.#database
      .prepare(`INSERT OR REPLACE INTO domain_health (domain, at, ${HEALTH_STATES.join(', ')}, value) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      .run(health.domain, health.at, ...counts, JSON.stringify(health))
  }

  find(domain: Domain): DomainHealth | null {
    const row = this.#database.prepare('SELECT value FROM domain_health WHERE domain = ?').get(domain)
    return row === undefined ? null : (JSON.parse(String(row['value'])) as DomainHealth)
  }

  sums(): ReadonlyMap<Domain, HealthSum> {
    const rows = this.#database.prepare('SELECT domain, at, ok, wrong, missing, unknown FROM domain_health').all()
    return new Map(
      rows.map((row) => {
        const count = (state: HealthState): number => Number(row[state])
        const sum = { at: Number(row['at']), ok: count('ok'), wrong: count('wrong'), missing: count('missing'), unknown: count('unknown') }
        return [String(row['domain']) as Domain, sum]
      }),
    )
  }

  /** Of domains that are no sender domains any more. */
  forget(domains: readonly Domain[]): void {
    inTransaction(this.#database, () => {
      const gone = this.#database.prepare('DELETE FROM domain_health WHERE domain = ?')
      for (const domain of domains) gone.run(domain)
    })
  }
}
