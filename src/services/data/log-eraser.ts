// Takes a person out of a log file: it is written anew beside the old one, synced, and put in its place by a rename, so that a crash leaves the one or
// the other. Memory is that of a piece of some whole lines. What is in a file that still grows is written anew beside whoever appends; he is
// kept away only while the last piece of it is, so that events wait for moments, however long the day was.
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { isMissing } from '../../base/fault.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import type { LogFile } from '../logs/log-folders.ts'

const PIECE = 1 << 20
/** Less than that is written while nobody appends. */
const SMALL = 4 << 20
const NEW_LINE = 0x0a

/** `gently`: others have their turn. How many lines name him. One that is gone meanwhile, as its days are over, has none. */
export async function linesNaming(file: LogFile, eraser: Eraser, gently: () => Promise<void>): Promise<number> {
  try {
    let found = 0
    for await (const piece of piecesOf(file)) {
      const text = piece.toString()
      if (eraser.isIn(text)) found += linesIn(text).filter((line) => eraser.line(line, isJson(file)) !== line).length
      await gently()
    }
    return found
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

export interface Rewriting {
  readonly eraser: Eraser
  readonly gently: () => Promise<void>
  /** Runs it while nothing is appended to the file, nor is it closed or compressed. */
  readonly alone: (work: () => Promise<void>) => Promise<void>
  /** It is in its place; its size now. Within `alone`. */
  readonly renamed: (size: number) => void
}

export async function rewriteLog(file: LogFile, how: Rewriting): Promise<void> {
  const fresh = `${file.path}.new`
  try {
    await (file.compressed ? rewritePacked(file, fresh, how) : rewriteOpen(file, fresh, how))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

async function rewritePacked(file: LogFile, fresh: string, { eraser, alone, renamed }: Rewriting): Promise<void> {
  await alone(async () => {
    const into = createWriteStream(fresh, { mode: 0o600, flush: true })
    const erased = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of piecesOf(file)) yield masked(piece, file, eraser)
    }
    await pipeline(erased, createGzip(), into)
    await put(fresh, file)
    renamed(into.bytesWritten)
  })
}

async function rewriteOpen(file: LogFile, fresh: string, { eraser, gently, alone, renamed }: Rewriting): Promise<void> {
  await using source = await open(file.path)
  await using into = await open(fresh, 'w', 0o600)
  let [from, size] = [0, 0]
  const copy = async (): Promise<void> => {
    for await (const piece of wholeLines(source, from)) {
      const octets = masked(piece, file, eraser)
      await writeAll(into, octets, size)
      from += piece.length
      size += octets.length
      await gently()
    }
  }
  do await copy()
  while ((await source.stat()).size - from > SMALL)
  await into.datasync()
  await alone(async () => {
    // Compressed or let go of meanwhile: it is looked for anew.
    const [now, was] = [await stat(file.path), await source.stat()]
    if (now.ino !== was.ino) throw new Error(`${file.path} was replaced meanwhile`)
    await copy()
    await into.sync()
    await put(fresh, file)
    renamed(size)
  })
}

async function writeAll(into: FileHandle, octets: Buffer, at: number): Promise<void> {
  for (let done = 0; done < octets.length;) done += (await into.write(octets, done, octets.length - done, at + done)).bytesWritten
}

async function put(fresh: string, { path }: LogFile): Promise<void> {
  await rename(fresh, path)
  await syncFolder(dirname(path))
}

/** Of a piece that he is not in, its octets as they are. */
function masked(piece: Buffer, file: LogFile, eraser: Eraser): Buffer {
  const text = piece.toString()
  if (!eraser.isIn(text)) return piece
  const lines = linesIn(text).flatMap((line) => eraser.line(line, isJson(file)) ?? [])
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
}

/** Each ends with its line break. */
const linesIn = (text: string): readonly string[] => text.slice(0, -1).split('\n')

function isJson({ suffix }: LogFile): boolean {
  return suffix === 'Events'
}

async function* piecesOf(file: LogFile): AsyncGenerator<Buffer> {
  if (file.compressed) return yield* unpackedLines(file.path)
  await using source = await open(file.path)
  yield* wholeLines(source, 0)
}

/** What is behind the last line break is no whole line yet. */
async function* wholeLines(source: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let [at, room] = [from, PIECE]; ;) {
    const octets = Buffer.allocUnsafe(room)
    const { bytesRead } = await source.read(octets, 0, room, at)
    const end = bytesRead === 0 ? 0 : octets.lastIndexOf(NEW_LINE, bytesRead - 1) + 1
    if (end > 0) {
      yield octets.subarray(0, end)
      at += end
      room = PIECE
    } else if (bytesRead < room) return
    else room *= 2
  }
}

async function* unpackedLines(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path)
  const unpacked: Readable = source.pipe(createGunzip())
  source.once('error', (error) => unpacked.destroy(error))
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of unpacked) {
    const octets = Buffer.concat([rest, chunk as Buffer])
    const end = octets.lastIndexOf(NEW_LINE) + 1
    if (end > 0) yield octets.subarray(0, end)
    rest = octets.subarray(end)
  }
}
