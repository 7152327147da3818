// Where the files of a home are, said once for all who open them.
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { AccountId } from '../base/brand.ts'
import { FORMATS } from '../contract/formats.ts'
import type { Config } from '../contract/options.ts'

/** The settings, in this program's format. */
export const masterFile = (home: string): string => settingsFile(home, FORMATS.settings.writes)

/** From format 2 on the name of the settings carries it, so that a copy is converted beside its original. */
export function settingsFile(home: string, format: number): string {
  return join(home, format === 1 ? 'master.db' : `master.v${format}.db`)
}

export interface SettingsFile {
  readonly format: number
  readonly path: string
}

/** The settings of a home in every format that is there; the newest, which is last, is what counts. */
export function settingsFiles(home: string): readonly SettingsFile[] {
  const found = readdirSync(home).flatMap((name) => {
    const format = /^master(?:\.v(\d+))?\.db$/.exec(name)
    return format === null ? [] : [{ format: Number(format[1] ?? 1), path: join(home, name) }]
  })
  return found.toSorted((a, b) => a.format - b.format)
}

/** The settings that count: those of an older format until they are converted. */
export function settingsInForce(home: string): string {
  const newest = existsSync(home) ? settingsFiles(home).at(-1) : undefined
  return newest?.path ?? masterFile(home)
}

/** Whether a file of this name, at the root of a home, has its settings. */
export const isSettingsName = (name: string): boolean => /^master(?:\.v\d+)?\.db$/.test(name)

/** Whether a path within a home is that of a database, or of the log that belongs to one. */
export function isDatabaseName(path: string): boolean {
  const name = path.replace(/-wal$/, '')
  return (
    isSettingsName(name) ||
    /^(?:limits|effects|suppression|ledger|jobs|access|webhooks|spool\/\d{1,4}|reports\/\d{4}-\d\d|events\/(?:desk|\d{4}-\d\d-\d\d))\.db$/.test(
      name,
    )
  )
}

/** Events by day, and what the desk counts. */
export const eventsFolder = (home: string): string => join(home, 'events')

export const reportsFolder = (home: string): string => join(home, 'reports')

/** The months of rollups that there are, ascending. */
export function reportFiles(home: string): readonly string[] {
  return filesIn(reportsFolder(home), /^\d{4}-\d\d\.db$/)
}

/** The cursors and totals of the desk. */
export const deskFile = (home: string): string => join(home, 'events/desk.db')

/** What the limits have counted of the running hours and days. */
export const limitsFile = (home: string): string => join(home, 'limits.db')

/** What effects hold back, and what happened to them. */
export const effectsFile = (home: string): string => join(home, 'effects.db')

/** Who gets no mail any more. */
export const suppressionFile = (home: string): string => join(home, 'suppression.db')

/** What was handed in under a key. */
export const ledgerFile = (home: string): string => join(home, 'ledger.db')

/** What is sent to many in the background, and how far it came. */
export const jobsFile = (home: string): string => join(home, 'jobs.db')

/** How far events were posted to whom. */
export const webhooksFile = (home: string): string => join(home, 'webhooks.db')

/** Who may log in, sessions, and keys of the management API. */
export const accessFile = (home: string): string => join(home, 'access.db')

/** The shards that there are, ascending. */
export function shardFiles(home: string): readonly string[] {
  return filesIn(join(home, 'spool'), /^\d+\.db$/)
}

/** Their numbers. */
export function shardsOf(home: string): readonly number[] {
  return shardFiles(home).map((file) => Number.parseInt(basename(file)))
}

export const shardFile = (home: string, shard: number): string => join(home, `spool/${shard}.db`)

/** The days of events that there are, ascending. */
export function eventFiles(home: string): readonly string[] {
  return filesIn(join(home, 'events'), /^\d{4}-\d\d-\d\d\.db$/)
}

/** The days of the index of what was sent, ascending. */
export function sentFiles(home: string): readonly string[] {
  return filesIn(sentFolder(home), /^\d{4}-\d\d-\d\d\.db$/)
}

export const sentFolder = (home: string): string => join(home, 'sent')

/** Copies of delivered mail, of accounts that ask for them, in a folder of each. */
export const keptFolder = (home: string): string => join(home, 'kept')

/** What was said in attempts, by day. */
export const dialogsFolder = (home: string): string => join(home, 'dialogs')

function filesIn(folder: string, name: RegExp): readonly string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((one) => name.test(one))
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((one) => join(folder, one))
}

export function journalFolder(home: string, config: Pick<Config, 'journal.folder'>): string {
  return config['journal.folder'] === '' ? join(home, 'journal') : resolve(home, config['journal.folder'])
}

/** What the management API keeps of restores and changes of version that it started. */
export const runsFolder = (home: string): string => join(home, 'lifecycle/runs')

/** Releases that came by the management API. */
export const uploadsFolder = (home: string): string => join(home, 'lifecycle/uploads')

/** Support bundles that were made by the management API. */
export const supportFolder = (home: string): string => join(home, 'lifecycle/support')

/** There while a restore is under way, or was interrupted. */
export const restoreRecord = (home: string): string => join(home, 'restore.json')

/** Where backups go that were not told a place. */
export function backupFolder(home: string, config: Pick<Config, 'backup.folder'>): string {
  return config['backup.folder'] === '' ? join(home, 'backups') : resolve(home, config['backup.folder'])
}

/** Where `install` puts the keys of homes: nothing else is in it. */
export const KEYS_OF_HOMES = '/etc/hms/sealing'

/** The key that seals secrets in the settings: 32 octets. */
export function keyFile(home: string, config: Pick<Config, 'secrets.key_file'>): string {
  return config['secrets.key_file'] === '' ? join(home, 'config/hms.key') : config['secrets.key_file']
}

/** Certificates of hosts of links, as `<host>.pem` with `<host>.key`: the owner's, or ordered by the server. */
export const hostTlsFolder = (home: string): string => join(home, 'config/tls/hosts')

/** Where an account's files for mail are put (src/store/pickup/pickup-folder.ts). */
export function pickupPlace(
  home: string,
  account: AccountId,
): { readonly folder: string; readonly taken: string; readonly badmail: string } {
  const own = join(home, 'accounts', String(account))
  return { folder: join(own, 'pickup'), taken: join(own, 'taken'), badmail: join(own, 'badmail') }
}

/** The certificate that listeners show, and its key. */
export function tlsFiles(
  home: string,
  config: Pick<Config, 'smtp.tls_cert' | 'smtp.tls_key'>,
): { readonly cert: string; readonly key: string } {
  return config['smtp.tls_cert'] === ''
    ? { cert: join(home, 'config/tls/cert.pem'), key: join(home, 'config/tls/key.pem') }
    : { cert: config['smtp.tls_cert'], key: config['smtp.tls_key'] }
}
