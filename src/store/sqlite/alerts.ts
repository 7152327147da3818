// Delivery Alerts as the desk keeps them, a table in its database: what was told, and what of it is still to be mailed or posted. Bounded:
// the oldest go.
import { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../base/brand.ts'
import type { AlertContent, AlertWay, DeliveryAlert } from '../../contract/alerts.ts'
import { inTransaction } from './transaction.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, value TEXT NOT NULL,
  mail TEXT NOT NULL, hook TEXT NOT NULL, tries INTEGER NOT NULL, next INTEGER NOT NULL
) STRICT`
const MOST_KEPT = 10_000
/** Beyond so many that wait to be posted the oldest are given up. */
const MOST_WAITING = 1000
const ROW = 'SELECT id, value, mail, hook, tries FROM alert'

export interface NewAlert extends AlertContent {
  /** Of its own: the same again is no other. */
  readonly source: string
  readonly mail: AlertWay
  readonly webhook: AlertWay
}

/** One to be posted, and how often that failed. */
export interface WaitingAlert extends DeliveryAlert {
  readonly tries: number
}

export class AlertLog implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(`PRAGMA synchronous = FULL; ${TABLE}`)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  add(alerts: readonly NewAlert[]): void {
    const put = this.#database.prepare('INSERT OR IGNORE INTO alert (source, value, mail, hook, tries, next) VALUES (?, ?, ?, ?, 0, 0)')
    inTransaction(this.#database, () => {
      for (const { source, mail, webhook, ...content } of alerts) put.run(source, JSON.stringify(content), mail, webhook)
      this.#database.prepare('DELETE FROM alert WHERE id <= (SELECT max(id) FROM alert) - ?').run(MOST_KEPT)
      const oldest = "SELECT id FROM alert WHERE hook = 'waits' ORDER BY id DESC LIMIT 1 OFFSET ?"
      this.#database.prepare(`UPDATE alert SET hook = 'lost' WHERE hook = 'waits' AND id <= (${oldest})`).run(MOST_WAITING)
    })
  }

  /** Newest first. */
  list(limit: number): readonly DeliveryAlert[] {
    return this.#database.prepare(`${ROW} ORDER BY id DESC LIMIT ?`).all(limit).map(alertOf)
  }

  /** Those that are to be mailed, oldest first, and how many there are. */
  unmailed(limit: number): { readonly alerts: readonly DeliveryAlert[]; readonly count: number } {
    const alerts = this.#database.prepare(`${ROW} WHERE mail = 'waits' ORDER BY id LIMIT ?`).all(limit).map(alertOf)
    const count = Number(this.#database.prepare("SELECT count(*) AS count FROM alert WHERE mail = 'waits'").get()?.['count'])
    return { alerts, count }
  }

  /** All that waited when `upTo` was the newest. */
  mailed(upTo: number): void {
    this.#database.prepare("UPDATE alert SET mail = 'sent' WHERE mail = 'waits' AND id <= ?").run(upTo)
  }

  /** The newest that waits to be mailed; 0: none does. */
  newestUnmailed(): number {
    return Number(this.#database.prepare("SELECT coalesce(max(id), 0) AS id FROM alert WHERE mail = 'waits'").get()?.['id'])
  }

  /** The next to be posted now; undefined: none is. */
  unposted(now: EpochMs): WaitingAlert | undefined {
    const row = this.#database.prepare(`${ROW} WHERE hook = 'waits' AND next <= ? ORDER BY id LIMIT 1`).get(now)
    return row === undefined ? undefined : { ...alertOf(row), tries: Number(row['tries']) }
  }

  posted(id: number): void {
    this.#database.prepare("UPDATE alert SET hook = 'sent' WHERE id = ?").run(id)
  }

  /** `next` null: it is given up. */
  notPosted(id: number, next: EpochMs | null): void {
    if (next === null) this.#database.prepare("UPDATE alert SET hook = 'lost' WHERE id = ?").run(id)
    else this.#database.prepare('UPDATE alert SET tries = tries + 1, next = ? WHERE id = ?').run(next, id)
  }
}

function alertOf(row: Record<string, unknown>): DeliveryAlert {
  const content = JSON.parse(String(row['value'])) as AlertContent
  return { id: Number(row['id']), ...content, mail: String(row['mail']) as AlertWay, webhook: String(row['hook']) as AlertWay }
}
