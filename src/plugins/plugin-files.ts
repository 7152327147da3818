// The files of a plug-in as they stand, as one word that is another as soon as one of them changes: by size, time and number of each, without
// reading any. It is worked out every two seconds beside mail, so what counts is bounded.
import { hash } from 'node:crypto'
import { lstatSync, opendirSync } from 'node:fs'
import { join } from 'node:path'

/** Files and folders that are looked at; of a larger plug-in the rest does not count. */
const MOST_LOOKED_AT = 500

/**
 * The file of its code always counts. Names that begin with a dot do not count, so that a plug-in may have data there that it reads itself. Of `node_modules` the files count that
 * stand right in it: npm, pnpm and yarn each keep there what they have installed. Links count as such; what they lead to does not.
 */
export function filesStamp(folder: string, code: string): string {
  const found = [stampOf(code)]
  const folders = [{ path: folder, isPackages: false }]
  let left = MOST_LOOKED_AT
  // It grows while it is gone through: what is near counts first.
  for (const { path, isPackages } of folders)
    for (const { name, isFolder } of membersOf(path, left)) {
      left--
      const at = join(path, name)
      if (isFolder && !isPackages && !name.startsWith('.')) folders.push({ path: at, isPackages: name === 'node_modules' })
      if (!isFolder && (isPackages || !name.startsWith('.'))) found.push(`${at} ${stampOf(at)}`)
    }
  return hash('sha256', found.toSorted().join('\n'))
}

/** Empty: it went away meanwhile. */
function stampOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`
}

function membersOf(path: string, most: number): readonly { readonly name: string; readonly isFolder: boolean }[] {
  if (most <= 0) return []
  const members: { name: string; isFolder: boolean }[] = []
  try {
    using folder = opendirSync(path)
    for (let next = folder.readSync(); next !== null && members.length < most; next = folder.readSync())
      members.push({ name: next.name, isFolder: next.isDirectory() })
  } catch {
    // It went away meanwhile, or is not ours to read: what is not read is not run either.
  }
  return members
}
