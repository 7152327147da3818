// One zip64 (PKWARE's APPNOTE.TXT, 4.5.3), written entry by entry to FILE.new, sealed where a passphrase is given, synced as it grows and
// at the end renamed: under its name it is whole. Its octets leave in slices that are synced, so that the disk's queue is never full of ours
// when mail commits.
import { createHash } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { callbackify } from 'node:util'
import { ZipFile } from 'yazl'
import { crashPoint } from '../../base/crash-point.ts'
import { FrameSealer } from './frames.ts'
import type { BackedUpFile } from './manifest.ts'

const SYNC_EVERY = 8 * 1024 * 1024
/** Fast: most of what a backup holds is text, and more effort costs more processor time than it saves disk. */
const LEVEL = 1

export const newName = (file: string): string => `${file}.new`

class SyncedFile extends Writable {
  readonly #handle: FileHandle
  #unsynced = 0
  size = 0

  constructor(handle: FileHandle) {
    super({ highWaterMark: 1024 * 1024 })
    this.#handle = handle
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    callbackify(() => this.#put(chunk))(done)
  }

  override _final(done: (error?: Error | null) => void): void {
    callbackify(() => this.#handle.sync())(done)
  }

  async #put(chunk: Buffer): Promise<void> {
    let at = 0
    while (at < chunk.length) at += (await this.#handle.write(chunk, at)).bytesWritten
    this.size += chunk.length
    this.#unsynced += chunk.length
    if (this.#unsynced < SYNC_EVERY) return
    this.#unsynced = 0
    await this.#handle.datasync()
  }
}

export interface ZipSource {
  readonly path: string
  readonly octets: AsyncIterable<Uint8Array>
  /** False for what is compressed already. */
  readonly compress?: boolean
}

export class ZipWriter implements AsyncDisposable {
  readonly #file: string
  readonly #at: Date
  readonly #zip = new ZipFile()
  readonly #handle: FileHandle
  readonly #out: SyncedFile
  readonly #aborting = new AbortController()
  readonly #written: Promise<void>
  #isDone = false

  private constructor(file: string, handle: FileHandle, { at, passphrase }: { readonly at: number; readonly passphrase: string | null }) {
    this.#file = file
    this.#at = new Date(at)
    this.#handle = handle
    this.#out = new SyncedFile(handle)
    const { signal } = this.#aborting
    const source = this.#zip.outputStream as Readable
    this.#written =
      passphrase === null ? pipeline(source, this.#out, { signal }) : pipeline(source, new FrameSealer(passphrase), this.#out, { signal })
    // It is waited for with each entry; an error before the first is not lost.
    this.#written.catch(() => undefined)
  }

  /** Begins FILE.new, in place of one that a killed backup left; a link that somebody put there is not followed. */
  static async open(file: string, options: { readonly at: number; readonly passphrase: string | null }): Promise<ZipWriter> {
    await rm(newName(file), { force: true })
    return new ZipWriter(file, await open(newName(file), 'wx', 0o600), options)
  }

  /** Resolves when the source was read to its end. */
  async add({ path, octets, compress = true }: ZipSource): Promise<BackedUpFile> {
    const hash = createHash('sha256')
    let size = 0
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of octets) {
        hash.update(chunk)
        size += chunk.length
        yield chunk
      }
    }
    const stream = Readable.from(counted(), { objectMode: false })
    const options = { mtime: this.#at, mode: 0o100600, compressionLevel: compress ? LEVEL : 0, forceZip64Format: true }
    const read = new Promise<void>((resolve, reject) => {
      stream.once('end', resolve)
      stream.once('error', reject)
    })
    this.#zip.addReadStreamLazy(path, options, (give) => give(null, stream))
    await Promise.race([read, this.#trouble()])
    return { path, size, sha256: hash.digest('hex') }
  }

  /** Ends the archive and gives it its name; `named` is called before that, with its octets. */
  async finish(named: (octets: number) => void): Promise<void> {
    this.#zip.end({ forceZip64Format: true, comment: '' })
    await this.#written
    crashPoint('backup-written')
    await this.#handle.close()
    named(this.#out.size)
    await rename(newName(this.#file), this.#file)
    await syncFolder(dirname(this.#file))
    this.#isDone = true
    crashPoint('backup-renamed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDone) return
    this.#aborting.abort()
    await this.#written.catch(() => undefined)
    await this.#handle.close().catch(() => undefined)
    // What cannot be removed now is removed by the next backup.
    await rm(newName(this.#file), { force: true }).catch(() => undefined)
  }

  /** Never resolves. */
  #trouble(): Promise<never> {
    return this.#written.then(() => Promise.reject(new Error('the archive ended before its entries')))
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
