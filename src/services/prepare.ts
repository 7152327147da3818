// What a start makes sure of, and converts, before anything of the home is opened for use.
import { prepareHome } from '../lifecycle/start-guard.ts'
import type { LauncherOptions } from './tree.ts'

export async function prepare({ home, config, print }: LauncherOptions): Promise<void> {
  const converted = await prepareHome(home, config)
  if (converted !== null) print(`Converted the settings: ${converted.rows} rows of ${converted.from} are in ${converted.to} now.`)
}
