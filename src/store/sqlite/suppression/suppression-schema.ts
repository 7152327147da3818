// The format of suppression.db: its tables and how it is opened. One text key per entry rather than a hash with the address beside it:
// docs/decisions/0035-suppression-by-address.md has the figures.
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { FORMATS } from '../../../contract/formats.ts'
import { SUPPRESSION_REASONS, type SuppressionEntry } from '../../../contract/suppression.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { inTransaction } from '../transaction.ts'

/** A term of a query that the index of patterns answers. */
export const IS_PATTERN = "target GLOB '*[*?]*'"

/**
 * `entry.stream`: empty for all mail. `meta.generation`: raised by what readers keep in memory (lists, whether they have entries,
 * domains, patterns). An `addition` is an entry that the program made of itself, kept for a while so that it can be taken back: `before`
 * is what it replaced, `held` that it waits for a person and is no entry meanwhile. `share`: counts of a place by the hour.
 */
const TABLES = `
CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, file TEXT NOT NULL);
CREATE TABLE list (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, account INTEGER,
  entries INTEGER NOT NULL, domains INTEGER NOT NULL, patterns INTEGER NOT NULL
) STRICT;
CREATE TABLE entry (
  list INTEGER NOT NULL, target TEXT NOT NULL, stream TEXT NOT NULL,
  reason INTEGER NOT NULL, at INTEGER NOT NULL, expires INTEGER, origin TEXT NOT NULL,
  PRIMARY KEY (list, target, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_expires ON entry (expires) WHERE expires IS NOT NULL;
CREATE INDEX entry_pattern ON entry (list) WHERE ${IS_PATTERN};
CREATE TABLE cursor (shard INTEGER PRIMARY KEY, after INTEGER NOT NULL) STRICT;
CREATE TABLE soft (account INTEGER NOT NULL, target TEXT NOT NULL, times TEXT NOT NULL, newest INTEGER NOT NULL, PRIMARY KEY (account, target)) STRICT, WITHOUT ROWID;
CREATE INDEX soft_newest ON soft (newest);
CREATE TABLE addition (
  id INTEGER PRIMARY KEY, site TEXT, domain TEXT NOT NULL, at INTEGER NOT NULL, list INTEGER NOT NULL, target TEXT NOT NULL, stream TEXT NOT NULL,
  reason INTEGER NOT NULL, expires INTEGER, origin TEXT NOT NULL, reply TEXT NOT NULL, doubtful INTEGER NOT NULL, before TEXT, held INTEGER NOT NULL
) STRICT;
CREATE INDEX addition_site ON addition (site, at);
CREATE INDEX addition_domain ON addition (domain, at);
CREATE INDEX addition_at ON addition (at);
CREATE INDEX addition_held ON addition (site, id) WHERE held = 1;
CREATE TABLE share (
  site TEXT NOT NULL, hour INTEGER NOT NULL, tried INTEGER NOT NULL, hard INTEGER NOT NULL, odd INTEGER NOT NULL, PRIMARY KEY (site, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE flood (
  site TEXT PRIMARY KEY, since INTEGER NOT NULL, last INTEGER NOT NULL, open INTEGER NOT NULL,
  tried INTEGER NOT NULL, hard INTEGER NOT NULL, usual REAL NOT NULL
) STRICT, WITHOUT ROWID;
`

/** Opens it for writing, making it where there is none. Throws a Fault where its format is none of ours. */
export function openSuppressionDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: false })
  try {
    // The cursor of a batch lets the outbox forget what the batch brought: it is on the disk before it is told.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
    database.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY')
    const format = formatOf(database)
    if (format === 0) make(database)
    else if (!FORMATS.suppression.reads.includes(format)) throw refuseFormat('suppression', file, format)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function make(database: DatabaseSync): void {
  inTransaction(database, () => {
    database.exec(TABLES)
    database.prepare('INSERT INTO meta VALUES (1, 1, ?)').run(randomBytes(8).toString('hex'))
    database.exec(`PRAGMA user_version = ${FORMATS.suppression.writes}`)
  })
}

export interface EntryRow {
  readonly target: string
  readonly stream: string
  readonly reason: number
  readonly at: number
  readonly expires: number | null
  readonly origin: string
}

export function entryOf(list: string, { target, stream, reason, at, expires, origin }: EntryRow): SuppressionEntry {
  return { list, target, stream: stream === '' ? null : stream, reason: SUPPRESSION_REASONS[reason] ?? 'Manual', at, expires, origin }
}

export function reasonNumber(reason: SuppressionEntry['reason']): number {
  return SUPPRESSION_REASONS.indexOf(reason)
}
