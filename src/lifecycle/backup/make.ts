// Makes a backup: one moment of the home is pinned, then copied at a pace that mail does not feel, into FILE.new, which gets its name
// when it is whole. Whatever ends the process leaves FILE.new and a copy of one database beside it; the next backup there removes both.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import { compactTime } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { isDiskFull } from '../../base/disk-full.ts'
import { Fault, isMissing } from '../../base/fault.ts'
import { parseMessageId, placeOf } from '../../base/message-id.ts'
import type { Config } from '../../contract/options.ts'
import { lackOfRoom, roomLeft, roomNeeded } from '../../store/sqlite/disk-space.ts'
import type { Gone } from '../../store/sqlite/spool/slot-copy.ts'
import type { Snapshot } from '../../store/sqlite/spool/snapshot.ts'
import {
  accessFile,
  backupFolder,
  effectsFile,
  jobsFile,
  keyFile,
  ledgerFile,
  limitsFile,
  suppressionFile,
  webhooksFile,
} from '../home-files.ts'
import { type BackupManifest, KEY_NAME, MANIFEST_NAME, type BackedUpFile } from './manifest.ts'
import { type BackupHold, type Moment, type PinnedShard, pinMoment } from './moment.ts'
import { Pace } from './pace.ts'
import { filesBelow, octetsOf, type PlainFile } from './plain-files.ts'
import { pluginFiles } from '../plugins/kept-files.ts'
import { type KnownBackup, remember } from './record.ts'
import { newName, ZipWriter } from './zip-writer.ts'

export interface BackupOptions {
  readonly home: string
  readonly config: Config
  readonly version: string
  /** Null: a name of its own in the folder for backups. */
  readonly to: string | null
  /** For that name; null: the folder for backups. */
  readonly folder?: string | null
  readonly messages: boolean
  readonly logs: boolean
  /** Null: not encrypted, and then without the sealing key. */
  readonly passphrase: string | null
  readonly scheduled: boolean
  readonly hold: BackupHold
  readonly now: () => EpochMs
  /** Octets read so far, of how many. */
  readonly progress: (done: number, total: number) => void
}

/** Octets between two looks at the room that is left on the spool's disk. */
const LOOK_EVERY = 64 * 1024 * 1024

export async function makeBackup(options: BackupOptions): Promise<KnownBackup> {
  const file = options.to ?? nameOf(options)
  if (existsSync(file))
    throw new Fault('backup-exists', `${file} exists already.`, { blame: 'caller', mend: 'Name another file with --to.' })
  try {
    prepareFolder(file, options)
    return await write(file, options)
  } catch (error) {
    // What the file system answered, or SQLite for it: a full disk, a folder that is none, a file that this user may not read.
    if (!(error instanceof Error && ('syscall' in error || isDiskFull(error)))) throw error
    throw new Fault('backup-unwritable', `The backup ${file} cannot be made: ${error.message}.`, {
      blame: 'owner',
      temporary: true,
      mend: `Mend what is said, or name a file elsewhere with --to (or in backup.folder). The user that owns the home (uid ${process.geteuid?.()}) writes it.`,
      cause: error,
    })
  }
}

async function write(file: string, options: BackupOptions): Promise<KnownBackup> {
  const { home, now } = options
  using moment = await pinMoment(home, options.hold, now)
  const work = new Work(options, moment, file)
  await work.assureRoom()
  await using zip = await ZipWriter.open(file, { at: moment.at, passphrase: options.passphrase })
  crashPoint('backup-begun')
  const manifest = await work.fill(zip)
  const known = {
    file,
    at: moment.at,
    size: 0,
    version: options.version,
    messages: sum(manifest.shards.map(({ messages }) => messages)),
    recipients: sum(manifest.shards.map(({ recipients }) => recipients)),
    encrypted: options.passphrase !== null,
    scheduled: options.scheduled,
  }
  // Known before it is there: an entry without a file is forgotten, a file without an entry would never be.
  await zip.finish((size) => remember(home, Object.assign(known, { size })))
  return known
}

function nameOf({ home, config, version, passphrase, now, folder: chosen = null }: BackupOptions): string {
  const at = compactTime(now())
  const end = `.zip${passphrase === null ? '' : '.enc'}`
  const folder = chosen ?? backupFolder(home, config)
  let name = `hms-${version}-${at}${end}`
  for (let n = 2; existsSync(join(folder, name)); n++) name = `hms-${version}-${at}-${n}${end}`
  return join(folder, name)
}

const copyName = (file: string): string => `${newName(file)}.copy`
/** Nothing else that begins with the name of a backup: that is the owner's. */
const LEFT_OVER = /^(.*)\.new(?:\.copy(?:-wal|-shm|-journal)?)?$/s

/** Makes the folder for backups; another has to be there. Removes from it what a killed backup left. */
function prepareFolder(file: string, { home, config }: BackupOptions): void {
  const folder = dirname(file)
  if (folder === backupFolder(home, config)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  // A disk that is not mounted, or a slip: the copy would lie where nobody looks for it, or where the home lies.
  else if (!existsSync(folder))
    throw new Fault('backup-unwritable', `There is no folder ${folder} for the backup.`, {
      blame: 'caller',
      mend: 'Mount its disk, or make the folder for the user that owns the home.',
    })
  const isLeft = (name: string): boolean => {
    const whole = LEFT_OVER.exec(name)?.[1]
    return whole === basename(file) || /^hms-.*\.zip(?:\.enc)?$/.test(whole ?? '')
  }
  for (const name of readdirSync(folder)) if (isLeft(name)) rmSync(join(folder, name), { force: true })
}

class Work {
  readonly #options: BackupOptions
  readonly #moment: Moment
  readonly #file: string
  readonly #pace: Pace
  readonly #shards: readonly (PinnedShard & { readonly bodies: readonly PlainFile[] })[]
  readonly #plain: readonly PlainFile[]
  readonly #total: number
  readonly #files: BackedUpFile[] = []
  #done = 0
  #nextLook = LOOK_EVERY

  constructor(options: BackupOptions, moment: Moment, file: string) {
    this.#options = options
    this.#moment = moment
    this.#file = file
    this.#pace = new Pace(options.hold.isRunning)
    this.#shards = options.messages ? moment.shards.map((one) => ({ ...one, bodies: bodiesOf(options.home, one) })) : []
    this.#plain = this.#plainFiles()
    const plain = [...this.#plain, ...this.#shards.flatMap(({ bodies }) => bodies)]
    // A database is read twice: for its copy, and for the archive.
    this.#total = 2 * sum(this.#databases().map(({ octets }) => octets)) + sum(plain.map(({ size }) => size))
  }

  #databases(): Snapshot[] {
    const { events, settings, limits } = this.#moment
    return [...this.#shards.map(({ snapshot }) => snapshot), ...events, settings, ...limits]
  }

  #plainFiles(): PlainFile[] {
    const { home, config, logs } = this.#options
    const key = keyFile(home, config)
    const accounts = logs ? filesBelow(home, 'accounts').filter(({ path }) => /^accounts\/[^/]+\/logfiles\/[^/]+$/.test(path)) : []
    return [...filesBelow(home, 'config').filter(({ file }) => file !== key), ...accounts, ...pluginFiles(home).files]
  }

  /** As if nothing could be compressed; and the copy of one database stands beside the archive. */
  async assureRoom(): Promise<void> {
    const { home, config } = this.#options
    const folder = dirname(this.#file)
    const sizes = this.#databases().map(({ octets }) => octets)
    const needed = this.#total - sum(sizes) + Math.max(...sizes)
    const { bavail, blocks, bsize } = await statfs(folder)
    const sharesDisk = statSync(folder).dev === statSync(home).dev
    const kept = sharesDisk ? Math.max(config['spool.low_water'], (blocks * bsize * config['spool.low_water_percent']) / 100) : 0
    const free = bavail * bsize
    if (free >= needed + kept) return
    const reserve = kept > 0 ? `, and ${roomNeeded(kept)} of it are kept for mail (spool.low_water)` : ''
    throw noRoom(`The backup may need ${roomNeeded(needed)} in ${folder}; ${roomLeft(free)} are free${reserve}.`)
  }

  async fill(zip: ZipWriter): Promise<BackupManifest> {
    const { home, passphrase, config } = this.#options
    const { events, settings, limits } = this.#moment
    for (const one of this.#shards) {
      await this.#database(zip, `spool/${one.snapshot.name}`, one.snapshot)
      for (const body of one.bodies) await this.#body(zip, body, one)
      one.snapshot[Symbol.dispose]()
    }
    for (const snapshot of events) await this.#database(zip, `events/${snapshot.name}`, snapshot)
    for (const snapshot of [settings, ...limits]) await this.#database(zip, snapshot.name, snapshot)
    for (const plain of this.#plain) await this.#plainFile(zip, plain)
    if (passphrase !== null) await this.#add(zip, KEY_NAME, { octets: octetsOf(keyFile(home, config), this.#pace) })
    const manifest = this.#manifest()
    await zip.add({ path: MANIFEST_NAME, octets: once(JSON.stringify(manifest)) })
    return manifest
  }

  #manifest(): BackupManifest {
    const { version, messages, logs, passphrase } = this.#options
    const { at, facts, shards } = this.#moment
    return {
      format: 1,
      product: 'hms',
      version,
      installation: facts.installation,
      epoch: facts.epoch,
      at,
      formats: this.#formats,
      shards: shards.map(({ shard, event, snapshot, facts: { sequence, ...inside } }) => {
        const gone = this.#gone.get(snapshot) ?? inside
        return { shard, event, sequence, messages: inside.messages - gone.messages, recipients: inside.recipients - gone.recipients }
      }),
      messages,
      logs,
      keyIncluded: passphrase !== null,
      files: this.#files,
    }
  }

  readonly #formats: Record<string, number> = {}
  /** What of a shard that is in the archive ended while it was copied. */
  readonly #gone = new Map<Snapshot, Gone>()

  async #database(zip: ZipWriter, path: string, snapshot: Snapshot): Promise<void> {
    const copy = copyName(this.#file)
    this.#formats[kindOf(path)] = Math.max(snapshot.format, this.#formats[kindOf(path)] ?? 0)
    try {
      let before = 0
      const gone = await snapshot.copyTo(copy, (done) => {
        this.#count(done - before)
        before = done
        this.#pace.stepNow()
      })
      this.#gone.set(snapshot, gone)
      this.#count(Math.max(0, snapshot.octets - before))
      crashPoint('backup-copied')
      await this.#add(zip, path, { octets: octetsOf(copy, this.#pace) })
    } finally {
      for (const name of ['', '-wal', '-shm', '-journal']) await rm(copy + name, { force: true })
    }
  }

  async #body(zip: ZipWriter, body: PlainFile, { snapshot, shard }: PinnedShard): Promise<void> {
    const id = parseMessageId(basename(body.path))
    // One that is being received, or was refused: no row names it.
    if (id === undefined || placeOf(id).shard !== shard || !snapshot.namesFile(placeOf(id).sequence)) return this.#count(body.size)
    try {
      await this.#add(zip, body.path, { octets: octetsOf(body.file, this.#pace) })
    } catch (error) {
      if (!isMissing(error)) throw error
      throw new Fault('backup-disturbed', `The body of message ${id} went while the backup was made: its worker was started anew.`, {
        blame: 'owner',
        temporary: true,
        mend: 'Make the backup again.',
        cause: error,
      })
    }
  }

  /** A log of a day that is over is compressed some time after midnight, under another name. */
  async #plainFile(zip: ZipWriter, { path, file }: PlainFile): Promise<void> {
    const isPacked = path.endsWith('.gz')
    const isOurs = !path.startsWith('plugins/')
    if (existsSync(file)) await this.#add(zip, path, { octets: octetsOf(file, this.#pace, isOurs), compress: !isPacked })
    else if (existsSync(`${file}.gz`)) await this.#add(zip, `${path}.gz`, { octets: octetsOf(`${file}.gz`, this.#pace), compress: false })
  }

  async #add(zip: ZipWriter, path: string, source: { octets: AsyncIterable<Uint8Array>; compress?: boolean }): Promise<void> {
    this.#files.push(await zip.add({ path, ...source, octets: this.#counted(source.octets) }))
  }

  async *#counted(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of octets) {
      this.#count(chunk.length)
      yield chunk
      await this.#assureStillRoom()
    }
  }

  #count(octets: number): void {
    this.#done += octets
    this.#options.progress(Math.min(this.#done, this.#total), this.#total)
  }

  /** What is not written back while it is being read, and the archive itself, must not take from mail what it needs. */
  async #assureStillRoom(): Promise<void> {
    if (this.#done < this.#nextLook) return
    this.#nextLook = this.#done + LOOK_EVERY
    const { home, config } = this.#options
    const { reason } = await lackOfRoom(home, { bytes: config['spool.low_water'], percent: config['spool.low_water_percent'] })
    if (reason !== null) throw noRoom(`The disk of the home became too full for a backup: ${reason}.`)
  }
}

function bodiesOf(home: string, { shard }: PinnedShard): PlainFile[] {
  return filesBelow(home, join('spool', String(shard)))
}

function kindOf(path: string): string {
  if (path.startsWith('spool/')) return 'shard'
  if (path.startsWith('events/')) return basename(path).startsWith('desk') ? 'desk' : 'events'
  if (path.startsWith('reports/')) return 'reports'
  if (path === basename(effectsFile(''))) return 'effects'
  if (path === basename(suppressionFile(''))) return 'suppression'
  if (path === basename(ledgerFile(''))) return 'ledger'
  if (path === basename(jobsFile(''))) return 'jobs'
  if (path === basename(accessFile(''))) return 'access'
  if (path === basename(webhooksFile(''))) return 'webhooks'
  return path === basename(limitsFile('')) ? 'limits' : 'settings'
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function noRoom(text: string): Fault {
  return new Fault('backup-no-room', text, {
    blame: 'owner',
    temporary: true,
    mend: 'Make room, or name a file on another disk with --to (or in backup.folder).',
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
