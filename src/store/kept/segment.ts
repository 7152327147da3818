// A segment of kept copies: `<local day>.<shard>.<n>.kept` in the folder of its account. A head with a salt of its own, of which its key is made,
// then records: a head, what is told of a delivery, and the octets of its message unless a record before has them. Both are sealed. A record that is
// cut off by a crash is the last one; one whose second part is erased keeps its place.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import type { KeptDelivery } from '../../contract/kept.ts'
import { refuseFormat } from '../sqlite/faults.ts'

const MAGIC = 'hmskept'
const SALT = 16
const HEAD_SIZE = 24
const MARK = 'kept'
const RECORD_HEAD = 16
/** First octet of what is sealed second: how the rest of it is written. */
export const PLAIN = 0
export const DEFLATED = 1
const LIVE = 1
const ERASED = 0
const NONCE = 12
const TAG = 16
const SEALED = NONCE + TAG
const NAME = /^(\d{4}-\d\d-\d\d)\.(\d+)\.(\d+)\.kept$/
/** Read at once, where records are looked through. */
const WINDOW = 1 << 16

export interface SegmentName {
  readonly name: string
  readonly day: string
  readonly shard: number
  readonly n: number
}

export interface KeptRecord {
  readonly at: number
  readonly tellingSize: number
  /** 0: its octets are in another record of the message. */
  readonly octetsSize: number
}

/** What is sealed first. */
export type Telling = KeptDelivery

export interface FoundRecord {
  readonly record: KeptRecord
  readonly telling: Telling
}

/** Oldest day first. */
export async function segmentsOf(folder: string): Promise<readonly SegmentName[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const found = names.flatMap((name) => {
    const [, day, shard, n] = NAME.exec(name) ?? []
    return day === undefined ? [] : [{ name, day, shard: Number(shard), n: Number(n) }]
  })
  return found.toSorted(inOrder)
}

export function inOrder(a: Omit<SegmentName, 'name'>, b: Omit<SegmentName, 'name'>): number {
  if (a.day !== b.day) return a.day < b.day ? -1 : 1
  return a.shard - b.shard || a.n - b.n
}

export function segmentName({ day, shard, n }: Omit<SegmentName, 'name'>): string {
  return `${day}.${shard}.${n}.kept`
}

/** 0: it has no whole head. */
export function formatIn(path: string): number {
  const head = Buffer.alloc(HEAD_SIZE)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, head) < HEAD_SIZE) return 0
  } finally {
    closeSync(file)
  }
  return head.toString('latin1', 0, MAGIC.length) === MAGIC ? (head[MAGIC.length] ?? 0) : 0
}

export class KeptSegment implements AsyncDisposable {
  readonly handle: FileHandle
  readonly #key: Uint8Array
  readonly #account: string

  private constructor(handle: FileHandle, key: Uint8Array, account: string) {
    this.handle = handle
    this.#key = key
    this.#account = account
  }

  /** Makes it; it must not be there. */
  static async make(path: string, secret: Uint8Array, account: string): Promise<KeptSegment> {
    const head = Buffer.alloc(HEAD_SIZE)
    head.write(MAGIC)
    head[MAGIC.length] = FORMATS.kept.writes
    const salt = randomBytes(SALT)
    salt.copy(head, HEAD_SIZE - SALT)
    const handle = await open(path, 'wx+', 0o600)
    await handle.write(head, 0, HEAD_SIZE, 0)
    return new KeptSegment(handle, keyOf(secret, salt), account)
  }

  /** Null: it is gone, or was cut off while it was made. */
  static async open(
    path: string,
    secret: Uint8Array,
    { account, flags }: { account: string; flags: 'r' | 'r+' },
  ): Promise<KeptSegment | null> {
    let handle: FileHandle
    try {
      handle = await open(path, flags)
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
    const head = await readAt(handle, 0, HEAD_SIZE)
    if (head.length === HEAD_SIZE && head.toString('latin1', 0, MAGIC.length) === MAGIC) {
      const format = head[MAGIC.length] ?? 0
      if (FORMATS.kept.reads.includes(format)) return new KeptSegment(handle, keyOf(secret, head.subarray(-SALT)), account)
      await handle.close()
      throw refuseFormat('kept', path, format)
    }
    await handle.close()
    return null
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size
  }

  /** `octets`: null where another record has them. */
  sealed(telling: Telling, octets: Uint8Array | null): Buffer {
    const first = this.#seal(Buffer.from(JSON.stringify(telling)), this.#account)
    const second = octets === null ? Buffer.alloc(0) : this.#seal(octets, telling.message)
    const head = Buffer.alloc(RECORD_HEAD)
    head.write(MARK)
    head[MARK.length] = LIVE
    head.writeUInt32LE(first.length, 8)
    head.writeUInt32LE(second.length, 12)
    return Buffer.concat([head, first, second])
  }

  /** Records that are whole and not erased, in their order; those that tell nothing, as their disk lost them, are passed over. */
  async *records(): AsyncGenerator<FoundRecord> {
    for await (const { record, isLive, telling } of this.#walk()) {
      const told = isLive ? this.#open(telling, this.#account) : null
      if (told !== null) yield { record, telling: JSON.parse(told.toString()) as Telling }
    }
  }

  async all(): Promise<readonly FoundRecord[]> {
    const found: FoundRecord[] = []
    for await (const one of this.records()) found.push(one)
    return found
  }

  async octetsOf({ at, tellingSize, octetsSize }: KeptRecord, message: string): Promise<Buffer | null> {
    if (octetsSize === 0) return null
    return this.#open(await readAt(this.handle, at + RECORD_HEAD + tellingSize, octetsSize), message)
  }

  /** Overwrites what it held. Its place stays, so that whoever writes behind it need not know. */
  async blank({ at, tellingSize, octetsSize }: KeptRecord): Promise<void> {
    await this.handle.write(Buffer.from([ERASED]), 0, 1, at + MARK.length)
    const nothing = Buffer.alloc(Math.min(1 << 20, tellingSize + octetsSize))
    const end = at + RECORD_HEAD + tellingSize + octetsSize
    for (let from = at + RECORD_HEAD; from < end; from += nothing.length)
      await this.handle.write(nothing, 0, Math.min(nothing.length, end - from), from)
  }

  /** Where the last whole record ends: what is behind it a crash left. */
  async wholeUntil(): Promise<number> {
    let [end, before] = [HEAD_SIZE, HEAD_SIZE]
    let last: KeptRecord | null = null
    for await (const { record, isLive } of this.#walk()) {
      last = isLive ? record : null
      before = record.at
      end = record.at + RECORD_HEAD + record.tellingSize + record.octetsSize
    }
    return last === null || (await this.#isWhole(last)) ? end : before
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.handle.close()
  }

  async #isWhole(record: KeptRecord): Promise<boolean> {
    const telling = this.#open(await readAt(this.handle, record.at + RECORD_HEAD, record.tellingSize), this.#account)
    if (telling === null) return false
    const { message } = JSON.parse(telling.toString()) as Telling
    return record.octetsSize === 0 || (await this.octetsOf(record, message)) !== null
  }

  async *#walk(): AsyncGenerator<{ readonly record: KeptRecord; readonly isLive: boolean; readonly telling: Buffer }> {
    const size = await this.size()
    let [window, from]: [Buffer, number] = [Buffer.alloc(0), 0]
    const bytes = async (at: number, length: number): Promise<Buffer> => {
      if (at < from || at + length > from + window.length) [window, from] = [await readAt(this.handle, at, Math.max(WINDOW, length)), at]
      return window.subarray(at - from, at - from + length)
    }
    for (let at = HEAD_SIZE; at + RECORD_HEAD <= size;) {
      const head = await bytes(at, RECORD_HEAD)
      if (head.length < RECORD_HEAD || head.toString('latin1', 0, MARK.length) !== MARK) return
      const isLive = head[MARK.length] === LIVE
      const [tellingSize, octetsSize] = [head.readUInt32LE(8), head.readUInt32LE(12)]
      if (at + RECORD_HEAD + tellingSize + octetsSize > size) return
      yield { record: { at, tellingSize, octetsSize }, isLive, telling: await bytes(at + RECORD_HEAD, tellingSize) }
      at += RECORD_HEAD + tellingSize + octetsSize
    }
  }

  #seal(octets: Uint8Array, place: string): Buffer {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(place))
    const text = [cipher.update(octets), cipher.final()]
    return Buffer.concat([nonce, cipher.getAuthTag(), ...text])
  }

  /** Null where it was not sealed so. */
  #open(sealed: Buffer, place: string): Buffer | null {
    if (sealed.length < SEALED) return null
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE), { authTagLength: TAG }).setAAD(
      Buffer.from(place),
    )
    try {
      decipher.setAuthTag(sealed.subarray(NONCE, SEALED))
      return Buffer.concat([decipher.update(sealed.subarray(SEALED)), decipher.final()])
    } catch {
      return null
    }
  }
}

/** No two segments have one key, so that nonces drawn by chance never meet. */
function keyOf(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, 'kept copies', 32))
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const octets = Buffer.alloc(length)
  const { bytesRead } = await handle.read(octets, 0, length, at)
  return octets.subarray(0, bytesRead)
}

export const accountFolder = (folder: string, account: number): string => join(folder, String(account))
