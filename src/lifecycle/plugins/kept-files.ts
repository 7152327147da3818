// What of plugins/ goes into backups: each plug-in whole, with its node_modules, so that a restore needs no network. One that somebody put there
// by hand and that is larger than one that is added may be is left out, and said to be.
import { join } from 'node:path'
import { filesBelow, type PlainFile } from '../backup/plain-files.ts'
import { pluginFolders } from './folders.ts'
import { MOST_FILES, MOST_UNPACKED } from './package.ts'

export interface PluginFiles {
  readonly files: readonly PlainFile[]
  /** Names of those that are left out. */
  readonly tooLarge: readonly string[]
}

export function pluginFiles(home: string): PluginFiles {
  const files: PlainFile[] = []
  const tooLarge: string[] = []
  for (const name of pluginFolders(home)) {
    const own = filesBelow(home, join('plugins', name))
    const octets = own.reduce((sum, { size }) => sum + size, 0)
    if (own.length > MOST_FILES || octets > MOST_UNPACKED) tooLarge.push(name)
    else files.push(...own)
  }
  return { files, tooLarge }
}
