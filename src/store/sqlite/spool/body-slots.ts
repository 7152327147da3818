// `spool/<shard>.bodies`: bodies of middle size, outside the database, where they would be written page by page to the WAL and once
// more from there. Each has a slot of 64 KiB that its row names; the lowest free one is taken. The octets are down before the commit
// that names them, and a slot is used again only after the commit that ended its message (docs/decisions/0015-body-slots.md).
//
// A slot is free → pending (`put`) → taken (`committed`) → free (`committed` with it among those that went). Where the commit fails it
// is doubtful: what the disk has of that commit is not known, so the slot is free only after another commit came behind it.
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { SYNCHRONOUS } from './schema.ts'

const SLOT = 64 * 1024
/** Below it a body costs less in the pages of the database. */
const LEAST = 24 * 1024
/** Slots beside those of the bodies there are that keep their room on the disk for what comes next: 16 MiB. */
const KEPT = 256

export function bodiesPath(databasePath: string): string {
  return `${databasePath.slice(0, -'.db'.length)}.bodies`
}

export function belongsInSlot(octets: number): boolean {
  return octets >= LEAST && octets <= SLOT
}

/** Octets that the file has at least where it holds this body. */
export function endOfBody(slot: number, size: number): number {
  return slot * SLOT + size
}

export class BodySlots {
  private readonly path: string
  private descriptor: number | null = null
  /** An octet each, 0: free. */
  private used = Buffer.alloc(256)
  /** How many are not free. */
  private count = 0
  /** Below it none is free. */
  private from = 0
  private pending: number[] = []
  private doubtful: number[] = []

  /** `named`: the slots that rows name. */
  constructor(path: string, named: readonly number[]) {
    this.path = path
    this.load(named)
  }

  /**
   * Begins anew from what the rows say; the file is opened again when it is needed. What is doubtful stays so: rows tell what SQLite
   * took for committed, not what a start finds on the disk.
   */
  load(named: readonly number[]): void {
    this.closeFile()
    const known = new Set(named)
    this.doubtful = this.doubtful.filter((slot) => !known.has(slot))
    const all = [...named, ...this.doubtful]
    this.used = Buffer.alloc(all.reduce((most, slot) => Math.max(most, slot + 1), 256))
    for (const slot of all) this.used[slot] = 1
    this.count = all.length
    this.from = 0
    this.pending = []
  }

  /** Writes a body; it is safe after `sync`. Returns its slot. */
  put(octets: Uint8Array): number {
    const descriptor = this.opened()
    const slot = this.take()
    this.pending.push(slot)
    for (let at = 0; at < octets.length;) at += writeSync(descriptor, octets, at, octets.length - at, slot * SLOT + at)
    return slot
  }

  sync(): void {
    if (this.pending.length > 0 && SYNCHRONOUS !== 'OFF') fdatasyncSync(this.opened())
  }

  /** The transaction that names what was put is committed, and `gone` are named no more. */
  committed(gone: readonly number[]): void {
    for (const slot of gone) this.free(slot)
    for (const slot of this.doubtful) this.free(slot)
    this.pending = []
    this.doubtful = []
  }

  failed(): void {
    this.doubtful.push(...this.pending)
    this.pending = []
  }

  /** Bodies that have a place further to the front, at most so many: those at the end, behind more free slots than are kept. */
  scattered(most: number): number[] {
    const found: number[] = []
    let slot = this.used.lastIndexOf(1)
    for (; slot >= this.count + KEPT && found.length < most; slot = this.used.lastIndexOf(1, slot - 1)) found.push(slot)
    return found
  }

  /** Puts a body once more, to the front; null where it is not there. */
  copy(slot: number, size: number): number | null {
    const octets = readBody(this.opened(), slot, size)
    return octets === null ? null : this.put(octets)
  }

  /** Gives room behind the last body back to the disk. */
  shrink(): void {
    if (this.descriptor === null && !existsSync(this.path)) return
    const descriptor = this.opened()
    const most = Math.max(this.used.lastIndexOf(1) + 1, this.count + KEPT) * SLOT
    if (fstatSync(descriptor).size > most) ftruncateSync(descriptor, most)
  }

  /** In order: where no body is left the file goes. */
  close(): void {
    this.closeFile()
    if (!this.used.includes(1) && existsSync(this.path)) unlinkSync(this.path)
  }

  closeFile(): void {
    if (this.descriptor !== null) closeSync(this.descriptor)
    this.descriptor = null
  }

  private opened(): number {
    if (this.descriptor !== null) return this.descriptor
    const descriptor = openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      // Also where the file was there: whoever made it may have ended before its name was on the disk.
      syncFolderOf(this.path)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
    this.descriptor = descriptor
    return descriptor
  }

  private take(): number {
    let slot = this.used.indexOf(0, this.from)
    if (slot < 0) {
      slot = this.used.length
      this.used = Buffer.concat([this.used], slot * 2)
    }
    this.used[slot] = 1
    this.count++
    this.from = slot + 1
    return slot
  }

  private free(slot: number): void {
    if (this.used[slot] === 1) this.count--
    this.used[slot] = 0
    this.from = Math.min(this.from, slot)
  }
}

function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Null where the file ends before it, or has a hole there: it was lost, and begun anew. A message begins with the name of a field. */
function readBody(descriptor: number, slot: number, size: number): Uint8Array | null {
  const octets = Buffer.allocUnsafeSlow(size)
  for (let at = 0; at < size;) {
    const read = readSync(descriptor, octets, at, size - at, slot * SLOT + at)
    if (read === 0) return null
    at += read
  }
  return octets[0] === 0 ? null : octets
}

/** The reader's side of the same file. */
export class BodySlotsReader implements Disposable {
  private readonly path: string
  private descriptor: number | null = null

  constructor(path: string) {
    this.path = path
  }

  [Symbol.dispose](): void {
    if (this.descriptor !== null) closeSync(this.descriptor)
    this.descriptor = null
  }

  /** What is in the slot now, null where that is nothing: the caller sees to it that it was its message's all the time. */
  read(slot: number, size: number): Uint8Array | null {
    const descriptor = this.opened()
    const octets = descriptor === null ? null : readBody(descriptor, slot, size)
    // Should the file be put back, it is another one.
    if (octets === null) this[Symbol.dispose]()
    return octets
  }

  size(): number {
    const descriptor = this.opened()
    return descriptor === null ? 0 : fstatSync(descriptor).size
  }

  private opened(): number | null {
    if (this.descriptor === null && existsSync(this.path)) this.descriptor = openSync(this.path, 'r')
    return this.descriptor
  }
}
