// The folders in plugins/ as they come and go. A plug-in is there whole or not at all, and one that takes another's place leaves no moment after
// which a start would find neither. Names of what is under way:
//   .new-…        what is being unpacked and tried: nothing uses it, and whoever comes after a kill removes it
//   .old-NAME     what another takes the place of: put back where NAME is not there, else removed
//   .gone-…       what was removed
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { crashPoint } from '../../base/crash-point.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { pluginsFolder } from '../../plugins/plugin-spec.ts'

const UNDER_WAY = /^\.(?:new|old|gone)-/

/** For one that is unpacked now. */
export function stagingOf(home: string): string {
  return join(pluginsFolder(home), `.new-${process.pid}-${randomBytes(4).toString('hex')}`)
}

/** What is in `staging` is the plug-in from now on. */
export async function placePlugin(home: string, staging: string, name: string): Promise<void> {
  const folder = pluginsFolder(home)
  const [place, old] = [join(folder, name), join(folder, `.old-${name}`)]
  await syncFolder(staging)
  rmSync(old, { recursive: true, force: true })
  if (existsSync(place)) renameSync(place, old)
  crashPoint('plugin-aside')
  renameSync(staging, place)
  await syncFolder(folder)
  rmSync(old, { recursive: true, force: true })
}

/** False where it is not there. */
export async function removePlugin(home: string, name: string): Promise<boolean> {
  const folder = pluginsFolder(home)
  if (!existsSync(join(folder, name))) return false
  const gone = join(folder, `.gone-${process.pid}-${randomBytes(4).toString('hex')}`)
  renameSync(join(folder, name), gone)
  await syncFolder(folder)
  rmSync(gone, { recursive: true, force: true })
  return true
}

/** What a kill left half done. Whoever calls it is alone with the home's plug-ins. */
export function settlePlugins(home: string): void {
  const folder = pluginsFolder(home)
  for (const name of namesIn(folder).filter((one) => UNDER_WAY.test(one))) {
    const old = /^\.old-(.+)$/.exec(name)?.[1]
    if (old !== undefined && !existsSync(join(folder, old))) renameSync(join(folder, name), join(folder, old))
    else rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** The plug-ins whose folders, or links to them, are there, listed or not. */
export function pluginFolders(home: string): readonly string[] {
  return namesIn(pluginsFolder(home))
    .filter((name) => !name.startsWith('.'))
    .toSorted()
}

function namesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
}
