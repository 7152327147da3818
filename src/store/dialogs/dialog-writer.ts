// Writes dialogs of attempts, in a worker. They are for looking something up: whoever hands one over never waits, what comes within half a second
// is one block, nothing is synced, and what cannot be written, or comes faster than the disk takes it, is missing. All files together never take
// more than they may: before another is begun the oldest go.
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import type { EpochMs, MessageId, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import type { DialogKeeper } from '../../engine/ports/dialogs.ts'
import { dayOf } from '../sqlite/events/event-day.ts'
import {
  blockOf,
  type BlockPlace,
  type DialogFile,
  dialogFile,
  dialogFiles,
  HEAD_SIZE,
  headOctets,
  indexEntries,
  indexOf,
  pruneDialogs,
} from './dialog-file.ts'

const WRITTEN_WITHIN: Ms = 500
/** Characters of one block. */
const BLOCK = 1 << 17
/** Characters that may wait for the disk. */
const MOST_WAITING = 1 << 22
const LARGEST_FILE = 1 << 24
const SMALLEST_FILE = 1 << 18
/** What may be kept is so many files of each worker at least, so that little goes at a time. */
const PARTS = 8

export interface DialogWriterOptions {
  readonly folder: string
  readonly all: boolean
  /** Of the files of all workers. */
  readonly bytes: number
  readonly workers: number
  /** Whose time the disk is waited for by, and the mail's. */
  readonly clock: Clock
  readonly now: () => EpochMs
  readonly log: Log
}

interface Waiting {
  readonly message: MessageId
  readonly line: string
}

interface Open {
  readonly day: string
  readonly file: FileHandle
  readonly index: FileHandle
  size: number
}

export class DialogWriter implements DialogKeeper, AsyncDisposable {
  readonly all: boolean
  readonly #options: DialogWriterOptions
  readonly #largest: number
  #waiting: Waiting[] = []
  #characters = 0
  #left = 0
  #timer: Disposable | null = null
  #running: Promise<void> | null = null
  #open: Open | null = null
  #isFailing = false

  constructor(options: DialogWriterOptions) {
    this.#options = options
    this.all = options.all
    this.#largest = Math.min(LARGEST_FILE, Math.max(SMALLEST_FILE, options.bytes / options.workers / PARTS))
  }

  keep(dialog: AttemptDialog): void {
    if (this.#characters >= MOST_WAITING) return void this.#left++
    const line = JSON.stringify(dialog)
    this.#waiting.push({ message: dialog.message, line })
    this.#characters += line.length
    if (this.#characters >= BLOCK) this.#begin()
    else this.#timer ??= this.#options.clock.after(WRITTEN_WITHIN, () => this.#begin())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#begin()
    await this.#running
    await this.#close()
  }

  #begin(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        await this.#write(this.#take())
        this.#isFailing = false
      } catch (error) {
        await this.#close().catch(() => undefined)
        if (!this.#isFailing) this.#options.log.error('what was said in attempts cannot be kept', { error: messageOf(error) })
        this.#isFailing = true
      }
    }
    if (this.#left > 0) this.#options.log.warn('attempts failed faster than what was said in them could be kept', { left: this.#left })
    this.#left = 0
    // In one turn with the look above: what comes afterwards begins anew.
    this.#running = null
  }

  #take(): readonly Waiting[] {
    let [n, characters] = [0, 0]
    while (n < this.#waiting.length && characters < BLOCK) characters += this.#waiting[n++]?.line.length ?? 0
    this.#characters -= characters
    return this.#waiting.splice(0, n)
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const block = await blockOf(batch.map(({ line }) => line))
    const open = await this.#fileFor(dayOf(this.#options.now()))
    const place: BlockPlace = { at: open.size, length: block.length }
    await open.file.write(block, 0, block.length, open.size)
    open.size += block.length
    await open.index.appendFile(indexEntries(new Set(batch.map(({ message }) => message)), place))
  }

  async #fileFor(day: string): Promise<Open> {
    const now = this.#open
    // Others let go of it where it is among the oldest.
    if (now !== null && now.day === day && now.size < this.#largest && (await now.file.stat()).nlink > 0) return now
    await this.#close()
    const { folder, bytes, workers } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await pruneDialogs(folder, { since: '', most: bytes - workers * (this.#largest + BLOCK) })
    this.#open = await opened(folder, day)
    return this.#open
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = null
    await open?.file.close()
    await open?.index.close()
  }
}

async function opened(folder: string, day: string): Promise<Open> {
  const last = (await dialogFiles(folder)).findLast((one) => one.day === day)
  for (let n = (last?.n ?? 0) + 1; ; n++) {
    const file = await made(dialogFile(folder, day, n))
    if (file === null) continue
    await file.write(headOctets(), 0, HEAD_SIZE, 0)
    return { day, file, index: await open(indexOf(dialogFile(folder, day, n).path), 'a', 0o600), size: HEAD_SIZE }
  }
}

/** Null: another worker has just made it. */
async function made({ path }: DialogFile): Promise<FileHandle | null> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null
    throw error
  }
}
