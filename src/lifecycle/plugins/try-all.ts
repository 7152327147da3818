// Each plug-in that is switched on, tried by this program: does what is installed load here, with the settings that it has.
import type { Config } from '../../contract/options.ts'
import { machineClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import { readPluginList, specOf } from '../../plugins/plugin-spec.ts'
import type { SecretSeal } from '../../plugins/sealed-settings.ts'
import { tryLoading } from '../../plugins/load-trial.ts'
import { sealOf } from './home-seal.ts'

export interface TriedPlugin {
  readonly name: string
  readonly version: string | null
  /** Why it would not run, as a sentence; null: it would. */
  readonly problem: string | null
}

type Fields = Readonly<Record<string, unknown>>

/** Entries of config/plugins.yaml that are switched on; a sentence where the list cannot be read. */
export function enabledEntries(home: string): readonly Fields[] | string {
  const list = readPluginList(home)
  return typeof list === 'string' ? list : list.filter((entry) => entry['enabled'] !== false)
}

/** One after the other: each takes the memory of a process. */
export async function tryPlugins(home: string, config: Config): Promise<readonly TriedPlugin[]> {
  const list = enabledEntries(home)
  if (typeof list === 'string') return [{ name: 'config/plugins.yaml', version: null, problem: list }]
  const tried: TriedPlugin[] = []
  for (const entry of list) tried.push(await triedEntry(home, entry, sealOf(home, config)))
  return tried
}

async function triedEntry(home: string, entry: Fields, seal: () => SecretSeal): Promise<TriedPlugin> {
  const name = String(entry['name'])
  try {
    const spec = specOf(home, entry, seal)
    const trial = await tryLoading(spec, { clock: machineClock })
    return { name, version: spec.version, problem: trial.kind === 'refused' ? trial.reason : trial.problem }
  } catch (error) {
    return { name, version: null, problem: messageOf(error) }
  }
}
