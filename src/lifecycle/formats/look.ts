// Which formats the stores of a home have, and the refusal of what a newer program made, before anything is opened for use.
import { existsSync } from 'node:fs'
import type { Config } from '../../contract/options.ts'
import { FORMATS, type StoreName } from '../../contract/formats.ts'
import { newestDialogs } from '../../store/dialogs/dialog-shelf.ts'
import { newestKept } from '../../store/kept/prune.ts'
import { headOf, segmentsIn } from '../../store/journal/segment.ts'
import { refuseFormat } from '../../store/sqlite/faults.ts'
import { formatOfFile } from '../../store/sqlite/format-of.ts'
import {
  accessFile,
  deskFile,
  dialogsFolder,
  effectsFile,
  eventFiles,
  reportFiles,
  jobsFile,
  journalFolder,
  keptFolder,
  limitsFile,
  sentFiles,
  settingsFiles,
  shardFiles,
  ledgerFile,
  suppressionFile,
  webhooksFile,
} from '../home-files.ts'

export interface FoundFormat {
  readonly store: StoreName
  readonly path: string
  readonly format: number
}

/** Of the settings that count, every shard, the desk, the newest day of events and of what was sent, the newest month of rollups, and the newest segment of the journal, of kept copies and of dialogs. */
export async function findFormats(home: string, config: Pick<Config, 'journal.folder'>): Promise<readonly FoundFormat[]> {
  const found: FoundFormat[] = settingsFiles(home)
    .slice(-1)
    .map(({ path, format }) => ({ store: 'settings', path, format }))
  const add = (store: StoreName, path: string): void => {
    // A database whose making was cut off has none yet.
    const format = existsSync(path) ? formatOfFile(path) : 0
    if (format > 0) found.push({ store, path, format })
  }
  for (const path of shardFiles(home)) add('shard', path)
  add('desk', deskFile(home))
  add('limits', limitsFile(home))
  add('effects', effectsFile(home))
  add('suppression', suppressionFile(home))
  add('ledger', ledgerFile(home))
  add('jobs', jobsFile(home))
  add('access', accessFile(home))
  add('webhooks', webhooksFile(home))
  for (const path of eventFiles(home).slice(-1)) add('events', path)
  for (const path of sentFiles(home).slice(-1)) add('sent', path)
  for (const path of reportFiles(home).slice(-1)) add('reports', path)
  const copy = newestKept(keptFolder(home))
  if (copy !== null) found.push({ store: 'kept', ...copy })
  const dialogs = await newestDialogs(dialogsFolder(home))
  if (dialogs !== null) found.push({ store: 'dialogs', ...dialogs })
  const newest = (await segmentsIn(journalFolder(home, config))).at(-1)
  const head = newest === undefined ? null : await headOf(newest)
  if (newest !== undefined && head !== null) found.push({ store: 'journal', path: newest.path, format: head.format })
  return found
}

/** Throws a Fault `format-newer` or `format-older`. Settings may be older: they are converted. */
export async function requireFormats(home: string, config: Pick<Config, 'journal.folder'>): Promise<void> {
  for (const { store, path, format } of await findFormats(home, config))
    if (!FORMATS[store].reads.includes(format)) throw refuseFormat(store, path, format)
}
