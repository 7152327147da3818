// One shard in the reader thread: a read-only connection and the queries behind lists, backlog and refills. Each call is
// one short read transaction, so that the WAL can be written back and started anew between them.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { DuePlace, WantedRows } from '../../../engine/ports/spool.ts'
import { bodiesPath, BodySlotsReader } from './body-slots.ts'
import { checkSlice } from './check.ts'
import { type Cell, HEAD_CELLS, type ListParams, type ReaderCallName, type ReaderCalls, type RowPlace } from './protocol.ts'
import { FLAG_FILE, hasExtra, hasSlots, openShardReader, STATE_WAITING } from './schema.ts'
import { WaitingReader } from './waiting-reader.ts'

const RECIPIENT = 'r.n, r.address, r.domain, r.state, r.priority, r.due, r.attempts, r.notify, r.orcpt, r.last_reply,'
/** Without a word on the order SQLite may begin at the recipients; messages are found by their key. */
const WITH_HEAD = 'FROM recipient r CROSS JOIN message m ON m.id = r.message'

/** Domains and index entries looked at in one slice of the backlog, and recipients looked at in one slice of a list. */
const BACKLOG_DOMAINS = 500
const BACKLOG_ENTRIES = 50_000
const WALK_SLICE = 40_000
/** Recipients that a message to many is suspected by: it is found by a few as well as by a million. */
const SUSPECT_ROWS = 500
/** Octets of events read at once, but for the row that passes it. */
const OUTBOX_OCTETS = 1024 * 1024
const LAST: RowPlace = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

type Handlers = { [N in ReaderCallName]: (params: ReaderCalls[N]['params']) => ReaderCalls[N]['answer'] }

const SLICE_END = 'SELECT message, n FROM recipient WHERE (message, n) > (?, ?) AND message <= ? ORDER BY message, n LIMIT 1 OFFSET ?'

/** A message's head and a recipient, as the format of the shard has them. */
function selected(database: DatabaseSync): string {
  const [extra, merge] = hasExtra(database) ? ['m.extra', 'r.merge'] : ['NULL', 'NULL']
  return `SELECT m.id, m.account, m.sender, m.accepted, m.expires, m.size, m.client_id, m.mailing, m.envid, m.ret, m.author_domain,
  m.flags, m.crashes, ${extra}, ${RECIPIENT} ${merge}`
}

/** What schedules and sends; a test shows that none of them scans. */
function queries(database: DatabaseSync) {
  const slot = hasSlots(database) ? 'slot' : 'NULL'
  const waiting = `state = ${STATE_WAITING}`
  const select = selected(database)
  const joined = `${select} ${WITH_HEAD}`
  return {
    slot: `SELECT ${slot} FROM message WHERE id = ?`,
    body: `SELECT size, flags, ${slot}, body FROM message WHERE id = ?`,
    nextDomain: `SELECT domain FROM recipient WHERE ${waiting} AND domain > ? ORDER BY domain LIMIT 1`,
    nextPriority: `SELECT priority, due FROM recipient WHERE ${waiting} AND domain = ? AND priority > ? ORDER BY priority, due LIMIT 1`,
    countDomain: `SELECT count(*) FROM recipient WHERE ${waiting} AND domain = ? AND message < ?`,
    due: `${joined} WHERE r.state = ${STATE_WAITING} AND r.domain = ? AND r.priority = ? AND r.due <= ? ORDER BY r.due LIMIT ?`,
    dueAfter: `${joined} WHERE r.state = ${STATE_WAITING} AND r.domain = ? AND r.priority = ? AND (r.due, r.message, r.n) > (?, ?, ?)
      AND r.due <= ? ORDER BY r.due, r.message, r.n LIMIT ?`,
    expired: `${select} FROM message m INDEXED BY message_expires CROSS JOIN recipient r ON r.message = m.id
      WHERE (m.expires, m.id) > (?, ?) AND m.expires <= ? ORDER BY m.expires, m.id LIMIT ?`,
    one: `${joined} WHERE r.message = ? AND r.n = ?`,
    present: 'SELECT 1 FROM recipient WHERE message = ? AND n = ?',
    sliceEnd: SLICE_END,
    outbox: 'SELECT lines FROM outbox WHERE last > ? ORDER BY last',
    flags: 'SELECT flags FROM message WHERE id = ?',
    suspect: `${joined} WHERE r.message = ? AND r.state = ${STATE_WAITING} ORDER BY r.n LIMIT ${SUSPECT_ROWS}`,
  }
}

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const sql = queries(database)
  return {
    slot: prepare(sql.slot),
    body: prepare(sql.body),
    nextDomain: prepare(sql.nextDomain),
    nextPriority: prepare(sql.nextPriority),
    countDomain: prepare(sql.countDomain),
    due: prepare(sql.due),
    dueAfter: prepare(sql.dueAfter),
    expired: prepare(sql.expired),
    one: prepare(sql.one),
    present: prepare(sql.present),
    outbox: prepare(sql.outbox),
    flags: prepare(sql.flags),
    // Walks an index that is empty but after crashes.
    suspects: prepare('SELECT id FROM message INDEXED BY message_suspect WHERE crashes > 0 ORDER BY id'),
    suspect: prepare(sql.suspect),
  }
}

type Row = Cell[]
type BodyRow = readonly [size: number, flags: number, slot: number | null, bytes: Uint8Array | null]
const NO_BODY = { found: false, file: false, size: 0, bytes: null } as const

export class ShardReader implements Disposable {
  readonly database: DatabaseSync
  private readonly statements: ReturnType<typeof prepareAll>
  private readonly lists = new Map<string, StatementSync>()
  private readonly handlers: Omit<Handlers, 'body'>
  private readonly bodies: BodySlotsReader
  private readonly waiting: WaitingReader
  private readonly joined: string

  constructor(path: string) {
    this.database = openShardReader(path)
    this.bodies = new BodySlotsReader(bodiesPath(path))
    this.statements = prepareAll(this.database)
    this.joined = `${selected(this.database)} ${WITH_HEAD}`
    this.waiting = new WaitingReader(this.database, this.joined, (domain) => this.priorities(domain))
    this.handlers = {
      backlog: ({ after, before }) => this.backlog(after, before),
      due: ({ wanted, now }) => wanted.flatMap((rows) => this.due(rows, now)),
      expired: ({ now, limit, after }) =>
        (this.statements.expired.all(after.expires, after.sequence, now, limit) as unknown as Row[]).flat(),
      present: ({ recipients }) => recipients.filter(({ sequence, n }) => this.statements.present.get(sequence, n) !== undefined),
      some: ({ recipients }) => recipients.flatMap(({ sequence, n }) => (this.statements.one.all(sequence, n) as unknown as Row[]).flat()),
      suspects: () => this.suspects(),
      list: (params) => this.list(params),
      count: (params) => this.count(params),
      waiting: (params) => this.waiting.waiting(params),
      ahead: (params) => this.waiting.ahead(params),
      addressed: (params) => this.waiting.addressed(params),
      held: (params) => this.waiting.held(params),
      outbox: ({ after }) => this.outbox(after),
      named: ({ sequences }) => sequences.filter((sequence) => this.isFile(sequence)),
      check: ({ step, after }) => {
        // The file grows and shrinks meanwhile: what a row names was in it before the look at the rows, or is after it.
        const before = this.bodies.size()
        return checkSlice(this.database, step, after, () => Math.max(before, this.bodies.size()))
      },
    }
  }

  [Symbol.dispose](): void {
    this.bodies[Symbol.dispose]()
    this.database.close()
  }

  hotQueries(): string[] {
    return Object.values(queries(this.database))
  }

  call<N extends Exclude<ReaderCallName, 'body'>>(name: N, params: ReaderCalls[N]['params']): ReaderCalls[N]['answer'] {
    return this.reading(() => this.handlers[name](params))
  }

  body({ sequence }: ReaderCalls['body']['params']): ReaderCalls['body']['answer'] {
    for (;;) {
      const row = this.reading(() => this.statements.body.get(sequence) as unknown as BodyRow | undefined)
      if (row === undefined) return NO_BODY
      const [size, flags, slot, bytes] = row
      if (slot === null) return { found: true, file: (flags & FLAG_FILE) !== 0, size, bytes }
      const octets = this.bodies.read(slot, size)
      // A slot is used again only after its message went, or was moved: where the row still names it, what was read is its own.
      const again = this.reading(() => this.statements.slot.get(sequence) as unknown as [number] | undefined)
      if (again === undefined) return NO_BODY
      // A move is to the front, so that this ends.
      if (again[0] === slot) return { found: true, file: false, size, bytes: octets }
    }
  }

  private reading<T>(work: () => T): T {
    this.database.exec('BEGIN')
    try {
      return work()
    } finally {
      this.database.exec('COMMIT')
    }
  }

  private suspects(): Cell[] {
    const ids = this.statements.suspects.all() as unknown as [number][]
    return ids.flatMap(([id]) => (this.statements.suspect.all(id) as unknown as Row[]).flat())
  }

  private outbox(after: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let octets = 0
    for (const [lines] of this.statements.outbox.iterate(after) as unknown as Iterable<[Uint8Array]>) {
      found.push(lines)
      octets += lines.length
      if (octets >= OUTBOX_OCTETS) break
    }
    return found
  }

  private isFile(sequence: number): boolean {
    const row = this.statements.flags.get(sequence) as unknown as [number] | undefined
    return row !== undefined && (row[0] & FLAG_FILE) !== 0
  }

  /** Earliest due time of a domain: one seek a priority. */
  private priorities(domain: string): { priority: number; due: number }[] {
    const found: { priority: number; due: number }[] = []
    let last = -Infinity
    for (;;) {
      const row = this.statements.nextPriority.get(domain, Number.isFinite(last) ? last : -(2 ** 53)) as unknown as
        | [number, number]
        | undefined
      if (row === undefined) return found
      last = row[0]
      found.push({ priority: row[0], due: row[1] })
    }
  }

  private backlog(after: string | null, before: number): ReaderCalls['backlog']['answer'] {
    const cells: Cell[] = []
    let last = after ?? ''
    let entries = 0
    for (let domains = 0; domains < BACKLOG_DOMAINS && entries < BACKLOG_ENTRIES; domains++) {
      const row = this.statements.nextDomain.get(last) as unknown as [string] | undefined
      if (row === undefined) return { cells, last: null }
      last = row[0]
      const [count = 0] = (this.statements.countDomain.get(last, before) ?? []) as unknown as number[]
      if (count === 0) continue
      const priorities = this.priorities(last)
      const urgent = priorities.find(({ priority }) => priority < 0)
      cells.push(last, count, Math.min(...priorities.map(({ due }) => due)), urgent?.due ?? null)
      entries += count
    }
    return { cells, last }
  }

  private due({ domain, limit, priority: only, after }: WantedRows, now: number): Cell[] {
    const cells: Cell[] = []
    let left = limit
    for (const { priority, due } of this.priorities(domain)) {
      if (left <= 0) break
      if (due > now || (only !== undefined && priority !== only)) continue
      const rows = (after === undefined
        ? this.statements.due.all(domain, priority, now, left)
        : this.dueAfter({ domain, priority, now, left }, after)) as unknown as Row[]
      left -= rows.length
      for (const row of rows) cells.push(...row)
    }
    return cells
  }

  private dueAfter(
    { domain, priority, now, left }: { readonly domain: string; readonly priority: number; readonly now: number; readonly left: number },
    after: DuePlace,
  ): unknown[] {
    if (priority < after.priority) return []
    const [due, sequence, n] = priority === after.priority ? [after.due, after.sequence, after.n] : [after.from, -1, -1]
    return this.statements.dueAfter.all(domain, priority, due, sequence, n, now, left)
  }

  /** Walks recipients by key from `after`, a slice a call; `next` is where the next slice begins, null when all was seen. */
  private list(params: ListParams): ReaderCalls['list']['answer'] {
    // Where every row matches, the rows wanted are all that is looked at.
    const isFiltered = Object.values(params.filter).some((value) => value !== null)
    const end = isFiltered ? this.sliceEnd(params, WALK_SLICE) : null
    const { where, values } = conditions(params, end ?? LAST)
    const sql = `${this.joined} WHERE ${where} ORDER BY r.message, r.n LIMIT ?`
    const rows = this.listStatement(sql).all(...values, params.rows) as unknown as Row[]
    const last = rows.length < params.rows ? undefined : rows.at(-1)
    return { cells: rows.flat(), next: last === undefined ? end : [Number(last[0]), Number(last[HEAD_CELLS])] }
  }

  private count(params: ListParams): ReaderCalls['count']['answer'] {
    const end = this.sliceEnd(params, params.rows)
    const { where, values } = conditions(params, end ?? LAST)
    const { account, mailing, sender, acceptedBefore, acceptedAfter } = params.filter
    const needsHead = [account, mailing, sender, acceptedBefore, acceptedAfter].some((value) => value !== null)
    const from = needsHead ? WITH_HEAD : 'FROM recipient r'
    const sql = `SELECT count(DISTINCT r.message), count(*), min(r.message), max(r.message) ${from} WHERE ${where}`
    return { cells: this.listStatement(sql).get(...values) as unknown as Row, next: end }
  }

  private listStatement(sql: string): StatementSync {
    const known = this.lists.get(sql)
    if (known !== undefined) return known
    const statement = this.database.prepare(sql)
    statement.setReturnArrays(true)
    this.lists.set(sql, statement)
    return statement
  }

  /** The last row of a slice of so many rows; null where the rest is less. A message with many recipients is several slices. */
  private sliceEnd({ after, to }: ListParams, rows: number): RowPlace | null {
    const statement = this.listStatement(SLICE_END)
    return (statement.get(...after, to ?? LAST[0], rows - 1) as unknown as [number, number] | undefined) ?? null
  }
}

/** The rows of a slice that match, with the values for the places in it. */
function conditions({ filter, after, to }: ListParams, end: RowPlace): { readonly where: string; readonly values: (number | string)[] } {
  const where = ['(r.message, r.n) > (?, ?)', '(r.message, r.n) <= (?, ?)', 'r.message <= ?']
  const values: (number | string)[] = [...after, ...end, to ?? LAST[0]]
  const add = (condition: string, value: number | string | null): void => {
    if (value === null) return
    values.push(value)
    where.push(condition)
  }
  add('r.domain = ?', filter.domain)
  add('r.domain IN (SELECT value FROM json_each(?))', filter.domains)
  add('r.state = ?', filter.state)
  add('m.account = ?', filter.account)
  add('m.mailing = ?', filter.mailing)
  add('r.address = ? COLLATE NOCASE', filter.address)
  add('lower(r.address) GLOB ?', filter.recipient)
  add('lower(m.sender) GLOB ?', filter.sender)
  add('m.accepted < ?', filter.acceptedBefore)
  add('m.accepted >= ?', filter.acceptedAfter)
  add('r.last_reply = ?', filter.reason)
  return { where: where.join(' AND '), values }
}
