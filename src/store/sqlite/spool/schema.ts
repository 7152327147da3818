// The format of a shard: its tables, and the pragmas under which it is opened. A shard keeps one format for life.
// What the rows mean, step by step, is in docs/spool-states.md.
import { DatabaseSync } from 'node:sqlite'
import { FORMATS } from '../../../contract/formats.ts'
import { refuseFormat } from '../faults.ts'

/** `PRAGMA user_version` of a shard; raised by every change of the tables. */
const FORMAT = FORMATS.shard.writes
/** From this format on a message may name a slot; shards of before keep their bodies of that size in the database. */
const FORMAT_WITH_SLOTS = 3
/** From this format on a message may have rare facts, and a recipient data of his own. */
const FORMAT_WITH_EXTRA = 4
/** `PRAGMA application_id`: 'hmsS'. */
const APPLICATION_ID = 0x686d7353

/** Numbers of messages and events are taken from meta in blocks: a crash skips the rest of a block and repeats none. */
export const SEQUENCE_BLOCK = 65_536
export const EVENT_BLOCK = 1_048_576

/** Bits of message.flags. */
export const FLAG_UTF8 = 1
export const FLAG_EIGHT_BIT = 2
export const FLAG_BINARY = 4
/** The octets are in a file of their own: `spool/<shard>/<id>`. */
export const FLAG_FILE = 8
/** No line of the body needs a dot or a repair on its way out. Messages of before are looked through. */
export const FLAG_WIRE_READY = 16
/** REQUIRETLS, and `TLS-Required: No` (rfc:8689). Programs of before send such messages as any other. */
export const FLAG_REQUIRE_TLS = 32
export const FLAG_TLS_OPTIONAL = 64
/** Its priority, where it is not normal. Programs of before go by the number beside each recipient alone. */
export const FLAG_HIGH = 128
export const FLAG_BULK = 256
/** It did not leave at once. Programs of before reckon its age from when it was accepted, where a rule says how old it may be. */
export const FLAG_SCHEDULED = 512
/** Above all bits: the number of the pool that the message named, 30 bits of it. Programs of before do not look at it. */
export const POOL_FLAGS = 2 ** 20

/** recipient.state */
export const STATE_WAITING = 0
export const STATE_HELD = 1

/**
 * The body is the last column, so that reading the others never walks its overflow pages, and no UPDATE of a message
 * exists but those of `crashes` and of `slot`, where it is empty. A body is in it, or in the slot that it names, or in a file (flags & 8). Recipients are small rows clustered by message. An outbox row holds the events of up to a
 * whole commit, a line of JSON each; its key is the number of the last of them. `extra` has what few messages have, as JSON (rows.ts); `merge` what a
 * template is filled with for a recipient (message/merge/document.ts), null for nearly all.
 */
const TABLES = `
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  next_sequence INTEGER NOT NULL,
  next_event INTEGER NOT NULL,
  clean INTEGER NOT NULL,
  probe INTEGER NOT NULL
);
INSERT INTO meta VALUES (1, 1, 1, 1, 0);
CREATE TABLE epoch (first INTEGER PRIMARY KEY, epoch TEXT NOT NULL);
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  sender TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  size INTEGER NOT NULL,
  client_id TEXT,
  mailing TEXT,
  envid TEXT,
  ret INTEGER NOT NULL,
  author_domain TEXT,
  flags INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  slot INTEGER,
  extra TEXT,
  body BLOB
);
CREATE INDEX message_expires ON message (expires);
CREATE UNIQUE INDEX message_slot ON message (slot) WHERE slot IS NOT NULL;
CREATE INDEX message_suspect ON message (id) WHERE crashes > 0;
CREATE TABLE recipient (
  message INTEGER NOT NULL,
  n INTEGER NOT NULL,
  address TEXT NOT NULL,
  domain TEXT NOT NULL,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  notify INTEGER NOT NULL,
  orcpt TEXT,
  last_reply TEXT,
  merge TEXT,
  PRIMARY KEY (message, n)
) WITHOUT ROWID;
CREATE INDEX recipient_waiting ON recipient (domain, priority, due) WHERE state = 0;
CREATE TABLE outbox (last INTEGER PRIMARY KEY, lines BLOB NOT NULL);
`

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get()
  return Number(row?.[name] ?? 0)
}

export function hasSlots(database: DatabaseSync): boolean {
  return pragma(database, 'user_version') >= FORMAT_WITH_SLOTS
}

export function hasExtra(database: DatabaseSync): boolean {
  return pragma(database, 'user_version') >= FORMAT_WITH_EXTRA
}

function create(database: DatabaseSync): void {
  database.exec('PRAGMA auto_vacuum = INCREMENTAL')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('BEGIN IMMEDIATE')
  // Another process may have made it between the look and the lock; with the shard's lock held that is only ourselves.
  database.exec(TABLES)
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}`)
  database.exec('COMMIT')
}

/** Never OFF but in the power-cut test, which must lose mail then, or it would prove nothing. */
export const SYNCHRONOUS = process.env['HMS_TEST_SYNCHRONOUS'] === 'OFF' ? 'OFF' : 'FULL'

/** Opens a shard for writing, making it where there is none. The caller holds the shard's lock. */
export function openShardDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: false })
  try {
    database.exec(`PRAGMA synchronous = ${SYNCHRONOUS}`)
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864')
    database.exec('PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY')
    const format = pragma(database, 'user_version')
    if (format === 0) create(database)
    else if (!FORMATS.shard.reads.includes(format)) throw refuseFormat('shard', path, format)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens a shard for reading; it exists. */
export function openShardReader(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000, enableForeignKeyConstraints: false })
  database.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY')
  return database
}
