// The log files of the accounts: accounts/<id>/logfiles/yyyyMMddProcessed.log and yyyyMMddEvents.jsonl, by the local day of
// the event. A batch is appended and synced before the event store commits it together with the files' new lengths; at
// start what lies beyond a recorded length is cut off, and its events come again: no line is lost or there twice.
// A day that is over is compressed. A late event of such a day goes to a file of its own (`-2`), as a name is never used twice.
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { EpochMs } from '../../base/brand.ts'
import { dayOf, LogBatch, type LogFormat } from './log-batch.ts'
import { allLogFiles, logFilesOf } from './log-folders.ts'

const MOST_OPEN = 64

interface OpenFile {
  readonly handle: FileHandle
  length: number
}

export class LogFiles {
  readonly #home: string
  readonly #formats: readonly LogFormat[]
  /** By path relative to the home; the least recently used first. */
  readonly #open = new Map<string, OpenFile>()
  /** Files that late events of a compressed day go to. */
  readonly #names = new Map<string, string>()
  /** Files of the last `append` with their lengths before it. */
  readonly #before = new Map<string, number>()
  /** Paths that are being compressed. */
  readonly #closed = new Set<string>()

  /** Cuts every file to its recorded length. */
  constructor(home: string, formats: readonly LogFormat[], lengths: ReadonlyMap<string, number>) {
    this.#home = home
    this.#formats = formats
    for (const [name, length] of lengths) cut(join(home, name), length)
    for (const { path, compressed } of allLogFiles(home)) {
      if (compressed && existsSync(path.slice(0, -3))) rmSync(path.slice(0, -3))
      else if (!compressed && !lengths.has(relative(home, path))) renameSync(path, `${path}.uncommitted`)
    }
  }

  begin(): LogBatch {
    return new LogBatch(this.#formats)
  }

  /** Appends the lines of a batch, which are in `octets`, and syncs them. Resolves with the new lengths; rejects with everything as it was before. */
  async append(batch: LogBatch, octets: Uint8Array): Promise<ReadonlyMap<string, number>> {
    const texts = new Map<string, Uint8Array>()
    for (const { base, extension, text } of batch.texts(octets)) texts.set(this.#nameOf(base, extension), text)
    const lengths = new Map<string, number>()
    this.#before.clear()
    try {
      for (const [name, text] of texts) {
        const file = await this.#file(name)
        this.#before.set(name, file.length)
        await file.handle.appendFile(text)
        file.length += text.length
        lengths.set(name, file.length)
      }
      await Promise.all([...texts.keys()].map((name) => this.#open.get(name)?.handle.datasync()))
    } catch (error) {
      await this.cutBack()
      throw error
    } finally {
      batch.letGo()
    }
    await this.#closeSome()
    return lengths
  }

  /** What the last `append` wrote is taken back, also from files that were closed since: its commit failed. */
  async cutBack(): Promise<void> {
    for (const [name, length] of this.#before) {
      await this.#close(name)
      cut(join(this.#home, name), length)
    }
  }

  /** It is closed until something is to be appended. Not while `append` runs. */
  letGo(name: string): Promise<void> {
    return this.#close(name)
  }

  /** Closes the files of days before the local day of `now`, and names those to compress. Not while `append` runs. */
  async closeDays(now: EpochMs): Promise<readonly string[]> {
    const today = localDay(now)
    this.#names.clear()
    const paths = allLogFiles(this.#home).filter(({ day, compressed }) => !compressed && day < today)
    for (const { path } of paths) {
      this.#closed.add(path)
      await this.#close(relative(this.#home, path))
    }
    return paths.map(({ path }) => path)
  }

  /** Compresses closed files, one after the other; may run beside `append`. */
  async compress(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await compress(path)
      this.#closed.delete(path)
    }
  }

  /** Removes the files of days before this one (`2026-11-22`). */
  async prune(since: string): Promise<void> {
    for await (const files of logFilesOf(this.#home)) for (const { path, day } of files) if (day < since) await rm(path, { force: true })
  }

  async close(): Promise<void> {
    for (const name of this.#open.keys()) await this.#close(name)
  }

  #nameOf(base: string, extension: string): string {
    const usual = base + extension
    const known = this.#names.get(usual)
    if (known !== undefined) return known
    let name = usual
    for (let part = 2; this.#isUsed(join(this.#home, name)); part++) name = `${base}-${part}${extension}`
    this.#names.set(usual, name)
    return name
  }

  #isUsed(path: string): boolean {
    return this.#closed.has(path) || existsSync(`${path}.gz`)
  }

  async #file(name: string): Promise<OpenFile> {
    const known = this.#open.get(name)
    if (known !== undefined) {
      this.#open.delete(name)
      this.#open.set(name, known)
      return known
    }
    const path = join(this.#home, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await open(path, 'a', 0o600)
    const file = { handle, length: (await handle.stat()).size }
    this.#open.set(name, file)
    return file
  }

  async #closeSome(): Promise<void> {
    for (const name of this.#open.keys()) {
      if (this.#open.size <= MOST_OPEN) return
      await this.#close(name)
    }
  }

  async #close(name: string): Promise<void> {
    const file = this.#open.get(name)
    this.#open.delete(name)
    await file?.handle.close()
  }
}

/** `2026-11-22`, where it is. */
export function localDay(at: EpochMs): string {
  return dayOf(at).replace(/^(....)(..)/, '$1-$2-')
}

function cut(path: string, length: number): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size !== undefined && size > length) truncateSync(path, length)
}

/** The gzip is whole before it gets its name; only then the original goes. */
async function compress(path: string): Promise<void> {
  const fresh = `${path}.gz.new`
  await pipeline(createReadStream(path), createGzip(), createWriteStream(fresh, { mode: 0o600, flush: true }))
  await rename(fresh, `${path}.gz`)
  rmSync(path)
}
