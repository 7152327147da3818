// Makes the new parts of a home, in the staging folder, and the moves that bring them into their places. In a trial it makes nothing and
// says only what would be lost.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { compactTime } from '../../base/clock.ts'
import type { Config } from '../../contract/options.ts'
import { bodiesPath } from '../../store/sqlite/spool/body-slots.ts'
import { bringBack, changeQueue, RestingShard } from '../../store/sqlite/spool/queue-rows.ts'
import { dropSessions } from '../../store/sqlite/access/access-schema.ts'
import { makeKeyFile } from '../../store/sqlite/settings/sealing.ts'
import { restSettings } from '../../store/sqlite/settings/settings-formats.ts'
import { dropSealed, sealedBeyond, sealedIn, uniteSettings } from '../../store/sqlite/settings/settings-union.ts'
import { filesBelow } from '../backup/plain-files.ts'
import { KEY_NAME } from '../backup/manifest.ts'
import { bringSettings } from '../formats/settings.ts'
import {
  accessFile,
  deskFile,
  effectsFile,
  jobsFile,
  keyFile,
  ledgerFile,
  limitsFile,
  masterFile,
  settingsFiles,
  shardFile,
  suppressionFile,
  webhooksFile,
} from '../home-files.ts'
import { pluginFolders } from '../plugins/folders.ts'
import type { Findings, PlannedShard } from './look.ts'
import { changesOf, type QueuedRow } from './plan.ts'
import type { RestoreOptions } from './restore.ts'
import { type RestoreSource, unpack } from './source.ts'
import { makeMoves, type Move } from './swap.ts'

export interface MakeParts {
  readonly options: RestoreOptions
  readonly source: RestoreSource | null
  readonly staging: string
  readonly config: Config
  readonly findings: Findings
  readonly settings: 'backup' | 'present'
  /** Whether the home has settings that can be read. */
  readonly hasSettings: boolean
}

export interface MadeParts {
  readonly moves: readonly Move[]
  readonly secretsLost: readonly string[]
  readonly aside: string | null
}

/** What a message is held with; shown by `hms queue`. */
const HELD = 'held by a restore: nobody knows whether it was sent already'

export async function makeParts(parts: MakeParts): Promise<MadeParts> {
  const { options, settings } = parts
  const aside = `before-restore-${compactTime(Date.now())}`
  const moves: Move[] = []
  if (options.dryRun) {
    const secretsLost = settings === 'backup' ? secretsBeyond(parts, settingsFiles(parts.staging).at(-1)?.path ?? '') : []
    return { moves, secretsLost, aside: null }
  }
  const made = new Making(parts, aside, moves)
  await made.config()
  await made.plugins()
  const secretsLost = settings === 'backup' ? await made.settings() : []
  for (const shard of parts.findings.shards) await made.shard(shard)
  await made.events()
  made.limits()
  return { moves, secretsLost, aside: moves.some(({ to }) => to.startsWith(`${aside}/`)) ? aside : null }
}

function secretsBeyond({ source, config, options }: MakeParts, file: string): string[] {
  const key = keyFile(options.home, config)
  if (existsSync(key)) return sealedBeyond(file, key)
  return source?.files.has(KEY_NAME) === true || source?.files.has('config/hms.key') === true ? [] : sealedIn(file)
}

class Making {
  readonly #parts: MakeParts
  readonly #home: string
  readonly #staging: string
  readonly #aside: string
  readonly #moves: Move[]

  constructor(parts: MakeParts, aside: string, moves: Move[]) {
    this.#parts = parts
    this.#home = parts.options.home
    this.#staging = parts.staging
    this.#aside = aside
    this.#moves = moves
  }

  /**
   * Files that the home lacks; with the backup's settings also those that are otherwise now. Keys and certificates stay. Whose releases are
   * taken is for the home that lives: a key that was removed since does not come back, nor one that somebody put into the archive.
   */
  async config(): Promise<void> {
    const { settings, hasSettings } = this.#parts
    await this.#unpack((path) => path.startsWith('config/') && !(hasSettings && path.startsWith('config/keys/')))
    for (const { path, file } of filesBelow(this.#staging, 'config')) {
      const here = join(this.#home, path)
      const isOther = existsSync(here) && settings === 'backup' && path.endsWith('.yaml') && !readFileSync(here).equals(readFileSync(file))
      if (isOther) this.#putAside(path)
      if (isOther || !existsSync(here)) this.#put(path)
    }
  }

  /** Plug-ins that the home lacks; with the backup's settings also those whose code is otherwise now. Each comes back whole, with the packages that it needs. */
  async plugins(): Promise<void> {
    const { settings } = this.#parts
    const here = new Set(pluginFolders(this.#home))
    await this.#unpack((path) => path.startsWith('plugins/') && (settings === 'backup' || !here.has(path.split('/')[1] ?? '')))
    for (const name of pluginFolders(this.#staging)) {
      const path = join('plugins', name)
      if (here.has(name) && isSameCode(join(this.#home, path), join(this.#staging, path))) continue
      if (here.has(name)) this.#putAside(path)
      this.#put(path)
    }
  }

  /** Gives what nobody can read any more. */
  async settings(): Promise<readonly string[]> {
    const { options, config, hasSettings } = this.#parts
    await bringSettings(this.#staging)
    const copy = masterFile(this.#staging)
    const lost = secretsBeyond(this.#parts, copy)
    if (hasSettings) {
      await bringSettings(this.#home)
      uniteSettings(copy, masterFile(this.#home), options.forget)
    }
    await this.#key(config)
    if (lost.length > 0) dropSealed(copy, lost)
    restSettings(copy)
    for (const { path } of settingsFiles(this.#home)) this.#putDatabaseAside(relative(this.#home, path))
    this.#put(relative(this.#home, masterFile(this.#home)))
    return lost
  }

  async #key(config: Config): Promise<void> {
    const path = resolve(keyFile(this.#home, config))
    if (existsSync(path) || existsSync(join(this.#staging, 'config/hms.key'))) return
    await this.#unpack((name) => name === KEY_NAME)
    const staged = join(this.#staging, KEY_NAME)
    if (!existsSync(staged)) makeKeyFile(staged)
    if (path.startsWith(`${this.#home}/`)) this.#moves.push({ from: this.#from(KEY_NAME), to: relative(this.#home, path) })
    else {
      // The owner's place for it, outside the home: what is there is never replaced.
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      writeFileSync(path, readFileSync(staged), { mode: 0o600, flag: 'wx', flush: true })
    }
  }

  async shard({ shard, file, plan, trouble, back }: PlannedShard): Promise<void> {
    const { remove, hold } = changesOf(plan, this.#parts.options.uncertain)
    if (file !== null && remove.length + hold.length > 0) changeQueue(file, remove, hold, HELD)
    if (file !== null && back.length > 0) await this.#back(shard, file, back)
    if (plan.base !== 'backup') {
      if (trouble !== null) this.#putDatabaseAside(relative(this.#home, shardFile(this.#home, shard)))
      return
    }
    const staged = shardFile(this.#staging, shard)
    const bodies = bodiesOf(staged, shard)
    await this.#unpack((path) => bodies.has(path))
    const path = relative(this.#home, shardFile(this.#home, shard))
    this.#putDatabaseAside(path)
    for (const body of bodies) this.#put(body)
    this.#put(path)
    this.#put(`${path}-wal`)
  }

  /** Bodies first: one that no row names yet is removed by the next start, a row without its body is not mended. */
  async #back(shard: number, file: string, rows: readonly QueuedRow[]): Promise<void> {
    const staged = shardFile(this.#staging, shard)
    const messages = new Set(rows.map(({ message }) => `spool/${shard}/${message}`))
    const bodies = [...bodiesOf(staged, shard)].filter((path) => messages.has(path))
    await this.#unpack((path) => bodies.includes(path))
    await makeMoves(
      this.#home,
      bodies.map((path) => ({ from: this.#from(path), to: path })),
    )
    bringBack(file, staged, rows)
  }

  /**
   * What was sent is counted: the present counts never go back to those of a backup, which are taken only where there are none. What is
   * held back now is so for what receivers said since; and who wanted no more mail since the backup still wants none. What was
   * handed in under a key since is not handed in again; jobs, and what is told to webhooks, know how far they came. Who may log in is as it is now.
   */
  limits(): void {
    for (const file of [limitsFile, effectsFile, suppressionFile, ledgerFile, jobsFile, accessFile, webhooksFile].map((of) =>
      of(this.#home),
    )) {
      const name = relative(this.#home, file)
      if (existsSync(file) || !existsSync(join(this.#staging, name))) continue
      if (file === accessFile(this.#home)) dropSessions(join(this.#staging, name))
      this.#put(name)
      this.#put(`${name}-wal`)
    }
  }

  /** Cursors never go back: events, logs and rollups come from the backup only where the home has none. */
  async events(): Promise<void> {
    if (existsSync(deskFile(this.#home))) return
    await this.#unpack((path) => /^(?:events|reports|accounts)\//.test(path))
    for (const folder of ['events', 'reports', 'accounts'])
      for (const { path } of filesBelow(this.#staging, folder)) if (!path.endsWith('-shm')) this.#put(path)
  }

  async #unpack(wanted: (path: string) => boolean): Promise<void> {
    const { source } = this.#parts
    if (source !== null) await unpack(source, this.#staging, { wanted, progress: () => undefined })
  }

  #from(path: string): string {
    return join(relative(this.#home, this.#staging), path)
  }

  #put(path: string): void {
    this.#moves.push({ from: this.#from(path), to: path })
  }

  #putAside(path: string): void {
    this.#moves.push({ from: path, to: join(this.#aside, path) })
  }

  /** With its log and the bodies beside it: they are one. */
  #putDatabaseAside(path: string): void {
    const folder = join(this.#home, path, '..')
    const name = path.split('/').at(-1) ?? ''
    if (!existsSync(folder)) return
    const parts = new Set([name, `${name}-wal`, `${name}-shm`, basename(bodiesPath(name))])
    for (const one of readdirSync(folder)) if (parts.has(one)) this.#putAside(relative(this.#home, join(folder, one)))
  }
}

function isSameCode(one: string, other: string): boolean {
  const [files, others] = [one, other].map((folder) => filesBelow(folder, '.'))
  if (files?.length !== others?.length) return false
  return (files ?? []).every(({ path, file, size }, n) => {
    const there = others?.[n]
    return there?.path === path && there.size === size && readFileSync(there.file).equals(readFileSync(file))
  })
}

function bodiesOf(file: string, shard: number): Set<string> {
  using queue = new RestingShard(file, shard)
  return new Set(queue.filed().map((id) => `spool/${shard}/${id}`))
}
