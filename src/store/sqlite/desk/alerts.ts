// Delivery Alerts as the desk keeps them, tables in its database: what was told, what of it is still to leave and by which way, and the
// alarms that stand behind it. Bounded: the oldest go.
import { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../../base/brand.ts'
import type { AlertContent, AlertWay, DeliveryAlert } from '../../../contract/alerts.ts'
import { inTransaction } from '../transaction.ts'

/** `mail`, and in `hook`, `tries` and `next` the webhook; ways that came later have a row each in `alert_way`. */
const TABLES = `CREATE TABLE IF NOT EXISTS alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, value TEXT NOT NULL,
  mail TEXT NOT NULL, hook TEXT NOT NULL, tries INTEGER NOT NULL, next INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS alert_way (
  way TEXT NOT NULL, id INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (way, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarm (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID`
const MOST_KEPT = 10_000
/** Beyond so many that wait for a way the oldest are given up. */
const MOST_WAITING = 1000
const WAY_OF = "coalesce((SELECT state FROM alert_way WHERE alert_way.id = alert.id AND way = '%'), 'none')"
const LISTED = `SELECT id, source, value, mail, hook, ${WAY_OF.replace('%', 'syslog')} AS syslog, ${WAY_OF.replace('%', 'smtp')} AS smtp FROM alert`

/** Ways that have one exchange an alert, or a few for all. */
export type TriedWay = 'webhook' | 'syslog' | 'smtp'

export interface NewAlert extends AlertContent {
  /** Of its own: the same again is no other. */
  readonly source: string
  readonly mail: AlertWay
  readonly webhook: AlertWay
  readonly syslog?: AlertWay
  readonly smtp?: AlertWay
}

/** One that is to leave by a way, and how often that failed. */
export interface WaitingAlert extends AlertContent {
  readonly id: number
  readonly tries: number
}

/** What is kept of alarms: `state` of the machine, `seen` of the outside. */
export type KeptKind = 'state' | 'seen'
/** Undefined: it is forgotten. */
export type Kept = ReadonlyMap<string, unknown>

export class AlertLog implements Disposable {
  readonly #database: DatabaseSync

  /** `file`: the desk's database, which is there already. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 })
    this.#database.exec(`PRAGMA synchronous = FULL; ${TABLES}`)
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** `kept`: what is to be known of alarms together with what is told of them. */
  add(alerts: readonly NewAlert[], kept: { readonly kind: KeptKind; readonly values: Kept } | null = null): void {
    const put = this.#database.prepare('INSERT OR IGNORE INTO alert (source, value, mail, hook, tries, next) VALUES (?, ?, ?, ?, 0, 0)')
    const putWay = this.#database.prepare('INSERT INTO alert_way VALUES (?, ?, ?, 0, 0)')
    inTransaction(this.#database, () => {
      if (kept !== null) this.#keep(kept.kind, kept.values)
      for (const { source, mail, webhook, syslog = 'none', smtp = 'none', ...content } of alerts) {
        const { changes, lastInsertRowid } = put.run(source, JSON.stringify(content), mail, webhook)
        if (changes === 0) continue
        if (syslog !== 'none') putWay.run('syslog', lastInsertRowid, syslog)
        if (smtp !== 'none') putWay.run('smtp', lastInsertRowid, smtp)
      }
      if (alerts.length > 0) this.#bound()
    })
  }

  /** All, oldest first, as `add` takes them. */
  whole(): readonly NewAlert[] {
    const rows = this.#database.prepare(`${LISTED} ORDER BY id`).all()
    return rows.map((row) => {
      const { id: _id, ...alert } = alertOf(row)
      return Object.assign(alert, { source: String(row['source']) })
    })
  }

  clear(): void {
    this.#database.exec('DELETE FROM alert; DELETE FROM alert_way')
  }

  keep(kind: KeptKind, values: Kept): void {
    inTransaction(this.#database, () => this.#keep(kind, values))
  }

  /** What of the outside was right of an alarm: of one subject, or of all. */
  forgetSeen(name: string, subject: string | null): void {
    const all = "DELETE FROM alarm WHERE kind = 'seen' AND key = ?1 OR kind = 'seen' AND ?2 AND substr(key, 1, length(?1) + 1) = ?1 || ' '"
    this.#database.prepare(all).run(subject === null ? name : `${name} ${subject}`, subject === null ? 1 : 0)
  }

  kept(kind: KeptKind): readonly unknown[] {
    const rows = this.#database.prepare('SELECT value FROM alarm WHERE kind = ?').all(kind)
    return rows.map((row) => JSON.parse(String(row['value'])) as unknown)
  }

  #keep(kind: KeptKind, values: Kept): void {
    const put = this.#database.prepare('INSERT INTO alarm VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    const remove = this.#database.prepare('DELETE FROM alarm WHERE kind = ? AND key = ?')
    for (const [key, value] of values)
      if (value === undefined) remove.run(kind, key)
      else put.run(kind, key, JSON.stringify(value))
  }

  #bound(): void {
    this.#database.prepare('DELETE FROM alert WHERE id <= (SELECT max(id) FROM alert) - ?').run(MOST_KEPT)
    this.#database.exec('DELETE FROM alert_way WHERE id < (SELECT min(id) FROM alert)')
    const oldest = "SELECT id FROM alert WHERE hook = 'waits' ORDER BY id DESC LIMIT 1 OFFSET ?"
    this.#database.prepare(`UPDATE alert SET hook = 'lost' WHERE hook = 'waits' AND id <= (${oldest})`).run(MOST_WAITING)
    for (const way of ['syslog', 'smtp']) {
      const old = "SELECT id FROM alert_way WHERE way = ?1 AND state = 'waits' ORDER BY id DESC LIMIT 1 OFFSET ?2"
      const lose = `UPDATE alert_way SET state = 'lost' WHERE way = ?1 AND state = 'waits' AND id <= (${old})`
      this.#database.prepare(lose).run(way, MOST_WAITING)
    }
  }

  /** Newest first. */
  list(limit: number): readonly DeliveryAlert[] {
    return this.#database.prepare(`${LISTED} ORDER BY id DESC LIMIT ?`).all(limit).map(alertOf)
  }

  /** Those that are to be mailed, oldest first, and how many there are. */
  unmailed(limit: number): { readonly alerts: readonly AlertContent[]; readonly count: number } {
    const alerts = this.#database.prepare("SELECT value FROM alert WHERE mail = 'waits' ORDER BY id LIMIT ?").all(limit).map(contentOf)
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

  /** Those that are to leave by a way now, oldest first. */
  waiting(way: TriedWay, now: EpochMs, limit: number): readonly WaitingAlert[] {
    const rows =
      way === 'webhook'
        ? this.#database
            .prepare("SELECT id, value, tries FROM alert WHERE hook = 'waits' AND next <= ? ORDER BY id LIMIT ?")
            .all(now, limit)
        : this.#database
            .prepare(
              `SELECT id, value, alert_way.tries AS tries FROM alert_way JOIN alert USING (id)
              WHERE way = ? AND state = 'waits' AND alert_way.next <= ? ORDER BY id LIMIT ?`,
            )
            .all(way, now, limit)
    return rows.map((row) => Object.assign(contentOf(row), { id: Number(row['id']), tries: Number(row['tries']) }))
  }

  left(way: TriedWay, id: number): void {
    if (way === 'webhook') this.#database.prepare("UPDATE alert SET hook = 'sent' WHERE id = ?").run(id)
    else this.#database.prepare("UPDATE alert_way SET state = 'sent' WHERE way = ? AND id = ?").run(way, id)
  }

  /** `next` null: it is given up. */
  failed(way: TriedWay, id: number, next: EpochMs | null): void {
    if (way === 'webhook' && next === null) this.#database.prepare("UPDATE alert SET hook = 'lost' WHERE id = ?").run(id)
    else if (way === 'webhook') this.#database.prepare('UPDATE alert SET tries = tries + 1, next = ? WHERE id = ?').run(next, id)
    else {
      const state = next === null ? 'lost' : 'waits'
      this.#database
        .prepare('UPDATE alert_way SET tries = tries + 1, state = ?, next = ? WHERE way = ? AND id = ?')
        .run(state, next ?? 0, way, id)
    }
  }
}

function contentOf(row: Record<string, unknown>): AlertContent {
  return JSON.parse(String(row['value'])) as AlertContent
}

function alertOf(row: Record<string, unknown>): DeliveryAlert {
  const way = (name: string): AlertWay => String(row[name]) as AlertWay
  return { id: Number(row['id']), ...contentOf(row), mail: way('mail'), webhook: way('hook'), syslog: way('syslog'), smtp: way('smtp') }
}
