// The files of a delivery journal: `<time of its first line>-<n>.journal`, numbered without a gap or a repeat. The first line is a head
// in JSON: format, whose journal it is, and up to which event of each shard the segments before it reach. A head that says more than
// they do is a gap: what happened between was not written here.
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import { compactTime } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import { refuseFormat } from '../sqlite/faults.ts'

const CHUNK = 1 << 20
/** A line is under 1 KiB, a head with a thousand shards under 32 KiB. What is longer is damage. */
const MOST_LINE = 1 << 16
const LINE_FEED = 0x0a
const NAME = /^(\d{8}T\d{6}Z)-(\d+)\.journal$/

export interface Segment {
  readonly name: string
  readonly path: string
  readonly n: number
  /** When it was begun, by its name. */
  readonly begun: EpochMs
}

export interface SegmentHead {
  readonly format: number
  readonly installation: string
  readonly epoch: string
  /** Shard → number of the last event that was told when this segment began. */
  readonly reached: Readonly<Record<string, number>>
}

/** Oldest first; none where there is no such folder. */
export async function segmentsIn(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw unreadable(folder, error)
  })
  const found = names.flatMap((name) => {
    const match = NAME.exec(name)
    return match === null ? [] : [{ name, path: join(folder, name), n: Number(match[2]), begun: timeOf(match[1] ?? '') }]
  })
  return found.toSorted((a, b) => a.n - b.n)
}

export function segmentName(at: EpochMs, n: number): string {
  return `${compactTime(at)}-${n}.journal`
}

function timeOf(text: string): EpochMs {
  return Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

/** Null where a crash cut it off: then nothing follows. Throws a Fault where it is of a newer release. */
export function readHead(line: string, path: string): SegmentHead | null {
  let head: SegmentHead
  try {
    head = JSON.parse(line) as SegmentHead
  } catch {
    return null
  }
  if (!FORMATS.journal.reads.includes(head.format)) throw refuseFormat('journal', path, head.format)
  return head
}

export async function headOf({ path }: Segment): Promise<SegmentHead | null> {
  for await (const [line] of linesOf(path)) return line === undefined || line === null ? null : readHead(line, path)
  return null
}

/**
 * The lines of a file in memory that is bounded, without their ends, some thousand at once; null for one that is too long. What has no
 * end is not told.
 */
export async function* linesOf(path: string): AsyncGenerator<readonly (string | null)[]> {
  await using file: FileHandle = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  let rest = Buffer.alloc(0)
  let isTooLong = false
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK)
    if (bytesRead === 0) return
    const octets = rest.length === 0 ? buffer.subarray(0, bytesRead) : Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    const lines: (string | null)[] = []
    let start = 0
    for (let end = octets.indexOf(LINE_FEED); end >= 0; end = octets.indexOf(LINE_FEED, start)) {
      lines.push(isTooLong ? null : octets.toString('utf8', start, end))
      isTooLong = false
      start = end + 1
    }
    rest = octets.subarray(start)
    if (rest.length > MOST_LINE) {
      isTooLong = true
      rest = Buffer.alloc(0)
    }
    if (lines.length > 0) yield lines
  }
}

function unreadable(path: string, cause: unknown): Fault {
  return new Fault('journal-unreadable', `The delivery journal cannot be read: ${path}: ${messageOf(cause)}.`, {
    blame: 'owner',
    mend: 'Mend its disk or its rights. With another journal.folder a start works too, but what was delivered so far is then not known.',
    cause,
  })
}
