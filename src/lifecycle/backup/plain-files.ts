// The files of a home that are no databases: configuration, logs, bodies of large messages. Read as they are, never a database.
import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, relative } from 'node:path'
import assert from 'node:assert/strict'
import { isMissing } from '../../base/fault.ts'
import type { Pace } from './pace.ts'

const CHUNK = 256 * 1024
const NEVER = /\.(?:db|lock)(?:-wal|-shm|-journal)?$/

export interface PlainFile {
  /** Within the home. */
  readonly path: string
  readonly file: string
  readonly size: number
}

/** Every file below a folder, links to files followed; a folder that is not there has none. */
export function filesBelow(home: string, folder: string): PlainFile[] {
  const found: PlainFile[] = []
  for (const entry of entriesOf(join(home, folder))) {
    const file = join(home, folder, entry.name)
    if (entry.isDirectory()) found.push(...filesBelow(home, relative(home, file)))
    else {
      const stat = statSync(file, { throwIfNoEntry: false })
      if (stat?.isFile() === true) found.push({ path: relative(home, file), file, size: stat.size })
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The octets that a file has now; what is appended meanwhile is left out. */
/** `isOurs`: false for what may be called anything, as no database of ours is there. */
export async function* octetsOf(file: string, pace: Pace, isOurs = true): AsyncGenerator<Uint8Array> {
  assert(!isOurs || !NEVER.test(file), 'a database is read by SQLite alone')
  await using handle = await open(file, 'r')
  let left = (await handle.stat()).size
  while (left > 0) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK, left)))
    if (bytesRead === 0) return
    left -= bytesRead
    yield buffer.subarray(0, bytesRead)
    await pace.step()
  }
}
