// Restores a home: looks at what there is, says what becomes of each recipient, and (unless it is a trial) makes the new parts beside the
// home and swaps them in. The caller holds the home's lock, but for a trial, which changes nothing.
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { MessageId } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { isDiskFull } from '../../base/disk-full.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import type { Config } from '../../contract/options.ts'
import { roomLeft, roomNeeded } from '../../store/sqlite/disk-space.ts'
import { refuseFormat } from '../../store/sqlite/faults.ts'
import { foreignTrouble } from '../../store/sqlite/events/foreign.ts'
import { holdShards } from '../../store/sqlite/spool/queue-rows.ts'
import { settingsFacts } from '../../store/sqlite/settings/settings-formats.ts'
import { formatOfFile } from '../../store/sqlite/format-of.ts'
import { type SettingsDifference, settingsDifferences } from '../../store/sqlite/settings/settings-union.ts'
import { damaged } from '../backup/manifest.ts'
import { CONFIG_FILE, type Environment, loadConfig, variableOf } from '../config.ts'
import { bringSettings, requireSettingsFormat } from '../formats/settings.ts'
import {
  accessFile,
  reportFiles,
  deskFile,
  effectsFile,
  isDatabaseName,
  jobsFile,
  journalFolder,
  keyFile,
  KEYS_OF_HOMES,
  limitsFile,
  settingsFiles,
  shardFiles,
  shardsOf,
  ledgerFile,
  suppressionFile,
  webhooksFile,
} from '../home-files.ts'
import { copiedFrom, readIdentity } from '../identity.ts'
import { adoptHome } from '../start-guard.ts'
import { makeParts } from './make.ts'
import { type Findings, lookAtShards, type RestoreProgress } from './look.ts'
import { type Outcome, outcomeOf, type QueuedRow, type UncertainChoice } from './plan.ts'
import { bringBodies, isBodiesName, openSource, type RestoreSource, unpack } from './source.ts'
import { balanceTotals } from './totals.ts'
import { makeMoves, readRecord, removeRecord, stagingFolder, writeRecord } from './swap.ts'

export interface RestoreOptions {
  readonly home: string
  /** A backup, a zip of a home, a folder; null: the home itself is looked at, in its place. */
  readonly source: string | null
  readonly passphrase: string | undefined
  readonly dryRun: boolean
  /** A server runs on the home meanwhile: for a trial only. */
  readonly inUse: boolean
  readonly uncertain: UncertainChoice
  /** Null: the present ones where there are any. */
  readonly settings: 'backup' | 'present' | null
  /** What must not be undone is undone all the same. */
  readonly forget: boolean
  /** The other home of the same origin is gone and did nothing since. */
  readonly moved: boolean
  /** Messages that come back whatever became of them since. */
  readonly messages: ReadonlySet<MessageId>
  /** Null: where the configuration says. */
  readonly journal: string | null
  readonly environment: Environment
  readonly by: string
  readonly progress: RestoreProgress
}

export interface RestoreReport extends Outcome {
  readonly dryRun: boolean
  readonly uncertainChoice: UncertainChoice
  readonly uncertainRecipients: readonly QueuedRow[]
  /** Why something is uncertain, or why the list of what was lost may not be whole. */
  readonly doubts: readonly string[]
  readonly shards: readonly { readonly shard: number; readonly from: 'living' | 'backup' | 'none'; readonly trouble: string | null }[]
  readonly settings: 'backup' | 'present'
  readonly differences: readonly SettingsDifference[]
  /** Secrets that nobody can read any more, as their key is not there. */
  readonly secretsLost: readonly string[]
  /** Where the parts that were replaced are now; null: nothing was replaced. */
  readonly aside: string | null
}

export async function restoreHome(options: RestoreOptions): Promise<RestoreReport> {
  const { home, dryRun } = options
  const staging = dryRun ? trialFolder(home) : stagingFolder(home)
  await using opened = new AsyncDisposableStack()
  const source = options.source === null ? null : opened.use(await openSource(options.source, options.passphrase))
  if (!dryRun) {
    await settleRestore(home, options.environment, options.by)
    mkdirSync(home, { recursive: true, mode: 0o700 })
    removeTrials(home)
    await writeRecord(home, { step: 'unpacking' })
    crashPoint('restore-begun')
  }
  rmSync(staging, { recursive: true, force: true })
  try {
    return await restoreFrom(source, staging, options)
  } catch (error) {
    // What has begun to be swapped is finished by the next start; before that nothing has changed.
    const isUntouched = dryRun || readRecord(home)?.step === 'unpacking'
    if (!dryRun && isUntouched) await removeRecord(home)
    throw isUntouched && isDiskFull(error) ? filledUp(home, error) : error
  } finally {
    if (dryRun) rmSync(staging, { recursive: true, force: true })
  }
}

async function restoreFrom(source: RestoreSource | null, staging: string, options: RestoreOptions): Promise<RestoreReport> {
  const { home, dryRun, uncertain, by } = options
  if (source !== null) await unpackDatabases(source, staging, options)
  const config = await configFor(source, staging, options)
  const chosen = settingsChoice(options, source)
  if (chosen === 'backup') requireOwnPlaceOfKey(config, options)
  const ground = groundOf(source, staging, options, config)
  const findings = await lookAtShards(ground)
  crashPoint('restore-unpacked')
  const differences = source === null ? [] : differencesOf(home, staging)
  if (!dryRun) options.progress.stage('Making the new parts')
  using shards = dryRun ? null : await holdShards(join(home, 'spool'), shardsOf(home))
  const isOldSuppression = !existsSync(suppressionFile(home)) && existsSync(suppressionFile(staging))
  const made = await makeParts({ options, source, staging, config, findings, settings: chosen, hasSettings: hasSettings(home) })
  const report = reportOf(findings, { dryRun, uncertainChoice: uncertain, settings: chosen, differences, isOldSuppression, ...made })
  if (dryRun) return report
  crashPoint('restore-made')
  await writeRecord(home, { step: 'swapping', moves: made.moves })
  crashPoint('restore-swapping')
  await makeMoves(home, made.moves)
  crashPoint('restore-swapped')
  // Adopting takes them one by one.
  shards?.[Symbol.dispose]()
  await adopt(home, config, by)
  return report
}

function filledUp(home: string, cause: unknown): Fault {
  return new Fault('restore-no-room', `The disk is full that the restore was made on, that of ${home}: ${messageOf(cause)}.`, {
    blame: 'owner',
    mend: 'Make room there. Nothing was changed.',
    cause,
  })
}

/** What an interrupted restore needs at the next start. Gives what was done, in words; null: there was none. */
export async function settleRestore(home: string, environment: Environment, by: string): Promise<string | null> {
  const record = readRecord(home)
  if (record === null) return null
  if (record.step === 'unpacking') {
    await removeRecord(home)
    return 'A restore was interrupted before it changed anything; it was undone.'
  }
  if (record.step === 'swapping') await makeMoves(home, record.moves)
  await adopt(home, loadConfig(home, environment), by)
  return 'A restore was interrupted; it was finished.'
}

async function adopt(home: string, config: Config, by: string): Promise<void> {
  await writeRecord(home, { step: 'adopting' })
  await bringSettings(home)
  await adoptHome(home, config, by)
  balanceTotals(home)
  crashPoint('restore-adopted')
  await removeRecord(home)
}

/** Of trials that were killed. */
function removeTrials(home: string): void {
  for (const name of readdirSync(home)) if (name.startsWith('restore.trial-')) rmSync(join(home, name), { recursive: true, force: true })
}

function trialFolder(home: string): string {
  return existsSync(home) ? join(home, `restore.trial-${process.pid}`) : join(dirname(home), `.${basename(home)}.trial-${process.pid}`)
}

/** What has to be looked at; days of events are many, and seldom needed. */
const isDatabase = (path: string): boolean => isBodiesName(path) || (isDatabaseName(path) && !/^events\/\d/.test(path))

async function unpackDatabases(source: RestoreSource, staging: string, { progress, home }: RestoreOptions): Promise<void> {
  const wanted = [...source.files].filter(([path]) => isDatabase(path))
  const total = wanted.reduce((sum, [, size]) => sum + size, 0)
  const all = [...source.files.values()].reduce((sum, size) => sum + size, 0)
  mkdirSync(staging, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = statfsSync(staging)
  if (bavail * bsize < all) {
    throw new Fault('restore-no-room', `The restore may need ${roomNeeded(all)} beside ${home}; ${roomLeft(bavail * bsize)} are free.`, {
      blame: 'owner',
      mend: 'Make room on the disk of the home. Nothing was changed.',
    })
  }
  let done = 0
  await unpack(source, staging, { wanted: isDatabase, progress: (octets) => progress((done += octets), total) })
  requireOurs(source.name, staging)
  requireKnownFormats(staging)
  bringBodies(staging)
}

/** Throws a Fault `backup-damaged` where one of the databases is none of ours. */
function requireOurs(name: string, staging: string): void {
  const others = [
    deskFile(staging),
    limitsFile(staging),
    effectsFile(staging),
    suppressionFile(staging),
    ledgerFile(staging),
    jobsFile(staging),
    accessFile(staging),
    webhooksFile(staging),
    ...reportFiles(staging),
  ].filter((file) => existsSync(file))
  for (const file of [...settingsFiles(staging).map(({ path }) => path), ...shardFiles(staging), ...others]) {
    const trouble = foreignTrouble(file)
    if (trouble !== null) throw damaged(name, `its ${relative(staging, file)} is no database of hms: ${trouble}`)
  }
}

/** Settings are converted where they are older. Throws a Fault `format-newer` or `format-older`. */
function requireKnownFormats(staging: string): void {
  requireSettingsFormat(staging)
  for (const file of shardFiles(staging)) {
    const format = formatOfFile(file)
    if (!FORMATS.shard.reads.includes(format)) throw refuseFormat('shard', file, format)
  }
  for (const [store, file] of [
    ['limits', limitsFile(staging)],
    ['effects', effectsFile(staging)],
    ['suppression', suppressionFile(staging)],
    ['ledger', ledgerFile(staging)],
    ['jobs', jobsFile(staging)],
    ['access', accessFile(staging)],
    ['webhooks', webhooksFile(staging)],
    ['desk', deskFile(staging)],
    ...reportFiles(staging).map((file) => ['reports', file] as const),
  ] as const) {
    const format = existsSync(file) ? formatOfFile(file) : FORMATS[store].writes
    if (!FORMATS[store].reads.includes(format)) throw refuseFormat(store, file, format)
  }
}

/** The configuration of the home; of the source where the home has none. */
async function configFor(source: RestoreSource | null, staging: string, { home, environment }: RestoreOptions): Promise<Config> {
  if (existsSync(join(home, CONFIG_FILE))) return loadConfig(home, environment)
  if (source !== null) await unpack(source, staging, { wanted: (path) => path.startsWith('config/'), progress: () => undefined })
  return loadConfig(staging, environment)
}

/**
 * Who made the archive chose both the place of the key and its octets: outside of the home nothing is written on that word alone, as root
 * least of all.
 */
function requireOwnPlaceOfKey(config: Config, { home, environment }: RestoreOptions): void {
  const path = resolve(keyFile(home, config))
  const variable = variableOf('secrets.key_file')
  const isSaid = existsSync(join(home, CONFIG_FILE)) || environment[variable] !== undefined
  const isForKeys = path.startsWith(`${home}/`) || (dirname(path) === KEYS_OF_HOMES && existsSync(KEYS_OF_HOMES))
  if (isSaid || isForKeys || existsSync(path)) return
  throw new Fault(
    'restore-key-outside',
    `The configuration in the backup keeps the sealing key outside of the home, in ${path}, where there is none.`,
    {
      blame: 'caller',
      mend: `Put the key there before, or say where it may be written: ${variable}=${path} in the environment.`,
    },
  )
}

function groundOf(source: RestoreSource | null, staging: string, options: RestoreOptions, config: Config) {
  const { home, moved } = options
  const living = installationIn(home)
  const backedUp = source === null ? null : (source.installation ?? installationIn(staging))
  if (living !== null && backedUp !== null && living !== backedUp)
    throw new Fault('restore-foreign', `${source?.name ?? ''} is of another installation than the home ${home}.`, {
      blame: 'caller',
      mend: 'Restore it into an empty home: name another with --home.',
    })
  const folder = options.journal ?? journalFolder(home, config)
  const isInside = folder.startsWith(`${home}/`)
  const isCopy = readIdentity(home) !== null && copiedFrom(home) !== null && isInside && !moved
  return {
    home,
    staged: source === null ? null : staging,
    shards: source?.shards ?? null,
    journal: { folder, installation: living ?? backedUp },
    isCopy,
    inUse: options.inUse,
    named: options.messages,
    progress: options.progress,
  }
}

/** Null where there are no settings, or none that can be read, or their format does not say. */
function installationIn(folder: string): string | null {
  const newest = existsSync(folder) ? settingsFiles(folder).at(-1) : undefined
  if (newest === undefined) return null
  try {
    return settingsFacts(newest.path)?.installation ?? null
  } catch {
    return null
  }
}

function hasSettings(home: string): boolean {
  const newest = existsSync(home) ? settingsFiles(home).at(-1) : undefined
  try {
    return newest !== undefined && settingsFacts(newest.path) !== null
  } catch {
    return false
  }
}

function settingsChoice({ home, settings }: RestoreOptions, source: RestoreSource | null): 'backup' | 'present' {
  const isThere = hasSettings(home)
  if (settings === 'present' && !isThere)
    throw new Fault('restore-no-settings', `The home ${home} has no settings that could be kept.`, {
      blame: 'caller',
      mend: 'Use --settings backup.',
    })
  return source === null ? 'present' : (settings ?? (isThere ? 'present' : 'backup'))
}

function differencesOf(home: string, staging: string): SettingsDifference[] {
  const [present, backup] = [hasSettings(home) ? settingsFiles(home).at(-1) : undefined, settingsFiles(staging).at(-1)]
  return present === undefined || backup === undefined ? [] : settingsDifferences(present.path, backup.path)
}

/** Of a home that had none of its own. */
const OLD_SUPPRESSION = 'who unsubscribed, complained or bounced since the backup is not in suppression.db, as the home had none'

type Rest = { readonly isOldSuppression: boolean } & Pick<
  RestoreReport,
  'dryRun' | 'uncertainChoice' | 'settings' | 'differences' | 'secretsLost' | 'aside'
>

function reportOf(
  { shards, gone }: Findings,
  { dryRun, uncertainChoice, settings, differences, isOldSuppression, secretsLost, aside }: Rest,
): RestoreReport {
  const plans = shards.map(({ plan }) => plan)
  return {
    ...outcomeOf(plans, gone),
    dryRun,
    uncertainChoice,
    uncertainRecipients: plans.flatMap(({ uncertain }) => uncertain),
    doubts: [
      ...new Set([...plans.flatMap(({ doubt }) => (doubt === null ? [] : [doubt])), ...(isOldSuppression ? [OLD_SUPPRESSION] : [])]),
    ],
    shards: shards.map(({ shard, plan, trouble }) => ({ shard, from: plan.base, trouble })),
    settings,
    differences,
    secretsLost,
    aside,
  }
}
