// What a start makes sure of, and converts, before anything of the home is opened for use.
import { prepareHome } from '../../lifecycle/start-guard.ts'
import { settlePlugins } from '../../lifecycle/plugins/folders.ts'
import { readUpgrade } from '../../lifecycle/upgrade/record.ts'
import { recoverUpgrade, willFinish } from '../../lifecycle/upgrade/recover.ts'
import type { LauncherOptions } from './tree.ts'

export async function prepare({ home, config, print }: Pick<LauncherOptions, 'home' | 'config' | 'print'>): Promise<void> {
  settlePlugins(home)
  const converted = await prepareHome(home, config)
  if (converted !== null) print(`Converted the settings: ${converted.rows} rows of ${converted.from} are in ${converted.to} now.`)
}

/** The same where nobody hands over: an upgrade that was cut off is undone before, or finished afterwards. */
export async function recoverAndPrepare(options: Pick<LauncherOptions, 'home' | 'config' | 'print' | 'version'>): Promise<void> {
  const { home, version } = options
  const isFinished = willFinish(readUpgrade(home), version)
  if (isFinished) await prepare(options)
  const recovered = await recoverUpgrade(home, version)
  if (recovered !== null) options.print(recovered)
  if (!isFinished) await prepare(options)
}

/** After the home was at rest for another program: a restore that was cut off is finished or undone first. */
export async function settleAndPrepare(options: Parameters<typeof recoverAndPrepare>[0]): Promise<void> {
  // Loaded where it is needed: hardly ever.
  const { settleRestore } = await import('../../lifecycle/restore/restore.ts')
  const settled = await settleRestore(options.home, process.env, 'hms start')
  if (settled !== null) options.print(settled)
  await recoverAndPrepare(options)
}
