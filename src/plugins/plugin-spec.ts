// What is to run of a plug-in: its manifest (`package.json` in its folder) and what the owner says of it in `config/plugins.yaml`. Mistakes
// are sentences; one plug-in that cannot be used does not keep the others from running.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, relative, isAbsolute } from 'node:path'
import type { AccountId, Ms } from '../base/brand.ts'
import { isMissing } from '../base/fault.ts'
import { late } from '../base/late.ts'
import { parseDuration, parseSize } from '../base/quantities.ts'
import { PLUGIN_FAILURES, type PluginFailureChoice } from '../contract/plugin-operations.ts'
import { PLUGIN_API, PLUGIN_HOOKS, type PluginHook } from '../contract/plugins.ts'
import { filesStamp } from './plugin-files.ts'
import { openedSettings, type SecretSeal } from './sealed-settings.ts'

/** What an owner says of a plug-in. */
export interface PluginOwn {
  readonly name: string
  readonly enabled: boolean
  /** Null: all. */
  readonly accounts: ReadonlySet<AccountId> | null
  /** What is done with mail where it has no answer. */
  readonly onFailure: PluginFailureChoice
  readonly budget: Ms
  readonly memory: number
  /** As they stand there: secrets are sealed. */
  readonly settings: unknown
}

export interface PluginSpec extends Omit<PluginOwn, 'enabled'> {
  readonly version: string
  /** Real paths. */
  readonly folder: string
  readonly entry: string
  readonly hooks: readonly PluginHook[]
  /** It may connect to others over TCP and UDP. */
  readonly network: boolean
  /** As it is given them. */
  readonly settings: unknown
  /** Another one of either: it is started anew. What the owner and its manifest say, and its files as they stand. */
  readonly stamp: string
  readonly files: string
}

export interface Wanted {
  readonly specs: readonly PluginSpec[]
  readonly problems: readonly { readonly plugin: string; readonly problem: string }[]
  /** The list itself cannot be read: nobody knows what is wanted. */
  readonly isUnknown?: true
}

const yaml = late('yaml')

const MIB = 1024 * 1024
export const PLUGIN_DEFAULTS = { budget: 2000, memory: 192 * MIB } as const
const LEAST_MEMORY = 96 * MIB
const LONGEST_BUDGET: Ms = 60_000
export const PLUGIN_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/
const KEYS = new Set(['name', 'enabled', 'accounts', 'on_failure', 'budget', 'memory', 'settings'])

export function pluginsFile(home: string): string {
  return join(home, 'config', 'plugins.yaml')
}

export function pluginsFolder(home: string): string {
  return join(home, 'plugins')
}

/** Members of the list as they stand there; a sentence where it is none. */
export function readPluginList(home: string): readonly Readonly<Record<string, unknown>>[] | string {
  let list: unknown
  try {
    const text = readFileSync(pluginsFile(home), 'utf8')
    list = yaml().parse(text)
  } catch (error) {
    return isMissing(error) ? [] : `It cannot be read: ${(error as Error).message}`
  }
  if (list === null || list === undefined) return []
  if (!Array.isArray(list)) return 'It is no list: write "- name: …" for each plug-in.'
  return list.map((entry: unknown) => (typeof entry === 'object' && entry !== null ? entry : {}) as Readonly<Record<string, unknown>>)
}

/** In the owner's order. Without the file there is none. */
export function wantedPlugins(home: string, seal: () => SecretSeal): Wanted {
  const list = readPluginList(home)
  if (typeof list === 'string') return { specs: [], problems: [{ plugin: 'config/plugins.yaml', problem: list }], isUnknown: true }
  const specs: PluginSpec[] = []
  const problems: { plugin: string; problem: string }[] = []
  for (const [n, fields] of list.entries()) {
    if (fields['enabled'] === false) continue
    const plugin = typeof fields['name'] === 'string' ? fields['name'] : `number ${n + 1}`
    try {
      if (specs.some(({ name }) => name === plugin)) throw new Error('It is named twice.')
      specs.push(specOf(home, fields, seal))
    } catch (error) {
      problems.push({ plugin, problem: (error as Error).message })
    }
  }
  return { specs, problems }
}

/** What runs of an entry. Throws a sentence where nothing can. */
export function specOf(home: string, fields: Readonly<Record<string, unknown>>, seal: () => SecretSeal): PluginSpec {
  const { name } = fields
  return specIn(join(pluginsFolder(home), typeof name === 'string' && PLUGIN_NAME.test(name) ? name : '-'), fields, seal)
}

/** Of the plug-in in this folder, with its entry as it stands in the list. Throws a sentence where it cannot be used. */
export function specIn(path: string, fields: Readonly<Record<string, unknown>>, seal: () => SecretSeal = noKey): PluginSpec {
  const { enabled: _enabled, ...own } = ownOf(fields)
  const manifest = readManifest(path)
  if (own.accounts !== null && manifest.hooks.includes('protocol'))
    throw new Error('It asks for the lines of connections (hook protocol), which accounts share: leave accounts out, or that hook.')
  const settings = openedSettings(own.settings, own.name, seal)
  requireCode(manifest.entry)
  return { ...own, ...manifest, settings, stamp: JSON.stringify([fields, manifest]), files: filesStamp(manifest.folder, manifest.entry) }
}

function noKey(): never {
  throw new Error('there is no home here')
}

/** Whether it is asked about mail of the account, or told of it. Null: whose mail it is is not known. */
export function concerns({ accounts }: Pick<PluginOwn, 'accounts'>, account: AccountId | null): boolean {
  return accounts === null || (account !== null && accounts.has(account))
}

/** Throws a sentence where something of it is wrong. */
export function ownOf(fields: Readonly<Record<string, unknown>>): PluginOwn {
  const { name, enabled = true, accounts, on_failure: failure = 'continue', settings = {} } = fields
  const strange = Object.keys(fields).find((key) => !KEYS.has(key))
  if (strange !== undefined) throw new Error(`"${strange}" is no setting of a plug-in here; there are ${[...KEYS].join(', ')}.`)
  if (typeof name !== 'string' || !PLUGIN_NAME.test(name))
    throw new Error('Its name must be that of its folder in plugins/: a-z, 0-9, dot, hyphen and underscore.')
  const onFailure = PLUGIN_FAILURES.find((one) => one === failure)
  if (onFailure === undefined) throw new Error('on_failure is continue or defer.')
  const budget = fields['budget'] === undefined ? PLUGIN_DEFAULTS.budget : parseDuration(fields['budget'])
  if (budget === undefined || budget < 10 || budget > LONGEST_BUDGET) throw new Error('budget is a time from 10ms to 60s.')
  const memory = fields['memory'] === undefined ? PLUGIN_DEFAULTS.memory : parseSize(fields['memory'])
  if (memory === undefined || memory < LEAST_MEMORY) throw new Error('memory is a size of at least 96MiB.')
  return { name, enabled: enabled !== false, accounts: accountsOf(accounts), onFailure, budget, memory, settings }
}

function accountsOf(accounts: unknown): ReadonlySet<AccountId> | null {
  if (accounts === undefined || accounts === null) return null
  if (!Array.isArray(accounts) || !accounts.every((id) => Number.isSafeInteger(id)))
    throw new Error('accounts is a list of numbers, such as [1001, 1002].')
  return new Set(accounts as AccountId[])
}

/** Of package.json. Throws a sentence where it holds none. */
export function packageFields(text: string): Readonly<Record<string, unknown>> {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (error) {
    throw new Error(`package.json is no JSON: ${(error as Error).message}.`, { cause: error })
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new Error('package.json holds no object.')
  return fields as Readonly<Record<string, unknown>>
}

export type Manifest = Pick<PluginSpec, 'version' | 'folder' | 'entry' | 'hooks' | 'network'>

/** Throws a sentence where the folder has no plug-in that this release can run. */
export function readManifest(path: string): Manifest {
  let folder: string
  let text: string
  try {
    folder = realpathSync(path)
    text = readFileSync(join(folder, 'package.json'), 'utf8')
  } catch {
    throw new Error(`${path} has no package.json that can be read.`)
  }
  const { version, main = 'index.js', hms } = packageFields(text)
  const { api, hooks, network = false } = (typeof hms === 'object' && hms !== null ? hms : {}) as { readonly [key: string]: unknown }
  if (api !== PLUGIN_API)
    throw new Error(
      `package.json asks for version ${JSON.stringify(api)} of the interface ("hms": { "api": … }); this server speaks version ${PLUGIN_API}.`,
    )
  if (!Array.isArray(hooks) || hooks.length === 0) throw new Error('package.json names no hooks ("hms": { "hooks": ["received"] }).')
  const strange = hooks.find((hook) => !(PLUGIN_HOOKS as readonly unknown[]).includes(hook))
  if (strange !== undefined) throw new Error(`package.json names the hook ${JSON.stringify(strange)}, which this server does not have.`)
  if (typeof main !== 'string') throw new Error('"main" in package.json is no name of a file.')
  const entry = join(folder, main)
  const inside = relative(folder, entry)
  if (inside.startsWith('..') || isAbsolute(inside)) throw new Error('Its code ("main" in package.json) is outside its folder.')
  return { version: typeof version === 'string' ? version : '0', folder, entry, hooks: hooks as PluginHook[], network: network === true }
}

/** Throws a sentence where the file that `main` names is not there. */
export function requireCode(file: string): void {
  if (!existsSync(file)) throw new Error(`Its code is not there: ${file}.`)
}
