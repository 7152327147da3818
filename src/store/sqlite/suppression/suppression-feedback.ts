// What comes back, as suppression.db keeps it: a batch of a shard's events is one transaction with the shard's cursor, so that each event
// counts once whatever ends the process. Soft failures are counted per recipient, hard ones per site and hour; what a flood of them would
// suppress is held instead, and what it has suppressed already is taken back.
import type { StatementSync } from 'node:sqlite'
import type { AccountId, Domain, EpochMs, Ms } from '../../../base/brand.ts'
import type { SuppressionEntry, SuppressionFlood } from '../../../contract/suppression.ts'
import type { AdditionSpan, AdditionView } from '../../../engine/ports/suppression.ts'
import { floodIn, goesOn, hourOf, type HourCount, USUAL_HOURS } from '../../../policy/suppression/flood.ts'
import { type EntryRow, reasonNumber } from './suppression-schema.ts'
import type { SuppressionWriter } from './suppression-writer.ts'

/** Something to be suppressed. */
export interface Addition extends SuppressionEntry {
  readonly kind: 'add'
  /** Where it was said; null: that is not known, or it is about no site. */
  readonly site: string | null
  readonly domain: Domain
  readonly reply: string
  /** A hard failure: the site may be in doubt. */
  readonly doubtful: boolean
}
/** One soft failure; the addition that it is once there are enough. */
export interface SoftFailure {
  readonly kind: 'soft'
  readonly account: AccountId
  readonly count: number
  readonly within: Ms
  readonly addition: Addition
}
/** The recipient is reached. */
export interface Reached {
  readonly kind: 'reached'
  readonly account: AccountId
  readonly target: string
}
export type FeedbackAct = Addition | SoftFailure | Reached

export interface Tally {
  readonly site: string
  readonly hour: number
  readonly tried: number
  readonly hard: number
}

export interface FeedbackBatch {
  readonly shard: number
  /** Number of the last event that was looked at. */
  readonly upTo: number
  /** Time of the newest event: what the counts are reckoned by, however late they are told. */
  readonly now: EpochMs
  readonly acts: readonly FeedbackAct[]
  readonly tallies: readonly Tally[]
}

interface AdditionRow extends EntryRow {
  readonly id: number
  readonly list: number
  readonly reply: string
  readonly before: string | null
  readonly held: number
}

interface FloodRow {
  readonly site: string
  readonly since: number
  readonly last: number
  readonly open: number
  readonly tried: number
  readonly hard: number
  readonly usual: number
}

const KEPT: Ms = 90 * 86_400_000
const EXAMPLES = 5
const HOUR: Ms = 3_600_000
const FLOOD_QUIET_AFTER: Ms = 2 * HOUR

/** States of a flood. After one that a person accepted the site is believed for a while. */
const OVER = 0
const OPEN = 1
const ACCEPTED = 2
const TRUSTED_FOR: Ms = 24 * HOUR
/** `share.odd` of an hour that is not usual. */
const ODD = 1
/** Rows of one slice. */
const SLICE = 2000

const SQL = {
  cursor: 'SELECT after FROM cursor WHERE shard = ?',
  putCursor: 'INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET after = excluded.after',
  cursors: 'SELECT shard, after FROM cursor',
  soft: 'SELECT times FROM soft WHERE account = ? AND target = ?',
  putSoft: 'INSERT INTO soft VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = excluded.times, newest = excluded.newest',
  dropSoft: 'DELETE FROM soft WHERE account = ? AND target = ?',
  anySoft: 'SELECT 1 FROM soft LIMIT 1',
  oldSoft: `DELETE FROM soft WHERE (account, target) IN (SELECT account, target FROM soft WHERE newest < ? LIMIT ${SLICE})`,
  tally: `INSERT INTO share VALUES (?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET tried = tried + excluded.tried, hard = hard + excluded.hard`,
  shares: 'SELECT hour, tried, hard, odd FROM share WHERE site = ? AND hour > ?',
  oddFrom: 'UPDATE share SET odd = ? WHERE site = ? AND hour >= ?',
  oldShares: `DELETE FROM share WHERE (site, hour) IN (SELECT site, hour FROM share WHERE hour < ? LIMIT ${SLICE})`,
  flood: 'SELECT * FROM flood WHERE site = ?',
  floods: 'SELECT * FROM flood WHERE open < 2 ORDER BY since',
  putFlood: `INSERT INTO flood VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last,
    since = iif(open = 2, excluded.since, min(since, excluded.since)), open = 1, tried = excluded.tried, hard = excluded.hard`,
  seeFlood: 'UPDATE flood SET last = ?, open = ? WHERE site = ?',
  dropFlood: 'DELETE FROM flood WHERE site = ?',
  forgetAccepted: 'DELETE FROM flood WHERE open = 2 AND last < ?',
  quietFloods: 'UPDATE flood SET open = 0 WHERE open = 1 AND last < ?',
  add: `INSERT INTO addition (site, domain, at, list, target, stream, reason, expires, origin, reply, doubtful, before, held)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  toHold: 'SELECT * FROM addition WHERE site = ? AND at >= ? AND held = 0 AND doubtful = 1 ORDER BY id DESC',
  hold: 'UPDATE addition SET held = ?, before = ? WHERE id = ?',
  heldOf: `SELECT * FROM addition WHERE site = ? AND held = 1 ORDER BY id LIMIT ${SLICE}`,
  countHeld: 'SELECT count(*) AS n FROM addition WHERE site = ? AND held = 1',
  examples: `SELECT target, reply FROM addition WHERE site = ? AND held = 1 ORDER BY id LIMIT ${EXAMPLES}`,
  ofSite: `SELECT id, target, reply FROM addition WHERE (site = ?1 OR (domain = ?1 AND site IS NULL)) AND at >= ?2 AND at <= ?3 AND id > ?4
    ORDER BY id LIMIT ?5`,
  addition: 'SELECT * FROM addition WHERE id = ?',
  dropAddition: 'DELETE FROM addition WHERE id = ?',
  oldAdditions: `DELETE FROM addition WHERE id IN (SELECT id FROM addition WHERE at < ? AND held = 0 LIMIT ${SLICE})`,
} as const

export class SuppressionFeedback {
  readonly #writer: SuppressionWriter
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>
  #hasSoft: boolean

  constructor(writer: SuppressionWriter) {
    this.#writer = writer
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, writer.database.prepare(sql)])
    this.#sql = Object.fromEntries(prepared) as Readonly<Record<keyof typeof SQL, StatementSync>>
    this.#hasSoft = this.#sql.anySoft.get() !== undefined
  }

  cursors(): [number, number][] {
    return this.#sql.cursors.all().map((row) => [Number(row['shard']), Number(row['after'])])
  }

  /** Whether any soft failure is remembered: only then it counts who is reached. */
  get hasSoft(): boolean {
    return this.#hasSoft
  }

  /** Once: a batch that the cursor has passed changes nothing. Whether floods began, grew or ended. */
  take({ shard, upTo, now, acts, tallies }: FeedbackBatch): boolean {
    return this.#writer.changing(() => {
      const after = Number(this.#sql.cursor.get(shard)?.['after'] ?? 0)
      if (upTo <= after) return false
      this.#sql.putCursor.run(shard, upTo)
      for (const { site, hour, tried, hard } of tallies) this.#sql.tally.run(site, hour, tried, hard)
      const isOther = this.#findFloods(tallies, now)
      let isHeld = false
      for (const act of acts) {
        if (act.kind === 'add') isHeld = this.#add(act) || isHeld
        else if (act.kind === 'soft') this.#soft(act)
        else if (this.#hasSoft) this.#sql.dropSoft.run(act.account, act.target)
      }
      return isOther || isHeld
    })
  }

  #findFloods(tallies: readonly Tally[], now: EpochMs): boolean {
    let isOther = false
    for (const site of new Set(tallies.map((tally) => tally.site))) {
      const known = this.#sql.flood.get(site) as unknown as FloodRow | undefined
      const hasHard = tallies.some((tally) => tally.site === site && tally.hard > 0)
      if (!hasHard && known?.open !== OPEN) continue
      if (known?.open === ACCEPTED && now - known.last < TRUSTED_FOR) continue
      const counts = this.#counts(site, now)
      if (known?.open === OPEN) {
        const isOn = goesOn(counts, known.usual, now)
        this.#sql.seeFlood.run(hasHard ? now : known.last, isOn ? OPEN : OVER, site)
        if (isOn) this.#sql.oddFrom.run(ODD, site, hourOf(known.since))
        isOther ||= !isOn
        continue
      }
      const found = floodIn(counts, now)
      if (found === null) continue
      this.#sql.putFlood.run(site, found.since, now, found.tried, found.hard, found.usual)
      this.#sql.oddFrom.run(ODD, site, hourOf(found.since))
      for (const row of this.#sql.toHold.all(site, found.since) as unknown as AdditionRow[]) this.#takeBack(row, true)
      isOther = true
    }
    return isOther
  }

  #counts(site: string, now: EpochMs): HourCount[] {
    const rows = this.#sql.shares.all(site, hourOf(now) - USUAL_HOURS)
    return rows.map((row) => ({
      hour: Number(row['hour']),
      tried: Number(row['tried']),
      hard: Number(row['hard']),
      odd: row['odd'] === ODD,
    }))
  }

  /** Whether it is held. */
  #add(addition: Addition): boolean {
    const { list, target, site, domain, at, expires, origin, reply, doubtful, reason } = addition
    const id = this.#writer.listId(list)
    if (id === null) return false
    const stream = addition.stream ?? ''
    const isHeld = doubtful && site !== null && this.#sql.flood.get(site)?.['open'] === OPEN
    const before = this.#writer.row(id, target, stream)
    // What somebody did by hand, what a person asked for and what holds longer stays as it is.
    if (before !== undefined && !isHeld && isStronger(before, expires, at)) return false
    const number = reasonNumber(reason)
    const was = before === undefined ? null : JSON.stringify(before)
    this.#sql.add.run(site, domain, at, id, target, stream, number, expires, origin, reply, Number(doubtful), was, Number(isHeld))
    if (!isHeld) this.#writer.putRow(id, { target, stream, reason: number, at, expires, origin })
    return isHeld
  }

  #soft({ account, count, within, addition }: SoftFailure): void {
    const { target, at } = addition
    const known = this.#sql.soft.get(account, target)
    const before = known === undefined ? [] : (JSON.parse(String(known['times'])) as number[])
    const times = [...before, at].filter((time) => time > at - within).slice(-count)
    if (times.length >= count) {
      this.#sql.dropSoft.run(account, target)
      this.#add(addition)
      return
    }
    this.#sql.putSoft.run(account, target, JSON.stringify(times), at)
    this.#hasSoft = true
  }

  /** The entry goes, or is again what it was before; one that says something else by now stays. */
  #takeBack(row: AdditionRow, isHeld: boolean): boolean {
    const { id, list, target, stream, origin, before } = row
    const present = this.#writer.row(list, target, stream)
    const isOwn = row.held === 0 && present?.origin === origin
    if (isOwn && before === null) this.#writer.removeRow(list, target, stream)
    else if (isOwn && before !== null) this.#writer.putRow(list, JSON.parse(before) as EntryRow)
    if (isHeld) this.#sql.hold.run(1, before, id)
    else this.#sql.dropAddition.run(id)
    return isOwn || row.held === 1
  }

  floods(): SuppressionFlood[] {
    return (this.#sql.floods.all() as unknown as FloodRow[]).map(({ site, since, last, open, tried, hard, usual }) => ({
      site,
      since,
      last,
      open: open === OPEN,
      tried,
      hard,
      usual,
      held: Number(this.#sql.countHeld.get(site)?.['n']),
      examples: this.#sql.examples.all(site) as unknown as SuppressionFlood['examples'],
    }))
  }

  /** A slice of what a flood holds is suppressed after all (`accept`) or forgotten. `left`: there is more. */
  settle(site: string, accept: boolean, now: EpochMs): { readonly entries: number; readonly left: boolean } | null {
    return this.#writer.changing(() => {
      const flood = this.#sql.flood.get(site) as unknown as FloodRow | undefined
      if (flood === undefined || flood.open === ACCEPTED) return null
      const rows = this.#sql.heldOf.all(site) as unknown as AdditionRow[]
      for (const row of rows) {
        if (!accept) this.#sql.dropAddition.run(row.id)
        else {
          const present = this.#writer.row(row.list, row.target, row.stream)
          this.#sql.hold.run(0, present === undefined ? null : JSON.stringify(present), row.id)
          if (present === undefined || !isStronger(present, row.expires, row.at)) this.#writer.putRow(row.list, row)
        }
      }
      const left = rows.length === SLICE
      if (left) return { entries: rows.length, left }
      // What was accepted counts as usual; what is discarded while it goes on is held further on.
      if (accept) {
        this.#sql.oddFrom.run(0, site, 0)
        this.#sql.seeFlood.run(now, ACCEPTED, site)
      } else if (flood.open === OVER) this.#sql.dropFlood.run(site)
      return { entries: rows.length, left }
    })
  }

  /** Additions that an undo is about, in their order, behind `after`. */
  additions({ site, since, until }: AdditionSpan, after: number, limit: number): AdditionView[] {
    return this.#sql.ofSite.all(site, since, until, after, limit) as unknown as AdditionView[]
  }

  /** How many of them were in force or held. The newest goes first: what it replaced may be one of them. */
  undo(ids: readonly number[]): number {
    return this.#writer.changing(() => {
      let undone = 0
      for (const id of ids.toSorted((a, b) => b - a)) {
        const row = this.#sql.addition.get(id) as unknown as AdditionRow | undefined
        if (row !== undefined) undone += Number(this.#takeBack(row, false))
      }
      return undone
    })
  }

  /** Forgets what is too old to count; whether there may be more. */
  prune(now: EpochMs): boolean {
    return this.#writer.changing(() => {
      this.#sql.quietFloods.run(now - FLOOD_QUIET_AFTER)
      this.#sql.forgetAccepted.run(now - TRUSTED_FOR)
      const gone = [
        this.#sql.oldSoft.run(now - KEPT),
        this.#sql.oldAdditions.run(now - KEPT),
        this.#sql.oldShares.run(hourOf(now) - USUAL_HOURS),
      ]
      this.#hasSoft = this.#sql.anySoft.get() !== undefined
      return gone.some(({ changes }) => Number(changes) >= SLICE)
    })
  }
}

function isStronger(before: EntryRow, expires: EpochMs | null, at: EpochMs): boolean {
  if (before.expires !== null && before.expires <= at) return false
  return before.expires === null || (expires !== null && before.expires >= expires)
}
