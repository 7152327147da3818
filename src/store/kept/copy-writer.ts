// Writes copies of delivered mail, in a worker. What arrives while a batch is written goes into the next: one write and one sync for each segment of a
// batch, before any of it is committed as delivered. Octets of a message are written once a day; deliveries that follow refer to them. A crash
// leaves at most the end of a segment behind, which is cut when it is opened again.
import { readFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import type { EpochMs, MessageId } from '../../base/brand.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { placeOf } from '../../base/message-id.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { readFields, value } from '../../message/report/fields.ts'
import type { CopyKeeper, NewCopy } from '../../engine/ports/kept.ts'
import type { Body } from '../../engine/ports/spool.ts'
import { accountFolder, DEFLATED, KeptSegment, PLAIN, segmentName, segmentsOf, type Telling } from './segment.ts'

/** Copies of one batch; the octets that are in memory at once, but for one message that is larger. */
const MOST_BATCH = 256
const MOST_OCTETS = 1 << 20
const MOST_OPEN = 64
/** Messages whose octets are known to be there. */
const MOST_KNOWN = 10_000
const LARGEST_SEGMENT = 1 << 24
const SMALLEST_SEGMENT = 1 << 17
/** What an account may have is so many segments at least, so that little goes at a time. */
const PARTS = 8
const WORTH_DEFLATING = 256
const LONGEST_HEADER = 1 << 16

const deflated = promisify(deflateRaw)

export interface CopyWriterOptions {
  readonly folder: string
  readonly keyFile: string
  /** Of a message in the spool. */
  readonly body: (id: MessageId) => Promise<Body>
  /** The local day of a moment. */
  readonly dayOf: (at: EpochMs) => string
}

interface Waiting {
  readonly copy: NewCopy
  readonly day: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Open {
  readonly segment: KeptSegment
  readonly day: string
  size: number
}

export class CopyWriter implements CopyKeeper, AsyncDisposable {
  readonly #options: CopyWriterOptions
  #secret: Uint8Array | null = null
  #waiting: Waiting[] = []
  #running: Promise<void> | null = null
  /** By account and shard, the one used last at the end. */
  readonly #open = new Map<string, Open>()
  readonly #known = new Set<string>()

  constructor(options: CopyWriterOptions) {
    this.#options = options
  }

  keep(copy: NewCopy): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ copy, day: this.#options.dayOf(copy.at), resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running
    for (const name of this.#open.keys()) await this.#close(name)
  }

  async #run(): Promise<void> {
    // What comes in the same turn is one batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = Map.groupBy(
        this.#waiting.splice(0, MOST_BATCH),
        ({ copy, day }) => `${copy.head.account}.${placeOf(copy.head.id).shard}.${day}`,
      )
      for (const copies of batch.values())
        try {
          await this.#write(copies)
          for (const { resolve } of copies) resolve()
        } catch (error) {
          for (const { reject } of copies) reject(error)
        }
    }
    // In one turn with the look above: what comes afterwards begins anew.
    this.#running = null
  }

  async #write(copies: readonly Waiting[]): Promise<void> {
    const [first] = copies
    if (first === undefined) return
    const name = `${first.copy.head.account}.${placeOf(first.copy.head.id).shard}`
    // Who lets go of old copies may remove a segment at any moment: what is written into one that is gone is written again.
    for (;;) {
      const open = await this.#segmentFor(name, first)
      const known = new Set<string>()
      try {
        for (const part of partsOf(copies)) await this.#append(open, part, known)
        await open.segment.handle.datasync()
        crashPoint('copy-synced')
        if ((await open.segment.handle.stat()).nlink > 0) return this.#remember(known)
        this.#known.clear()
      } catch (error) {
        // Its end is found again when it is opened.
        await this.#close(name)
        throw error
      }
      await this.#close(name)
    }
  }

  async #append(open: Open, copies: readonly Waiting[], known: Set<string>): Promise<void> {
    const made = await Promise.all(
      copies.map(async ({ copy, day }) => {
        const key = `${copy.head.id} ${day}`
        const isKnown = this.#known.has(key) || known.has(key)
        known.add(key)
        return recordOf(open.segment, copy, isKnown ? null : await this.#octets(copy.head.id))
      }),
    )
    const octets = Buffer.concat(made)
    // At its own end, not at that of the file: what a failed write left there is overwritten.
    await open.segment.handle.write(octets, 0, octets.length, open.size)
    open.size += octets.length
  }

  async #octets(id: MessageId): Promise<Buffer> {
    const body = await this.#options.body(id)
    return body.kind === 'bytes' ? Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength) : readFile(body.path)
  }

  #remember(known: ReadonlySet<string>): void {
    for (const key of known) this.#known.add(key)
    for (const key of this.#known) {
      if (this.#known.size <= MOST_KNOWN) return
      this.#known.delete(key)
    }
  }

  async #segmentFor(name: string, { copy, day }: Waiting): Promise<Open> {
    const most = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, copy.keep.bytes / PARTS))
    const now = this.#open.get(name)
    const isThere = now !== undefined && (await now.segment.handle.stat()).nlink > 0
    // Octets that others refer to may have gone with it.
    if (now !== undefined && !isThere) this.#known.clear()
    if (isThere && now.day === day && now.size < most) {
      this.#open.delete(name)
      this.#open.set(name, now)
      return now
    }
    if (now !== undefined) await this.#close(name)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size < MOST_OPEN) break
      await this.#close(oldest)
    }
    const opened = await this.#reopenOrMake(copy, day, most)
    this.#open.set(name, opened)
    return opened
  }

  async #reopenOrMake({ head }: NewCopy, day: string, most: number): Promise<Open> {
    const { shard } = placeOf(head.id)
    const folder = accountFolder(this.#options.folder, head.account)
    const own = (await segmentsOf(folder)).filter((one) => one.day === day && one.shard === shard)
    const last = own.at(-1)
    const account = String(head.account)
    const segment = last && (await KeptSegment.open(join(folder, last.name), this.#key(), { account, flags: 'r+' }))
    if (segment) {
      const size = await segment.wholeUntil()
      if (size < (await segment.size())) await segment.handle.truncate(size)
      if (size < most) return { segment, day, size }
      await segment[Symbol.asyncDispose]()
    }
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const fresh = await KeptSegment.make(join(folder, segmentName({ day, shard, n: (last?.n ?? 0) + 1 })), this.#key(), account)
    for (const one of [folder, this.#options.folder, join(this.#options.folder, '..')]) await syncFolder(one)
    return { segment: fresh, day, size: await fresh.size() }
  }

  #key(): Uint8Array {
    return (this.#secret ??= readFileSync(this.#options.keyFile))
  }

  async #close(name: string): Promise<void> {
    const open = this.#open.get(name)
    this.#open.delete(name)
    await open?.segment[Symbol.asyncDispose]()
  }
}

/** Together no more octets than may be in memory. */
function* partsOf(copies: readonly Waiting[]): Generator<readonly Waiting[]> {
  let [part, octets]: [Waiting[], number] = [[], 0]
  for (const one of copies) {
    if (part.length > 0 && octets + one.copy.head.size > MOST_OCTETS) {
      yield part
      ;[part, octets] = [[], 0]
    }
    part.push(one)
    octets += one.copy.head.size
  }
  yield part
}

async function recordOf(segment: KeptSegment, { head, at, recipients }: NewCopy, octets: Buffer | null): Promise<Buffer> {
  const { id, acceptedAt, sender, clientId, mailing, size } = head
  const isTemplate = head.merge === true
  const subject = octets === null || isTemplate ? null : subjectOf(octets)
  const telling: Telling = { message: id, at, acceptedAt, sender, subject, recipients, clientId, mailing, size, isTemplate }
  return segment.sealed(telling, octets === null ? null : await packed(octets))
}

function subjectOf(octets: Buffer): string | null {
  const text = octets.toString('latin1', 0, Math.min(octets.length, LONGEST_HEADER)).replaceAll('\r\n', '\n')
  return value(readFields(text, 0), 'subject') || null
}

async function packed(octets: Buffer): Promise<Buffer> {
  const small = octets.length < WORTH_DEFLATING ? octets : await deflated(octets)
  return small.length < octets.length ? Buffer.concat([Buffer.from([DEFLATED]), small]) : Buffer.concat([Buffer.from([PLAIN]), octets])
}
