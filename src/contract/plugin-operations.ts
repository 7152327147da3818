// The life of plug-ins: what an owner says of each (config/plugins.yaml), how each does at the workers, and what may be done with them. What
// their code sees and answers is in plugins.ts.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'
import type { Limit1000 } from './forms.ts'

/** Of its folder in plugins/. @pattern ^[a-z0-9][a-z0-9._-]{0,62}$ @example "disclaimer" */
export type PluginName = string
/** A package as `npm pack` makes it (.tgz), up to 16 MiB, in base64. @minLength 4 @maxLength 22369624 @pattern ^[A-Za-z0-9+/]+={0,2}$ @example "H4sIAAAA" */
export type PluginArchive = string
/** In milliseconds. @integer @minimum 10 @maximum 60000 */
export type PluginBudget = Ms
/** Octets. @integer @minimum 100663296 @maximum 17179869184 */
export type PluginMemory = number
/** Numbers of accounts; none: all. @maxItems 1000 */
export type PluginAccounts = readonly AccountId[]
/** Dots part names within names. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ @example "database.password" */
export type PluginSettingKey = string
/** @maxItems 100 */
export type PluginSettingKeys = readonly PluginSettingKey[]
/** By key; dots part names within names. What is not named stays as it is. */
export type PluginSettingValues = Readonly<Record<string, unknown>>

/** What is done with mail that has no answer in time: it goes on, or is put off with 451. */
export const PLUGIN_FAILURES = ['continue', 'defer'] as const
export type PluginFailureChoice = (typeof PLUGIN_FAILURES)[number]

/** `down`: its process fell and is started again; `off`: it fell or failed so often, or cannot run, and waits for a change. */
export type PluginState = 'starting' | 'ready' | 'down' | 'off'

export interface PluginCounts {
  readonly calls: number
  /** Without an answer that made sense, for whatever reason. */
  readonly failed: number
  /** Of those, the ones whose budget was over. */
  readonly late: number
  readonly restarts: number
}

/** How a plug-in does, as one worker sees it. */
export interface PluginSeen {
  readonly name: PluginName
  readonly version: string
  readonly state: PluginState
  /** Of its process; null: there is none. */
  readonly pid: number | null
  /** Why it does not run, or what is wrong with its entry or a change of it, as a sentence without its end; null: nothing. */
  readonly trouble: string | null
  readonly counts: PluginCounts
  /** Of the calls of the last minute or two, how many failed: 0 to 1, and 0 below three. 1 while it does not run. */
  readonly failing: number
  /** By hook: calls, and how long they took, in classes of a half-power of two from 0.05 ms on. */
  readonly hooks: readonly { readonly hook: string; readonly times: readonly number[] }[]
}

export interface PluginHookTime {
  readonly hook: string
  readonly calls: number
  /** So long took half of them, or 99 of 100, at most; in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** A plug-in as an owner set it up. */
export interface PluginEntry {
  readonly name: PluginName
  /** From 1, in the order in which they are asked. */
  readonly position: number
  /** Whether it stands in config/plugins.yaml. One that does not never runs. */
  readonly listed: boolean
  readonly enabled: boolean
  readonly accounts: PluginAccounts
  readonly onFailure: PluginFailureChoice
  readonly budget: PluginBudget
  readonly memory: PluginMemory
}

/** A plug-in, its code, and how it does at the workers. */
export interface PluginView extends PluginEntry {
  /** From its package.json; null: it cannot be used, which `problem` tells. */
  readonly version: string | null
  /** Version of the interface that it is made for. */
  readonly api: number | null
  readonly hooks: readonly string[]
  /** It may connect to others. */
  readonly network: boolean
  /** Why it cannot be used; null: nothing is in the way. */
  readonly problem: string | null
  /** Left out: nobody knows, as no server runs, or it is switched off. */
  readonly seen?: {
    /** The worst of all processes of it: beside workers, and beside the desk where it is told what became of mail. */
    readonly state: PluginState
    /** How many of its processes run, of how many. */
    readonly running: number
    readonly of: number
    readonly trouble: string | null
    readonly counts: PluginCounts
    readonly failing: number
    readonly hooks: readonly PluginHookTime[]
  }
}

export interface PluginSetting {
  readonly key: string
  /** Null where it has none, and of secrets always. */
  readonly value: unknown
  /** As the plug-in has it where nothing is said; null: it has none. */
  readonly default: unknown
  /** It stands in config/plugins.yaml. */
  readonly isSet: boolean
  readonly isSecret: boolean
  /** What the plug-in says of it, and of what kind it is. */
  readonly description: string | null
  readonly kind: string
}

export interface PluginSettings {
  readonly name: PluginName
  readonly settings: readonly PluginSetting[]
  /** What is wrong with them; null: nothing. */
  readonly problem: string | null
}

/** What a plug-in wrote, or happened to it. */
export interface PluginLine {
  readonly at: EpochMs
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

/** A line, and at which worker; null: beside the desk, which tells plug-ins what became of mail. */
export interface PluginLogLine extends PluginLine {
  readonly slot: number | null
}

/** Where it stands among the plug-ins, which are asked in that order. */
export interface PluginPlace {
  first?: boolean
  last?: boolean
  before?: PluginName
  after?: PluginName
}

export interface PluginOperations {
  /** In the order in which they are asked; then those that are in plugins/ and not listed. */
  'plugin.list': { params: Record<never, never>; result: readonly PluginView[] }
  /**
   * Unpacks a package, checks it, loads it once in a trial process and puts it into plugins/, all or nothing. One of the same name is
   * replaced, and keeps its entry. A new one is switched on, unless `enabled` is false. `name`: not that of its package.json.
   */
  'plugin.add': { params: { archive: PluginArchive; name?: PluginName; enabled?: boolean }; result: PluginView }
  /** What is not named stays as it is. What is switched on is tried before. */
  'plugin.set': {
    params: {
      name: PluginName
      enabled?: boolean
      accounts?: PluginAccounts
      onFailure?: PluginFailureChoice
      budget?: PluginBudget
      memory?: PluginMemory
      place?: PluginPlace
    }
    result: PluginView
  }
  /** With defaults, as the plug-in's own code tells them in a trial process. */
  'plugin.settings': { params: { name: PluginName }; result: PluginSettings }
  /** Checked by the plug-in's own schema in a trial process, before they are written. Secrets are sealed. */
  'plugin.settings.set': {
    params: { name: PluginName; values?: PluginSettingValues; unset?: PluginSettingKeys }
    result: PluginSettings
  }
  /** The last ones, oldest first: what each worker remembers, some hundred lines of each plug-in. */
  'plugin.log': { params: { name: PluginName; limit?: Limit1000 }; result: { lines: readonly PluginLogLine[] } }
  /** Its entry and its folder. */
  'plugin.remove': { params: { name: PluginName }; result: { removed: boolean } }
}
