// The end of a home, when its owner said so twice.
import { lstat, readdir, realpath, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, messageOf } from '../base/fault.ts'
import { alternateWithOwner } from './home-owner.ts'

/**
 * All that is in it goes, also where its path is a link. Root does that as the home's owner: a folder in it that becomes a link meanwhile
 * leads root nowhere. Throws a Fault `home-unusable` where something stays.
 */
export async function removeHome(home: string): Promise<void> {
  try {
    const folder = await realpath(home)
    const isLink = (await lstat(home)).isSymbolicLink()
    const acting = alternateWithOwner(folder)
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
    await acting.asCaller(async () => {
      await rmdir(folder)
      if (isLink) await unlink(home)
    })
  } catch (error) {
    throw new Fault('home-unusable', `Not all of ${home} can be removed: ${messageOf(error)}.`, {
      blame: 'owner',
      mend: 'Remove the rest of it by hand.',
      cause: error,
    })
  }
}
