// What was made, renamed or removed in a folder is on the disk once the folder itself is synced.
import { open } from 'node:fs/promises'

export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
