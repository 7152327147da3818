// The thread that writes the ledger: what came in one turn is one transaction, synced before it is answered. Workers share the file.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { FORMATS } from '../../../contract/formats.ts'
import { leavesEnough } from '../../../policy/shares.ts'
import { formatOf } from '../format-of.ts'
import type { StoreError } from '../spool/protocol.ts'
import { errorOf } from '../sqlite-error.ts'
import { inTransaction } from '../transaction.ts'

interface Key {
  readonly account: AccountId
  readonly key: string
}

export type LedgerRequest =
  | ({ readonly name: 'begin'; readonly digest: string; readonly ids: string; readonly until: EpochMs | null; readonly now: EpochMs } & Key)
  | ({ readonly name: 'take'; readonly before: string } & Key)
  | ({ readonly name: 'renew'; readonly ids: string } & Key)
  | ({ readonly name: 'done'; readonly answer: string } & Key)
  | ({ readonly name: 'forget' | 'forget-all' | 'leave' } & Key)
  | { readonly name: 'close' }

/** What is there of an entry. */
export interface Written {
  readonly digest: string
  readonly owner: string
  readonly ids: string
  readonly at: EpochMs
  readonly answer: string | null
}

/** `no-room`: the account holds as much as it may. */
export type Found = Written | 'no-room' | null

const TABLES = `
  CREATE TABLE entry (
    account INTEGER NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,
    ids BLOB NOT NULL, answer BLOB, PRIMARY KEY (account, key)
  ) STRICT;
  CREATE INDEX entry_until ON entry (until) WHERE until IS NOT NULL;
`
/** About what an entry takes on disk, the index of its key too. */
const SIZE = (row: string): string => `(160 + 2 * length(${row}.key) + length(${row}.ids) + ifnull(length(${row}.answer), 0))`
const COUNT = (account: string, octets: string): string =>
  `INSERT INTO share (account, octets) VALUES (${account}, ${octets}) ON CONFLICT (account) DO UPDATE SET octets = octets + excluded.octets;`
/** Octets by account, and of all under 0, in the transaction of whatever changes them. */
const SHARES = `
  CREATE TABLE share (account INTEGER PRIMARY KEY, octets INTEGER NOT NULL) STRICT;
  INSERT INTO share SELECT account, sum(${SIZE('entry')}) FROM entry GROUP BY account;
  INSERT INTO share SELECT 0, ifnull(sum(octets), 0) FROM share;
  CREATE TRIGGER entry_came AFTER INSERT ON entry BEGIN
    ${COUNT('new.account', SIZE('new'))} ${COUNT('0', SIZE('new'))}
  END;
  CREATE TRIGGER entry_went AFTER DELETE ON entry BEGIN
    ${COUNT('old.account', `-${SIZE('old')}`)} ${COUNT('0', `-${SIZE('old')}`)}
  END;
  CREATE TRIGGER entry_grew AFTER UPDATE OF ids, answer ON entry BEGIN
    ${COUNT('new.account', `${SIZE('new')} - ${SIZE('old')}`)} ${COUNT('0', `${SIZE('new')} - ${SIZE('old')}`)}
  END;
`
/** As large as it may become, in pages of 4 KiB. */
const MOST_PAGES = 1024 * 1024
/** Of what entries take; the rest is for pages that are not full and answers to come. */
const MOST_OCTETS = MOST_PAGES * 4096 * 0.8
const PRUNE_EVERY: EpochMs = 10_000
/** At once; where there was more, the next turn is soon: millions of keys a day are over a day later. */
const MOST_PRUNED = 5000
const PRUNE_MORE_AFTER: EpochMs = 500
/** Of octets that are worth packing. */
const WORTH_PACKING = 400

const port = parentPort
if (port === null) throw new Error('ledger-thread.ts runs as a worker thread only')
const { file, owner, most = MOST_OCTETS } = workerData as { file: string; owner: string; most?: number }

/** Packed where it is long; the first octet says so. */
function packed(text: string): Uint8Array {
  const octets = Buffer.from(text)
  return octets.length < WORTH_PACKING ? Buffer.concat([Buffer.of(0), octets]) : Buffer.concat([Buffer.of(1), deflateRawSync(octets)])
}

function unpacked(value: unknown): string {
  const octets = Buffer.from(value as Uint8Array)
  return (octets[0] === 1 ? inflateRawSync(octets.subarray(1)) : octets.subarray(1)).toString()
}

class LedgerFile {
  readonly database: DatabaseSync
  readonly #find: StatementSync
  readonly #put: StatementSync
  readonly #share: StatementSync
  readonly #runs: Readonly<Record<'take' | 'renew' | 'done' | 'forget' | 'forget-all' | 'leave' | 'prune', StatementSync>>
  #prunedUntil = 0

  constructor(path: string) {
    this.database = new DatabaseSync(path, { timeout: 10_000 })
    this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA max_page_count = ${MOST_PAGES}`)
    inTransaction(this.database, () => {
      const format = formatOf(this.database)
      if (format === 0) this.database.exec(`${TABLES} PRAGMA user_version = ${FORMATS.ledger.writes}`)
      const hasShares = this.database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'share'").get() !== undefined
      if (!hasShares) this.database.exec(SHARES)
    })
    const of = (sql: string): StatementSync => this.database.prepare(sql)
    const which = 'WHERE account = ? AND key = ?'
    this.#find = of(`SELECT digest, owner, ids, answer, at, until FROM entry ${which}`)
    this.#put = of('INSERT INTO entry (account, key, digest, owner, at, until, ids) VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#share = of('SELECT account, octets FROM share WHERE account IN (0, ?)')
    this.#runs = {
      take: of(`UPDATE entry SET owner = ? ${which} AND owner = ? AND answer IS NULL`),
      renew: of(`UPDATE entry SET ids = ? ${which}`),
      done: of(`UPDATE entry SET answer = ?, ids = x'00' ${which}`),
      forget: of(`DELETE FROM entry ${which}`),
      'forget-all': of('DELETE FROM entry WHERE account = ? AND key >= ? AND key < ?'),
      leave: of(`UPDATE entry SET owner = '' ${which}`),
      prune: of('DELETE FROM entry WHERE rowid IN (SELECT rowid FROM entry WHERE until < ? LIMIT ?)'),
    }
  }

  answer(request: Exclude<LedgerRequest, { name: 'close' }>): Found {
    const { name, account, key } = request
    const runs = this.#runs
    switch (name) {
      case 'begin':
        return this.#begin(request)
      case 'take':
        return Number(runs.take.run(owner, account, key, request.before).changes) === 1 ? TAKEN : null
      case 'renew':
        runs.renew.run(packed(request.ids), account, key)
        return null
      case 'done':
        runs.done.run(packed(request.answer), account, key)
        return null
      case 'forget-all':
        // Keys are text, and no text comes between the prefix and what is behind all that begins so.
        runs['forget-all'].run(account, key, `${key}\u{10ffff}`)
        return null
      default:
        runs[name].run(account, key)
        return null
    }
  }

  #begin({ account, key, digest, ids, until, now }: Extract<LedgerRequest, { name: 'begin' }>): Found {
    this.#prune(now)
    const row = this.#find.get(account, key)
    const isOver = row !== undefined && row['until'] !== null && Number(row['until']) < now
    if (row !== undefined && !isOver)
      return {
        digest: String(row['digest']),
        owner: String(row['owner']),
        ids: unpacked(row['ids']),
        at: Number(row['at']),
        answer: row['answer'] === null ? null : unpacked(row['answer']),
      }
    if (isOver) this.#runs.forget.run(account, key)
    const reserved = packed(ids)
    if (!this.#hasRoom(account, reserved.length)) return 'no-room'
    this.#put.run(account, key, digest, owner, now, until, reserved)
    return null
  }

  #hasRoom(account: AccountId, octets: number): boolean {
    const rows = this.#share.all(account)
    const of = (which: number): number => Number(rows.find((row) => row['account'] === which)?.['octets'] ?? 0)
    return leavesEnough(of(account), octets, most - of(0))
  }

  #prune(now: EpochMs): void {
    if (now < this.#prunedUntil && now >= this.#prunedUntil - PRUNE_EVERY) return
    const isAll = Number(this.#runs.prune.run(now, MOST_PRUNED).changes) < MOST_PRUNED
    this.#prunedUntil = now + (isAll ? PRUNE_EVERY : PRUNE_MORE_AFTER)
  }
}

const TAKEN: Written = { digest: '', owner, ids: '', at: 0, answer: null }

interface Answer {
  readonly id: number
  readonly answer: Found
  readonly error: StoreError | null
}

let opened: LedgerFile | null = null
let waiting: (LedgerRequest & { readonly id: number })[] = []

/** All of them or none: where the transaction fails, each is told. */
function together(requests: readonly (LedgerRequest & { readonly id: number })[]): readonly Answer[] {
  try {
    const ledger = (opened ??= new LedgerFile(file))
    return inTransaction(ledger.database, () =>
      requests.map((request) => ({ id: request.id, answer: request.name === 'close' ? null : ledger.answer(request), error: null })),
    )
  } catch (error) {
    return requests.map(({ id }) => ({ id, answer: null, error: errorOf(error) }))
  }
}

port.on('message', (request: LedgerRequest & { readonly id: number }) => {
  waiting.push(request)
  if (waiting.length > 1) return
  setImmediate(() => {
    const requests = waiting
    waiting = []
    const answers = together(requests)
    if (requests.some(({ name }) => name === 'close')) opened?.database.close()
    for (const answer of answers) port.postMessage(answer)
  })
})
