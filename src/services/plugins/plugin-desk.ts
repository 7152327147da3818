// Who adds, changes and removes plug-ins: the desk of a running server, or a command on a stopped home. What is changed is tried before, in a
// process like the one that it will run in; one thing is done at a time.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { machineClock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import type { PluginLine, PluginSeen, PluginSettings, PluginSettingValues } from '../../contract/plugin-operations.ts'
import { PLUGIN_API } from '../../contract/plugins.ts'
import type { PluginChange, PluginDesk, PluginHere } from '../../engine/ports/plugins.ts'
import { pluginFolders, placePlugin, removePlugin, settlePlugins, stagingOf } from '../../lifecycle/plugins/folders.ts'
import { sealOf } from '../../lifecycle/plugins/home-seal.ts'
import { changeEntry, dropEntry } from '../../lifecycle/plugins/list-file.ts'
import { MOST_UNPACKED, unpackPlugin, unusable } from '../../lifecycle/plugins/package.ts'
import {
  type Manifest,
  ownOf,
  PLUGIN_DEFAULTS,
  PLUGIN_NAME,
  pluginsFolder,
  packageFields,
  readManifest,
  readPluginList,
  requireCode,
} from '../../plugins/plugin-spec.ts'
import type { PluginSet } from '../../plugins/plugin-set.ts'
import { openedSettings, sealedSettings, type SecretSeal } from '../../plugins/sealed-settings.ts'
import { changedSettings, settingRows } from '../../plugins/settings-schema.ts'
import { type LoadTrial, tryLoading } from '../../plugins/load-trial.ts'
import { lackOfRoom } from '../../store/sqlite/disk-space.ts'

type Fields = Readonly<Record<string, unknown>>
type Loaded = Extract<LoadTrial, { readonly kind: 'loaded' }>

const NEW_ENTRY = { accounts: [], onFailure: 'continue', ...PLUGIN_DEFAULTS } as const
const NO_CODE = { version: null, api: null, hooks: [], network: false } as const

export interface PluginParts {
  readonly home: string
  readonly config: Config
  /** Those that run beside the desk; none does on a stopped home. */
  readonly notices?: Pick<PluginSet, 'seen' | 'lines'> | null
}

export class Plugins implements PluginDesk {
  readonly #home: string
  readonly #config: Config
  readonly #seal: () => SecretSeal
  readonly #notices: PluginParts['notices']
  #last: Promise<unknown> = Promise.resolve()

  constructor({ home, config, notices = null }: PluginParts) {
    this.#notices = notices
    this.#home = home
    this.#config = config
    this.#seal = sealOf(home, config)
  }

  seen(): readonly PluginSeen[] {
    return this.#notices?.seen() ?? []
  }

  lines(name: string): readonly PluginLine[] {
    return this.#notices?.lines(name) ?? []
  }

  list(): readonly PluginHere[] {
    const all: PluginHere[] = []
    for (const [n, fields] of this.#entries().entries()) {
      const here = { ...this.#listed(fields, n), position: n + 1 }
      const isTwice = all.some(({ name }) => name === here.name)
      all.push(isTwice ? { ...here, name: `number ${n + 1}`, problem: `${here.name} is named twice.` } : here)
    }
    for (const name of pluginFolders(this.#home).filter((one) => PLUGIN_NAME.test(one)))
      if (!all.some((one) => one.name === name))
        all.push({ name, position: all.length + 1, listed: false, enabled: false, ...NEW_ENTRY, ...this.#code(name) })
    return all
  }

  add(archive: Uint8Array, { name: wanted, enabled }: { readonly name: string | null; readonly enabled: boolean }): Promise<string> {
    return this.#inTurn(async () => {
      settlePlugins(this.#home)
      await this.#requireRoom()
      const staging = stagingOf(this.#home)
      try {
        const files = await unpackPlugin(archive, staging)
        const name = wanted ?? packageName(staging)
        if (!PLUGIN_NAME.test(name))
          throw unusable(
            `${JSON.stringify(name.slice(0, 100))} is no name for a plug-in.`,
            'Name another with --as: a-z, 0-9, dot, hyphen and underscore.',
          )
        const entry = this.#entries().find((one) => one['name'] === name)
        const isOn = entry === undefined ? enabled : ownIn(entry).enabled
        const { problem } = await this.#tried(staging, entry === undefined ? {} : this.#opened(entry))
        // What runs goes on; a new one waits, switched off, for its settings.
        if (problem !== null && isOn && entry !== undefined) throw unusable(`${name} cannot take the place of what runs: ${problem}`)
        const { syncFiles } = await import('../../lifecycle/release/archive.ts')
        await syncFiles(staging, files)
        await placePlugin(this.#home, staging, name)
        if (entry === undefined) changeEntry(this.#home, name, { enabled: enabled && problem === null })
        return name
      } finally {
        rmSync(staging, { recursive: true, force: true })
      }
    })
  }

  set(name: string, change: PluginChange): Promise<void> {
    return this.#inTurn(async () => {
      const entry = this.#entryOf(name)
      if (change.enabled === true) {
        const { problem } = await this.#tried(join(pluginsFolder(this.#home), name), entry === null ? {} : this.#opened(entry))
        if (problem !== null)
          throw unusable(`${name} cannot be switched on: ${problem}`, `'hms plugin settings ${name}' shows and sets them.`)
      }
      // One that was put there by hand is switched on by that, and by nothing else.
      changeEntry(this.#home, name, { ...(entry === null && { enabled: false }), ...change })
    })
  }

  settings(name: string): Promise<PluginSettings> {
    return this.#inTurn(async () => {
      const entry = this.#entryOf(name)
      const given = entry === null ? {} : this.#opened(entry)
      return shownSettings(name, given, await this.#tried(join(pluginsFolder(this.#home), name), given))
    })
  }

  setSettings(name: string, values: PluginSettingValues, unset: readonly string[]): Promise<PluginSettings> {
    return this.#inTurn(async () => {
      const entry = this.#entryOf(name)
      // What is set anew need not be readable.
      const raw = withValues(entry?.['settings'] ?? {}, values, unset)
      const given = this.#opened({ ...entry, name, settings: raw })
      const trial = await this.#tried(join(pluginsFolder(this.#home), name), given)
      if (trial.problem !== null) throw unusable(trial.problem, `Nothing was changed. 'hms plugin settings ${name}' tells what there is.`)
      const settings = sealedSettings(trial.schema, given, name, this.#seal)
      changeEntry(this.#home, name, { settings, ...(entry === null && { enabled: false }) })
      return shownSettings(name, given, trial)
    })
  }

  remove(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const wasListed = dropEntry(this.#home, name)
      return (await removePlugin(this.#home, name)) || wasListed
    })
  }

  #entries(): readonly Fields[] {
    const list = readPluginList(this.#home)
    if (typeof list !== 'string') return list
    throw new Fault('plugins-file', `config/plugins.yaml: ${list}`, { blame: 'owner', mend: 'Mend it by hand.' })
  }

  /** Null: it is not listed. Throws a Fault where its folder is not there either. */
  #entryOf(name: string): Fields | null {
    const entry = this.#entries().find((one) => one['name'] === name)
    if (entry !== undefined) return entry
    if (PLUGIN_NAME.test(name) && pluginFolders(this.#home).includes(name)) return null
    throw new Fault('not-found', `There is no plug-in ${name}.`, { blame: 'caller', mend: "'hms plugin ls' lists them." })
  }

  #listed(fields: Fields, n: number): Omit<PluginHere, 'position'> {
    const name = typeof fields['name'] === 'string' ? fields['name'] : `number ${n + 1}`
    try {
      const { accounts, settings: _settings, ...own } = ownOf(fields)
      return { ...own, accounts: [...(accounts ?? [])], listed: true, ...this.#code(name) }
    } catch (error) {
      const enabled = fields['enabled'] !== false
      return { name, listed: true, enabled, ...NEW_ENTRY, ...NO_CODE, problem: messageOf(error) }
    }
  }

  #code(name: string): Pick<PluginHere, 'version' | 'api' | 'hooks' | 'network' | 'problem'> {
    try {
      const { version, hooks, network, entry } = readManifest(join(pluginsFolder(this.#home), name))
      requireCode(entry)
      return { version, hooks, network, api: PLUGIN_API, problem: null }
    } catch (error) {
      return { ...NO_CODE, problem: messageOf(error) }
    }
  }

  #opened(entry: Fields): unknown {
    const { name, settings } = ownIn(entry)
    try {
      return openedSettings(settings, name, this.#seal)
    } catch (error) {
      throw unusable(messageOf(error), `'hms plugin settings ${name} KEY=VALUE' sets it.`)
    }
  }

  /** Rejects with a Fault where its code cannot be used. */
  async #tried(path: string, settings: unknown): Promise<Loaded> {
    const manifest = manifestIn(path)
    const trial = await tryLoading({ ...manifest, memory: PLUGIN_DEFAULTS.memory, settings }, { clock: machineClock })
    if (trial.kind === 'refused') throw unusable(`Its code cannot be used: ${trial.reason}`)
    return trial
  }

  /** Mail has the room first. */
  async #requireRoom(): Promise<void> {
    const least = { bytes: this.#config['spool.low_water'] + MOST_UNPACKED, percent: this.#config['spool.low_water_percent'] }
    const { reason } = await lackOfRoom(this.#home, least)
    if (reason === null) return
    throw new Fault('disk-full', `There is no room for it on the disk of the home: ${reason}.`, {
      blame: 'owner',
      mend: 'Make room there.',
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }
}

function ownIn(entry: Fields): ReturnType<typeof ownOf> {
  try {
    return ownOf(entry)
  } catch (error) {
    throw new Fault('plugins-file', `The entry of ${String(entry['name'])} in config/plugins.yaml is wrong: ${messageOf(error)}`, {
      blame: 'owner',
      mend: 'Mend it by hand.',
      cause: error,
    })
  }
}

function manifestIn(path: string): Manifest {
  try {
    const manifest = readManifest(path)
    requireCode(manifest.entry)
    return manifest
  } catch (error) {
    throw unusable(messageOf(error))
  }
}

/** Without the scope that packages of npm may have. */
function packageName(folder: string): string {
  let name: unknown
  try {
    ;({ name } = packageFields(readFileSync(join(folder, 'package.json'), 'utf8')))
  } catch (error) {
    throw unusable(messageOf(error))
  }
  return typeof name === 'string' ? name.replace(/^@[^/]*\//, '') : ''
}

function withValues(settings: unknown, values: PluginSettingValues, unset: readonly string[]): unknown {
  try {
    return changedSettings(settings, values, unset)
  } catch (error) {
    throw new Fault('invalid-parameter', messageOf(error), { blame: 'caller', cause: error })
  }
}

function shownSettings(name: string, given: unknown, { schema, settings, problem }: Loaded): PluginSettings {
  return { name, settings: settingRows(schema, given, settings), problem }
}
