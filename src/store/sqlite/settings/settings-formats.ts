// The ways between the formats of the settings. A conversion makes a copy, changes the copy, and compares what both must have in common,
// row by row; nobody but the one who holds the home's lock does it. 1: 0.1.0. 2: whose home it is, and what it was converted from.
import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { crashPoint } from '../../../base/crash-point.ts'
import { Fault, messageOf } from '../../../base/fault.ts'
import { formatOf } from '../format-of.ts'
import { inTransaction } from '../transaction.ts'

/** What a step brings that its source does not have. */
export interface StepFacts {
  readonly installation: string
}

export interface SettingsStep {
  readonly from: number
  readonly to: number
  /** Whether a program of the other format could go on with it. */
  readonly change: 'breaking' | 'compatible'
  /** What a step back leaves out, in words; null: nothing that could not be made again. */
  readonly loses: string | null
  readonly run: (database: DatabaseSync, facts: StepFacts) => void
}

export const SETTINGS_STEPS: readonly SettingsStep[] = [
  {
    from: 1,
    to: 2,
    change: 'breaking',
    loses: null,
    run: (database, { installation }) => {
      database.exec(`CREATE TABLE next (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, epoch TEXT NOT NULL,
        installation TEXT NOT NULL, converted_from INTEGER)`)
      database.prepare('INSERT INTO next SELECT one, version, epoch, ?, version FROM meta').run(installation)
      database.exec('DROP TABLE meta; ALTER TABLE next RENAME TO meta')
    },
  },
  {
    from: 2,
    to: 1,
    change: 'breaking',
    loses: null,
    run: (database) => {
      database.exec(`CREATE TABLE next (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, epoch TEXT NOT NULL);
        INSERT INTO next SELECT one, version, epoch FROM meta;
        DROP TABLE meta; ALTER TABLE next RENAME TO meta`)
    },
  },
]

/** What every format has: the same rows before and after a step, in this order. */
const CARRIED = [
  'SELECT version, epoch FROM meta',
  'SELECT kind, key, value, sealed FROM item ORDER BY kind, key',
  'SELECT id, at, by, action, subject FROM audit ORDER BY id',
]

export interface SettingsFacts {
  readonly format: number
  /** Raised by every change. */
  readonly version: number
  /** What `version` was when it was converted from an older format; null where it was not, or the format does not say. */
  readonly convertedFrom: number | null
  readonly installation: string | null
}

/** Null where the file is no settings (its making was cut off). */
export function settingsFacts(file: string): SettingsFacts | null {
  using database = new DatabaseSync(file, { timeout: 5000 })
  const format = formatOf(database)
  if (format === 0) return null
  const meta = database.prepare('SELECT * FROM meta').get() ?? {}
  const convertedFrom = meta['converted_from'] ?? null
  const installation = meta['installation'] ?? null
  return {
    format,
    version: Number(meta['version']),
    convertedFrom: convertedFrom === null ? null : Number(convertedFrom),
    installation: installation === null ? null : String(installation),
  }
}

/** No change since this moment: an older program may go on with a copy. */
export function markConverted(file: string): void {
  using database = new DatabaseSync(file, { timeout: 5000 })
  database.exec('UPDATE meta SET converted_from = version')
}

/** Brings all of it into the one file, where there is one; nobody else has it open. No log is left that another file could be taken for. */
export function restSettings(file: string): void {
  if (existsSync(file)) {
    using database = new DatabaseSync(file, { timeout: 5000 })
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE')
  }
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
}

/** Gives it another name, also while processes that are about to end still have it open: they write no more. */
export function setAside(file: string, name: string): void {
  {
    using database = new DatabaseSync(file, { timeout: 5000 })
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }
  // What is left of the log is all in the file by now; the file goes last, so that it never stands beside the log of another.
  for (const suffix of ['-shm', '-wal', '']) {
    rmSync(name + suffix, { force: true })
    if (existsSync(file + suffix)) renameSync(file + suffix, name + suffix)
  }
}

export interface Conversion {
  /** Rows that were carried over, and their SHA-256: the same in both files. */
  readonly rows: number
  readonly sha256: string
}

/**
 * Makes `target` (which nobody knows yet) of `source` by the steps, compares them and syncs it. `source` is only read. Throws a Fault
 * `conversion-failed` where they differ, or the disk fills; what was made is removed then.
 */
export async function convertSettings(
  source: string,
  target: string,
  { steps, facts }: { readonly steps: readonly SettingsStep[]; readonly facts: StepFacts },
): Promise<Conversion> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(target + suffix, { force: true })
  crashPoint('convert-begun')
  try {
    copy(source, target)
    crashPoint('convert-copied')
    change(target, steps, facts)
    const [before, after] = [carried(source), carried(target)]
    if (before.sha256 !== after.sha256 || before.rows !== after.rows) throw differing(source, before.rows, after.rows)
    await using file = await open(target, 'r+')
    await file.sync()
    crashPoint('convert-checked')
    return after
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(target + suffix, { force: true })
    throw error instanceof Fault ? error : failed(messageOf(error), error)
  }
}

function copy(source: string, target: string): void {
  using database = new DatabaseSync(source, { timeout: 5000 })
  database.prepare('VACUUM INTO ?').run(target)
}

function change(target: string, steps: readonly SettingsStep[], facts: StepFacts): void {
  using database = new DatabaseSync(target)
  inTransaction(database, () => {
    for (const step of steps) {
      step.run(database, facts)
      database.exec(`PRAGMA user_version = ${step.to}`)
    }
  })
  const answer = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  if (answer !== 'ok') throw failed(`the copy of the settings is not whole: ${String(answer)}`)
}

function carried(file: string): Conversion {
  using database = new DatabaseSync(file, { timeout: 5000 })
  const hash = createHash('sha256')
  let rows = 0
  for (const sql of CARRIED) {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    for (const row of statement.iterate() as unknown as Iterable<readonly unknown[]>) {
      rows++
      for (const cell of row) hash.update(cell instanceof Uint8Array ? cell : JSON.stringify(cell)).update('\0')
    }
  }
  return { rows, sha256: hash.digest('hex') }
}

function differing(source: string, before: number, after: number): Fault {
  return failed(`of ${before} rows of ${source} the copy has ${after}, or not the same`)
}

function failed(why: string, cause?: unknown): Fault {
  return new Fault('conversion-failed', `The settings were not converted: ${why}.`, {
    blame: 'owner',
    mend: 'Nothing was changed. Look at the disk; the release that made the home still runs on it.',
    cause,
  })
}
