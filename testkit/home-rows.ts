// All that a stopped home holds, row by row, in a form that two releases can be compared by: what a conversion or an upgrade must
// carry over. Octets are told by their SHA-256.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { settingsFiles } from '../src/lifecycle/home-files.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'

export interface HomeRows {
  /** `item` and `audit` of the settings. */
  readonly settings: Readonly<Record<'item' | 'audit', readonly unknown[]>>
  /** By shard. */
  readonly queue: Readonly<Record<string, Readonly<Record<'message' | 'recipient' | 'epoch', readonly unknown[]>>>>
  readonly cursors: readonly unknown[]
  readonly totals: readonly unknown[]
  /** Ids and kinds, oldest first. */
  readonly events: readonly string[]
  /** Files of logs and configuration, and bodies that are files or in slots: path → SHA-256 of what is in them. */
  readonly files: Readonly<Record<string, string>>
}

/** `settingsFile`: the name of the settings in the home. */
export async function homeRows(home: string, settingsFile: string): Promise<HomeRows> {
  const queue: Record<string, HomeRows['queue'][string]> = {}
  for (const name of readdirSync(join(home, 'spool')).toSorted())
    if (/^\d+\.db$/.test(name)) queue[name.slice(0, -3)] = tables(join(home, 'spool', name), ['message', 'recipient', 'epoch'])
  const { cursor, total } = tables(join(home, 'events/desk.db'), ['cursor', 'total'])
  return {
    settings: tables(join(home, settingsFile), ['item', 'audit']),
    queue,
    cursors: cursor,
    totals: total,
    events: await eventsIn(home),
    files: filesIn(home),
  }
}

function tables<Name extends string>(path: string, names: readonly Name[]): Record<Name, unknown[]> {
  using database = new DatabaseSync(path, { readOnly: true })
  const rowsOf = (name: Name): unknown[] =>
    database
      .prepare(`SELECT * FROM ${name} ORDER BY 1, 2`)
      .all()
      .map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)])))
  return Object.fromEntries(names.map((name) => [name, rowsOf(name)])) as Record<Name, unknown[]>
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? `sha256 ${sha256(value)}` : value
}

async function eventsIn(home: string): Promise<string[]> {
  using store = openEvents(join(home, 'events'))
  const events = await store.find({}, null, 1_000_000)
  return events.map(({ id, kind, message }) => `${id} ${kind} ${message}`).toSorted()
}

function filesIn(home: string): Record<string, string> {
  const found: [string, string][] = []
  for (const folder of ['config', 'accounts', 'spool']) {
    for (const entry of readdirSync(join(home, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = path.slice(home.length + 1)
      if (!entry.isFile() || (folder === 'spool' && !/^spool\/\d+(\/[^.]+|\.bodies)$/.test(name))) continue
      const octets = readFileSync(path)
      found.push([name.replace(/\.gz$/, ''), sha256(name.endsWith('.gz') ? gunzipSync(octets) : octets)])
    }
  }
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** The name of the settings that the home is run by. */
export function settingsFileOf(home: string): string {
  const newest = settingsFiles(home).at(-1)
  if (newest === undefined) throw new Error(`${home} has no settings`)
  return basename(newest.path)
}
