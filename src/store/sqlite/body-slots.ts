// `spool/<shard>.bodies`: bodies of middle size, outside the database, where they would be written page by page to the WAL and once
// more from there. Each has a slot of 64 KiB that its row names; the lowest free one is taken. The octets are down before the commit
// that names them, and a slot is used again only after the commit that ended its message (docs/decisions/0014-body-slots.md).
//
// A slot is free → pending (`put`) → taken (`committed`) → free (`committed` with it among those that went). Where the commit fails it
// is doubtful: what the disk has of that commit is not known, so the slot is free only after another commit came behind it.
import {
  closeSync,
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
/** Slots behind the last body that keep their room on the disk for what comes next: 16 MiB. */
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
  /** Below it none is free. */
  private from = 0
  private pending: number[] = []
  private doubtful: number[] = []

  /** `named`: the slots that rows name. */
  constructor(path: string, named: readonly number[]) {
    this.path = path
    this.load(named)
  }

  /** Begins anew from what the rows say; the file is opened again when it is needed. */
  load(named: readonly number[]): void {
    this.closeFile()
    const last = named.reduce((most, slot) => Math.max(most, slot), 0)
    this.used = Buffer.alloc(Math.max(256, last + 1))
    for (const slot of named) this.used[slot] = 1
    this.from = 0
    this.pending = []
    this.doubtful = []
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

  /** Gives room behind the last body back to the disk. */
  shrink(): void {
    if (this.descriptor === null) return
    const most = (this.used.lastIndexOf(1) + 1 + KEPT) * SLOT
    if (fstatSync(this.descriptor).size > most) ftruncateSync(this.descriptor, most)
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
    const isNew = !existsSync(this.path)
    this.descriptor = openSync(this.path, isNew ? 'w+' : 'r+', 0o600)
    if (isNew) syncFolderOf(this.path)
    return this.descriptor
  }

  private take(): number {
    let slot = this.used.indexOf(0, this.from)
    if (slot < 0) {
      slot = this.used.length
      this.used = Buffer.concat([this.used], slot * 2)
    }
    this.used[slot] = 1
    this.from = slot + 1
    return slot
  }

  private free(slot: number): void {
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

  /** What is in the slot now, null where the file ends before it: the caller sees to it that it was its message's all the time. */
  read(slot: number, size: number): Uint8Array | null {
    const octets = Buffer.allocUnsafeSlow(size)
    this.descriptor ??= openSync(this.path, 'r')
    for (let at = 0; at < size;) {
      const read = readSync(this.descriptor, octets, at, size - at, slot * SLOT + at)
      if (read === 0) return null
      at += read
    }
    return octets
  }

  size(): number {
    if (!existsSync(this.path)) return 0
    this.descriptor ??= openSync(this.path, 'r')
    return fstatSync(this.descriptor).size
  }
}
