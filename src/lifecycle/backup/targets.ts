// Folders that the owner names for backups besides backup.folder (backup.targets): whoever asks from outside names one of them, never a path.
import { Fault } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'

/** By name. */
export function backupTargets(config: Pick<Config, 'backup.targets'>): ReadonlyMap<string, string> {
  return new Map(config['backup.targets'].map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]))
}

/** Throws a Fault where none has the name. */
export function targetFolder(config: Pick<Config, 'backup.targets'>, name: string): string {
  const targets = backupTargets(config)
  const folder = targets.get(name)
  if (folder !== undefined) return folder
  throw new Fault('no-target', `backup.targets has no folder of the name ${JSON.stringify(name)}.`, {
    blame: 'caller',
    mend: targets.size === 0 ? 'None is set there.' : `There are: ${[...targets.keys()].join(', ')}.`,
  })
}
