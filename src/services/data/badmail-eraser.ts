// Removes files of pickup that were no mail, and are to a person who is erased: the file, and what says why. One that names him elsewhere than in
// its header stays, as mail to others does.
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../base/fault.ts'
import { findHeaderEnd } from '../../message/header.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'

const REASON = '.reason.txt'
/** Of a file; a longer header is looked at as far as that. */
const LONGEST_HEADER = 1 << 20

/** How many files that were. */
export async function eraseBadmail(
  folder: string,
  { eraser, dryRun, gently }: { readonly eraser: Eraser; readonly dryRun: boolean; readonly gently: () => Promise<void> },
): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const all = new Set(names)
  let found = 0
  for (const name of names) {
    if (name.endsWith(REASON) && all.has(name.slice(0, -REASON.length))) continue
    const reason = `${name}${REASON}`
    const isHis = eraser.isIn(await headOf(join(folder, name))) || (all.has(reason) && eraser.isIn(await headOf(join(folder, reason))))
    if (isHis) found++
    if (isHis && !dryRun) for (const one of [name, reason]) await rm(join(folder, one), { force: true })
    await gently()
  }
  return found
}

async function headOf(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const octets = Buffer.alloc(LONGEST_HEADER)
    const { bytesRead } = await file.read(octets, 0, LONGEST_HEADER, 0)
    const read = octets.subarray(0, bytesRead)
    const end = findHeaderEnd(read)
    // Folded lines go on behind their break.
    return read.toString('utf8', 0, end < 0 ? bytesRead : end).replace(/\r?\n[ \t]+/g, ' ')
  } catch (error) {
    if (isMissing(error) || (error instanceof Error && 'code' in error && error.code === 'EISDIR')) return ''
    throw error
  }
}
