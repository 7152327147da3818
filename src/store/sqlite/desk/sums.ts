// Sums of DMARC and TLS-RPT as the desk keeps them, a table in its database: a row for each report and domain, so that the same report counts
// once. Bounded: of each kind of proof the oldest go.
import type { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import type { ReportSum } from '../../../contract/sums.ts'
import type { SumsStore } from '../../../engine/ports/stores.ts'
import { inTransaction } from '../transaction.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS report_sum (
  kind TEXT NOT NULL, proved INTEGER NOT NULL, day INTEGER NOT NULL, domain TEXT NOT NULL, reporter TEXT NOT NULL, report TEXT NOT NULL,
  counts TEXT NOT NULL, PRIMARY KEY (kind, domain, day, proved, reporter, report)
) WITHOUT ROWID, STRICT`
const DAY = 86_400_000
/** Of one reporter about a domain and day: whoever has a domain of his own may report as he likes. Hourly ones of many machines fit. */
const MOST_OF_REPORTER = 100
/** What strangers make up must not push out what is proved. */
const MOST = 100_000
const MOST_LISTED = 50_000
/** Rows are counted now and then. */
const COUNT_EACH = 1000

export class SumsOnSqlite implements SumsStore {
  readonly #database: DatabaseSync
  #puts = 0

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(TABLE)
  }

  take(sums: readonly ReportSum[]): void {
    const put = this.#database.prepare('INSERT OR IGNORE INTO report_sum VALUES (?, ?, ?, ?, ?, ?, ?)')
    const known = this.#database.prepare(
      'SELECT count(*) AS count FROM report_sum WHERE kind = ? AND domain = ? AND day = ? AND proved = ? AND reporter = ?',
    )
    inTransaction(this.#database, () => {
      for (const { kind, isProved, day, domain, reporter, report, counts } of sums)
        if (Number(known.get(kind, domain, day, Number(isProved), reporter)?.['count']) < MOST_OF_REPORTER)
          put.run(kind, Number(isProved), day, domain, reporter, report, JSON.stringify(counts))
      this.#puts += sums.length
      if (this.#puts < COUNT_EACH) return
      this.#puts = 0
      this.#bound()
    })
  }

  #bound(): void {
    const count = this.#database.prepare('SELECT count(*) AS count FROM report_sum WHERE proved = ?')
    const oldest = 'SELECT day FROM report_sum WHERE proved = ?1 ORDER BY day DESC LIMIT 1 OFFSET ?2'
    for (const proved of [0, 1])
      if (Number(count.get(proved)?.['count']) > MOST)
        this.#database.prepare(`DELETE FROM report_sum WHERE proved = ?1 AND day <= (${oldest})`).run(proved, MOST)
  }

  list<Kind extends ReportSum['kind']>(kind: Kind, since: EpochMs, domain: string | null): readonly Extract<ReportSum, { kind: Kind }>[] {
    const where = domain === null ? '' : 'AND domain = ?3'
    const sql = `SELECT * FROM report_sum WHERE kind = ?1 AND day >= ?2 ${where} ORDER BY day DESC LIMIT ${MOST_LISTED}`
    const rows = this.#database.prepare(sql).all(kind, Math.floor(since / DAY), ...(domain === null ? [] : [domain]))
    return rows.map((row) => ({
      kind,
      isProved: row['proved'] === 1,
      day: Number(row['day']),
      domain: String(row['domain']),
      reporter: String(row['reporter']),
      report: String(row['report']),
      counts: JSON.parse(String(row['counts'])) as never,
    })) as unknown as readonly Extract<ReportSum, { kind: Kind }>[]
  }

  prune(before: EpochMs): void {
    this.#database.prepare('DELETE FROM report_sum WHERE day < ?').run(Math.floor(before / DAY))
  }
}
