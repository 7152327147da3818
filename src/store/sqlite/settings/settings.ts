// The settings of a home as they are made and opened (settings-store.ts has what is done with them).
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../../base/fault.ts'
import { formatEpoch } from '../../../base/message-id.ts'
import { FORMATS } from '../../../contract/formats.ts'
import type { SettingsStore } from '../../../engine/ports/stores.ts'
import { AUDIT_DETAIL } from '../access/audit-book.ts'
import { CHANGE_LOG } from './change-log.ts'
import { refuseFormat } from '../faults.ts'
import { formatOf } from '../format-of.ts'
import { makeKeyFile, openSeal } from './sealing.ts'
import { TABLES } from './settings-items.ts'
import { SettingsOnSqlite } from './settings-store.ts'

/** `PRAGMA user_version` of the settings; settings-formats.ts has the ways between formats. */
const FORMAT = FORMATS.settings.writes
/** `PRAGMA application_id`: 'hmsM'. */
const APPLICATION_ID = 0x686d734d

export interface SettingsOptions {
  /** `<home>/master.v2.db` */
  readonly file: string
  /** `<home>/…`: 32 octets, mode 0600. */
  readonly keyFile: string
}

function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export function newInstallation(): string {
  return randomBytes(16).toString('hex')
}

/**
 * Makes the settings, their folder, and the key file where there is none, with a new epoch. Safe to repeat after a kill: what is
 * complete is refused with a Fault `settings-exist`, what is not is finished.
 */
export function initSettings({ file, keyFile }: SettingsOptions): SettingsStore {
  mkdirSync(dirname(file), { recursive: true })
  mkdirSync(dirname(keyFile), { recursive: true })
  if (!existsSync(keyFile)) makeKeyFile(keyFile)
  const seal = openSeal(keyFile)
  const database = connect(file)
  try {
    database.exec('BEGIN IMMEDIATE')
    if (formatOf(database) !== 0)
      throw new Fault('settings-exist', `${file} exists already.`, { blame: 'caller', mend: 'Start it, or choose another home.' })
    database.exec(TABLES)
    const sql = 'INSERT INTO meta VALUES (1, 1, ?, ?, NULL)'
    database.prepare(sql).run(formatEpoch(randomInt(2 ** 30)), newInstallation())
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT`)
    return new SettingsOnSqlite(database, seal)
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Opens the settings of a home, which are of this program's format by name; throws a Fault `no-settings` where there are none,
 * `format-newer` where they are too new all the same.
 */
export function openSettings({ file, keyFile }: SettingsOptions): SettingsStore {
  const missing = new Fault('no-settings', `There is no ${file}.`, { blame: 'owner', mend: "Make a home with 'hms init' first." })
  if (!existsSync(file)) throw missing
  const seal = openSeal(keyFile)
  const database = connect(file)
  const format = formatOf(database)
  if (format === FORMAT) {
    // Homes of 1.0.0 have none; its programs leave it alone.
    database.exec(AUDIT_DETAIL)
    database.exec(CHANGE_LOG)
    return new SettingsOnSqlite(database, seal)
  }
  database.close()
  if (format === 0) throw missing
  throw refuseFormat('settings', file, format)
}
