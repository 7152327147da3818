// Files of kept dialogs: `<UTC day>.<n>.dialogs`, each written by one process and never opened for writing again but to erase somebody. A head
// with the format, then blocks: how much of a block counts (4 octets), and lines of JSON, compressed together, as dialogs of one site are much
// alike. Beside it `.index`: for each message of a block 12 octets, a hash of its id, where the block is and how long. What a crash left at the
// end no index names.
import { closeSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { MessageId } from '../../base/brand.ts'
import { isMissing } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import { takenBy } from '../sqlite/disk-space.ts'
import { hashOf } from '../sqlite/events/event-names.ts'
import { refuseFormat } from '../sqlite/faults.ts'

const MAGIC = 'hmssaid'
export const HEAD_SIZE = MAGIC.length + 1
const USED = 4
const ENTRY = 12
const NAME = /^(\d{4}-\d\d-\d\d)\.(\d+)\.dialogs$/
/** Of a block, unpacked. */
const LARGEST = 1 << 24
const compressed = promisify(zstdCompress)
const decompressed = promisify(zstdDecompress)
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export interface DialogFile {
  readonly path: string
  readonly day: string
  readonly n: number
}

/** Where a block is. */
export interface BlockPlace {
  readonly at: number
  readonly length: number
}

export const indexOf = (path: string): string => path.replace(/\.dialogs$/, '.index')

export function dialogFile(folder: string, day: string, n: number): DialogFile {
  return { path: join(folder, `${day}.${n}.dialogs`), day, n }
}

/** Oldest first. */
export async function dialogFiles(folder: string): Promise<readonly DialogFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const found = names.flatMap((name) => {
    const [, day, n] = NAME.exec(name) ?? []
    return day === undefined ? [] : [dialogFile(folder, day, Number(n))]
  })
  return found.toSorted((a, b) => (a.day === b.day ? a.n - b.n : a.day < b.day ? -1 : 1))
}

export const octetsOf = ({ path }: DialogFile): number => takenBy(path) + takenBy(indexOf(path))

/** Lets go of days before `since`, and then of the oldest files beyond `most` octets. */
export async function pruneDialogs(folder: string, { since, most }: { readonly since: string; readonly most: number }): Promise<void> {
  let octets = 0
  for (const file of (await dialogFiles(folder)).toReversed()) {
    octets += octetsOf(file)
    if (file.day >= since && octets <= most) continue
    await rm(file.path, { force: true })
    await rm(indexOf(file.path), { force: true })
  }
}

export function headOctets(): Buffer {
  const head = Buffer.alloc(HEAD_SIZE)
  head.write(MAGIC)
  head[MAGIC.length] = FORMATS.dialogs.writes
  return head
}

/** 0: it has no whole head. */
export function dialogFormat(path: string): number {
  const head = Buffer.alloc(HEAD_SIZE)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, head) < HEAD_SIZE) return 0
  } finally {
    closeSync(file)
  }
  return head.toString('latin1', 0, MAGIC.length) === MAGIC ? (head[MAGIC.length] ?? 0) : 0
}

/** Null: it is gone, or was cut off while it was made. */
export async function openDialogs(path: string, flags: 'r' | 'r+'): Promise<FileHandle | null> {
  try {
    const format = dialogFormat(path)
    if (format === 0) return null
    if (!FORMATS.dialogs.reads.includes(format)) throw refuseFormat('dialogs', path, format)
    return await open(path, flags)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

export async function blockOf(lines: readonly string[]): Promise<Buffer> {
  const packed = await compressed(lines.join('\n'), LEVEL)
  const used = Buffer.alloc(USED)
  used.writeUInt32LE(packed.length)
  return Buffer.concat([used, packed])
}

/** The same in the room of one that was there; null: it is too large for it. */
export async function blockInPlace(lines: readonly string[], { length }: BlockPlace): Promise<Buffer | null> {
  const block = await blockOf(lines)
  return block.length > length ? null : Buffer.concat([block], length)
}

/** Its lines; none where it is not whole. */
export async function linesIn(file: FileHandle, { at, length }: BlockPlace): Promise<readonly string[]> {
  const block = Buffer.alloc(length)
  const { bytesRead } = await file.read(block, 0, length, at)
  const used = bytesRead < USED ? 0 : block.readUInt32LE()
  if (used === 0 || USED + used > bytesRead) return []
  try {
    const text = await decompressed(block.subarray(USED, USED + used), { maxOutputLength: LARGEST })
    return text
      .toString()
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    // Cut off, or written anew at this moment without somebody.
    return []
  }
}

export function indexEntries(messages: Iterable<MessageId>, { at, length }: BlockPlace): Buffer {
  const entries = [...messages].map((message) => Uint32Array.of(hashOf('message', message), at, length))
  return Buffer.concat(entries.map((entry) => new Uint8Array(entry.buffer)))
}

/** Blocks of a file, in their order; those that may tell of a message, or all. */
export async function blocksIn(path: string, message?: MessageId): Promise<readonly BlockPlace[]> {
  const octets = await readFile(indexOf(path)).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0)
    throw error
  })
  const numbers = new Uint32Array(Uint8Array.from(octets.subarray(0, octets.length - (octets.length % ENTRY))).buffer)
  const hash = message === undefined ? null : hashOf('message', message)
  const found = new Map<number, BlockPlace>()
  for (let i = 0; i < numbers.length; i += 3) {
    const [own, at = 0, length = 0] = numbers.subarray(i, i + 3)
    if (hash === null || own === hash) found.set(at, { at, length: Math.min(length, LARGEST) })
  }
  return [...found.values()]
}
