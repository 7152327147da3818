// The delivery journal: a line for each recipient that was accepted and for each that was delivered, failed or deleted, appended and
// synced before the desk commits their events. So with the spool lost, or an old backup put back, it is known what was delivered since
// (and is not sent again) and what was accepted (and is named). docs/decisions/0009-delivery-journal.md
//
// A segment is `none` (nothing was written yet, or the last one may not be added to) or `open`. The first append makes one; what cannot
// be written is cut off again, and after a failed sync, when nobody knows what the disk holds, the next append begins another.
import { type FileHandle, mkdir, open, rm, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import { type JournalGap, journalPositions, type Positions } from './reader.ts'
import { JournalBatch } from './record.ts'
import { headOf, type Segment, type SegmentHead, segmentName, segmentsIn } from './segment.ts'

/** A segment ends at this size or age: a start reads the newest one, and whole ones are let go of. */
const SEGMENT_OCTETS = 32 * 1024 * 1024
const SEGMENT_AGE: Ms = 24 * 60 * 60_000

export interface JournalOptions {
  readonly folder: string
  readonly installation: string
  readonly epoch: string
  /** Up to which event of each shard the desk has told: what of it is not in the journal is a gap there. */
  readonly told: Positions
  readonly segmentOctets?: number
}

export interface JournalWriter extends AsyncDisposable {
  /** What was told before it was opened and is in no segment: an older release ran, or its disk was away. */
  readonly gaps: readonly JournalGap[]
  begin(): JournalBatch
  /** Appends and syncs the records of a shard's events up to `number`. Rejects with a Fault; the same batch may then be tried again. */
  append(batch: JournalBatch, shard: number, number: number): Promise<void>
  /** Removes segments in which all is older than `before`. */
  prune(before: EpochMs): Promise<void>
}

interface OpenSegment {
  readonly path: string
  readonly handle: FileHandle
  readonly begun: EpochMs
  length: number
}

class Writer implements JournalWriter {
  readonly gaps: readonly JournalGap[]
  readonly #options: JournalOptions
  readonly #reached: Map<number, number>
  #next: number
  #segment: OpenSegment | null = null

  constructor(options: JournalOptions, reached: Map<number, number>, next: number) {
    this.#options = options
    this.#reached = reached
    this.gaps = [...options.told].flatMap(([shard, upTo]) => {
      const after = reached.get(shard) ?? 0
      return upTo > after ? [{ kind: 'gap', shard, after, upTo }] : []
    })
    for (const { shard, upTo } of this.gaps) reached.set(shard, upTo)
    this.#next = next
  }

  begin(): JournalBatch {
    return new JournalBatch()
  }

  async append(batch: JournalBatch, shard: number, number: number): Promise<void> {
    const octets = batch.octets(shard, number)
    try {
      const segment = await this.#ready()
      await this.#write(segment, octets)
    } catch (error) {
      throw unwritable(this.#options.folder, error)
    }
    batch.letGo()
    if (number > (this.#reached.get(shard) ?? 0)) this.#reached.set(shard, number)
  }

  async prune(before: EpochMs): Promise<void> {
    const segments = await segmentsIn(this.#options.folder)
    // The last is never removed: it tells up to where all is.
    for (const [i, { path }] of segments.entries()) if ((segments[i + 1]?.begun ?? Infinity) < before) await rm(path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave()
  }

  async #ready(): Promise<OpenSegment> {
    const now = systemClock.now()
    const known = this.#segment
    const most = this.#options.segmentOctets ?? SEGMENT_OCTETS
    if (known !== null && known.length < most && now - known.begun < SEGMENT_AGE) return known
    await this.#leave()
    this.#segment = await this.#create(now)
    return this.#segment
  }

  async #create(now: EpochMs): Promise<OpenSegment> {
    const { folder, installation, epoch } = this.#options
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(dirname(folder))
    const path = join(folder, segmentName(now, this.#next))
    const reached = Object.fromEntries(this.#reached)
    const head = { format: FORMATS.journal.writes, installation, epoch, reached } satisfies SegmentHead
    const octets = Buffer.from(`${JSON.stringify(head)}\n`)
    const handle = await open(path, 'ax', 0o600)
    try {
      await handle.appendFile(octets)
      await handle.datasync()
      await syncFolder(folder)
    } catch (error) {
      await handle.close().catch(() => undefined)
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    }
    this.#next++
    return { path, handle, begun: now, length: octets.length }
  }

  async #write(segment: OpenSegment, octets: Buffer): Promise<void> {
    try {
      await segment.handle.appendFile(octets)
      crashPoint('journal-written')
    } catch (error) {
      // A full disk: the segment goes on where it was, or ends torn where that cannot be had.
      await truncate(segment.path, segment.length).catch(() => this.#leave())
      throw error
    }
    try {
      await segment.handle.datasync()
    } catch (error) {
      await this.#leave()
      throw error
    }
    segment.length += octets.length
    crashPoint('journal-synced')
  }

  async #leave(): Promise<void> {
    const { handle } = this.#segment ?? {}
    this.#segment = null
    await handle?.close().catch(() => undefined)
  }
}

function unwritable(folder: string, cause: unknown): Fault {
  return new Fault('journal-unwritable', `The delivery journal in ${folder} cannot be written: ${messageOf(cause)}`, {
    blame: 'owner',
    temporary: true,
    mend: 'Make room on its disk or mend it, or set journal.folder to another one. Deliveries go on; events and logs wait in the spool.',
    cause,
  })
}

/** The newest segment. Throws a Fault where the journal is another installation's, or newer. */
export async function ownNewest({ folder, installation }: Pick<JournalOptions, 'folder' | 'installation'>): Promise<Segment | undefined> {
  const newest = (await segmentsIn(folder)).at(-1)
  const head = newest === undefined ? null : await headOf(newest)
  if (head === null || head.installation === installation) return newest
  throw new Fault('journal-foreign', `The delivery journal in ${folder} belongs to another installation.`, {
    blame: 'owner',
    mend: 'Set journal.folder to a folder of its own for each installation.',
  })
}

/** Opens (and later makes) the journal of an installation, for the one who writes it. Throws a Fault where it is another's, or newer. */
export async function openJournal(options: JournalOptions): Promise<JournalWriter> {
  const newest = await ownNewest(options)
  const { folder, installation } = options
  return new Writer(options, await journalPositions({ folder, installation }), (newest?.n ?? 0) + 1)
}
