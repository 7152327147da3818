// How many octets a home keeps, by kind and by day, from what the file system says of its files. Others have their turn after each folder;
// of a folder with very many files some are measured and the rest are taken for alike.
import { opendirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { EpochMs } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { isMissing } from '../../base/fault.ts'
import { DAY_KINDS, type DataKind, type DayKind } from '../../contract/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import { knownBackups } from '../../lifecycle/backup/record.ts'
import {
  deskFile,
  dialogsFolder,
  eventFiles,
  isDatabaseName,
  journalFolder,
  keptFolder,
  reportFiles,
  sentFiles,
  shardsOf,
} from '../../lifecycle/home-files.ts'
import { segmentsIn } from '../../store/journal/segment.ts'
import { dialogFiles, octetsOf } from '../../store/dialogs/dialog-file.ts'
import { keptSizes } from '../../store/kept/prune.ts'
import { databaseSize, takenBy } from '../../store/sqlite/disk-space.ts'
import { logFilesOf } from '../logs/log-folders.ts'

/** Files of one folder of bodies that are measured. */
const MEASURED = 2000
const DAY_NAME = /^(\d{4}-\d\d-\d\d)/

/** Octets by day. */
export type Days = Map<string, number>

export interface Measured {
  readonly at: EpochMs
  readonly days: Readonly<Record<DayKind, Days>>
  /** Of the kinds that are not kept by day. */
  readonly fixed: Readonly<Record<Exclude<DataKind, DayKind>, number>>
}

export async function measureHome(home: string, config: Pick<Config, 'journal.folder'>): Promise<Measured> {
  const days = Object.fromEntries(DAY_KINDS.map((kind) => [kind, new Map<string, number>()])) as unknown as Record<DayKind, Days>
  for (const file of eventFiles(home)) add(days.events, dayIn(file), databaseSize(file))
  for (const file of sentFiles(home)) add(days.sent, dayIn(file), databaseSize(file))
  for (const file of reportFiles(home)) add(days.reports, lastDayIn(file), databaseSize(file))
  for (const { path, begun } of await segmentsIn(journalFolder(home, config)))
    add(days.journal, new Date(begun).toISOString().slice(0, 10), takenBy(path))
  for await (const files of logFilesOf(home)) for (const { path, day } of files) add(days.logs, day, takenBy(path))
  for await (const { day, bytes } of keptSizes(keptFolder(home))) add(days.kept, day, bytes)
  for (const file of await dialogFiles(dialogsFolder(home))) add(days.dialogs, file.day, octetsOf(file))
  const root = (await readdir(home)).filter((name) => isDatabaseName(name))
  const fixed = {
    spool: await spoolSize(home),
    desk: databaseSize(deskFile(home)),
    settings: root.reduce((sum, name) => sum + takenBy(join(home, name)), 0),
    backups: knownBackups(home).reduce((sum, { size }) => sum + size, 0),
  }
  return { at: systemClock.now(), days, fixed }
}

function add(days: Days, day: string, bytes: number): void {
  days.set(day, (days.get(day) ?? 0) + bytes)
}

function dayIn(file: string): string {
  return DAY_NAME.exec(basename(file))?.[1] ?? ''
}

/** Of a month: it is as old as that. */
function lastDayIn(file: string): string {
  const [, year, month] = /^(\d{4})-(\d\d)/.exec(basename(file)) ?? []
  return new Date(Date.UTC(Number(year), Number(month), 0)).toISOString().slice(0, 10)
}

async function spoolSize(home: string): Promise<number> {
  const folder = join(home, 'spool')
  // Folders, too: one that once had many names stays large.
  let bytes = takenBy(folder)
  for (const name of await readdir(folder).catch(() => [])) bytes += /^\d+$/.test(name) ? 0 : takenBy(join(folder, name))
  for (const shard of shardsOf(home)) bytes += await bodiesSize(join(folder, String(shard)))
  return bytes
}

async function bodiesSize(folder: string): Promise<number> {
  let [count, bytes] = [0, 0]
  const own = takenBy(folder)
  try {
    using entries = opendirSync(folder)
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      if (count++ < MEASURED) bytes += takenBy(join(folder, entry.name))
      if (count % MEASURED === 0) await turn()
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return own + (count <= MEASURED ? bytes : Math.round((bytes / MEASURED) * count))
}
