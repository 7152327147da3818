// The life of plug-ins, as operations ask for it.
import type {
  PluginAccounts,
  PluginFailureChoice,
  PluginLine,
  PluginPlace,
  PluginSeen,
  PluginSettings,
  PluginSettingValues,
  PluginView,
} from '../../contract/plugin-operations.ts'

/** But for how they do at the workers. */
export type PluginHere = Omit<PluginView, 'seen'>

export interface PluginChange {
  readonly enabled?: boolean
  readonly accounts?: PluginAccounts
  readonly onFailure?: PluginFailureChoice
  readonly budget?: number
  readonly memory?: number
  readonly place?: PluginPlace
}

export interface PluginDesk {
  /** How those do that run in this process. */
  seen(): readonly PluginSeen[]
  lines(name: string): readonly PluginLine[]
  /** In the order in which they are asked; then those that are not listed. Throws a Fault where the list cannot be read. */
  list(): readonly PluginHere[]
  /** Gives its name. Rejects with a Fault where it cannot be used; then nothing was changed. */
  add(archive: Uint8Array, options: { readonly name: string | null; readonly enabled: boolean }): Promise<string>
  /** Rejects with a Fault where it is not there, or cannot be switched on. */
  set(name: string, change: PluginChange): Promise<void>
  settings(name: string): Promise<PluginSettings>
  setSettings(name: string, values: PluginSettingValues, unset: readonly string[]): Promise<PluginSettings>
  /** False where it is not there. */
  remove(name: string): Promise<boolean>
}
