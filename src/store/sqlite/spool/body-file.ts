// Bodies too large for the database: streamed to `spool/<shard>/<id>`, file and folder synced before the commit that names it.
import { createReadStream } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crashPoint } from '../../../base/crash-point.ts'
import { syncFolder } from '../../../base/sync-folder.ts'
import type { BodyFile } from '../../../engine/ports/spool.ts'
import { type Slot, SlotFinder } from '../../../message/slots.ts'

const PIECE = 64 * 1024

/** The first octets of a file, at most `most`. */
export async function readBeginning(path: string, most: number): Promise<Uint8Array> {
  await using file = await open(path, 'r')
  const octets = Buffer.allocUnsafe(most)
  const { bytesRead } = await file.read(octets, 0, most, 0)
  return octets.subarray(0, bytesRead)
}

/** Where a body in a file has slots. */
export async function slotsInFile(path: string, nonce: string): Promise<readonly Slot[]> {
  const finder = new SlotFinder(nonce)
  for await (const chunk of createReadStream(path)) finder.push(chunk as Buffer)
  return finder.slots
}

/** `failed` turns what the disk answered into the Fault to throw. */
export function openBodyFile(path: string, failed: (error: unknown) => Error): BodyFile {
  let handle: Promise<FileHandle> | null = null
  const opened = (): Promise<FileHandle> => (handle ??= open(path, 'wx+', 0o600))
  const guarded = async <T>(work: (file: FileHandle) => Promise<T>): Promise<T> => {
    try {
      return await work(await opened())
    } catch (error) {
      throw failed(error)
    }
  }
  return {
    write: (chunk) =>
      guarded(async (file) => {
        let at = 0
        while (at < chunk.length) at += (await file.write(chunk, at)).bytesWritten
      }),
    finish: () =>
      guarded(async (file) => {
        crashPoint('body-file-written')
        await file.sync()
        await file.close()
        await syncFolder(dirname(path))
        crashPoint('body-file-synced')
      }),
    contents: () =>
      guarded(async (file) => {
        const octets = Buffer.allocUnsafeSlow((await file.stat()).size)
        let at = 0
        while (at < octets.length) {
          const { bytesRead } = await file.read(octets, at, octets.length - at, at)
          if (bytesRead === 0) break
          at += bytesRead
        }
        return octets.subarray(0, at)
      }),
    async *pieces() {
      const piece = Buffer.allocUnsafe(PIECE)
      for (let at = 0; ;) {
        const { bytesRead } = await guarded((file) => file.read(piece, 0, PIECE, at))
        if (bytesRead === 0) return
        at += bytesRead
        yield piece.subarray(0, bytesRead)
      }
    },
    async discard() {
      try {
        await (await handle)?.close()
      } catch {
        // It was closed already, or never opened.
      }
      // A file that cannot be removed now is named by no row: the next start removes it.
      await unlink(path).catch(() => undefined)
    },
  }
}
