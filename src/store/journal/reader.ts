// Reads a delivery journal: what happened after given positions, oldest first, and where it cannot tell. Bounded memory, whatever its size.
import { messageOf } from '../../base/fault.ts'
import { type JournalRecord, readLine } from './record.ts'
import { headOf, linesOf, readHead, type Segment, type SegmentHead, segmentsIn } from './segment.ts'

/** Between two numbers of a shard the journal knows nothing: it was begun later, was away, or is not kept any more. */
export interface JournalGap {
  readonly kind: 'gap'
  readonly shard: number
  readonly after: number
  readonly upTo: number
}

/** Lines of a segment that cannot be read and are not its torn end: what they said is not known. */
export interface JournalDamage {
  readonly kind: 'damaged'
  readonly segment: string
  readonly why: string
}

export type JournalEntry = JournalRecord | JournalGap | JournalDamage

export interface JournalSource {
  readonly folder: string
  /** Segments of other installations are passed over; without it all are read. */
  readonly installation?: string
}

/** Shard → number of an event. */
export type Positions = ReadonlyMap<number, number>

/** Entries of events after `after` (0 for a shard that is not in it). A record may come twice, with the same shard and number. */
export async function* readJournal(source: JournalSource, after: Positions): AsyncGenerator<JournalEntry> {
  const walk = new Walk(source, after)
  const segments = await segmentsIn(source.folder)
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1]
    // What the next one says to be behind it is all that can be in this one.
    if (next !== undefined && walk.passes(await headOf(next))) continue
    for await (const entries of walk.segment(segment)) yield* entries
  }
}

/** Up to which event of each shard the journal reaches. Reads the newest segment only. */
export async function journalPositions(source: JournalSource): Promise<Map<number, number>> {
  for (const segment of (await segmentsIn(source.folder)).toReversed()) {
    const walk = new Walk(source, null)
    for await (const _entries of walk.segment(segment));
    if (walk.reached.size > 0) return walk.reached
  }
  return new Map()
}

class Walk {
  readonly #source: JournalSource
  /** Null: only how far it reaches is wanted, which is said after each batch. */
  readonly #after: Positions | null
  readonly reached = new Map<number, number>()

  constructor(source: JournalSource, after: Positions | null) {
    this.#source = source
    this.#after = after
  }

  /** Entries by the thousand: a promise for each would cost more than to read them. */
  async *segment({ name, path }: Segment): AsyncGenerator<readonly JournalEntry[]> {
    let [count, bad] = [0, 0]
    try {
      for await (const lines of linesOf(path)) {
        const found: JournalEntry[] = []
        for (const line of lines) {
          const isHead = count++ === 0
          const head = isHead && line !== null ? readHead(line, path) : null
          if (head !== null && !this.#isOurs(head)) return
          if (isHead ? !this.#begin(head, found) : !this.#add(line, found)) bad++
        }
        yield found
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EIO')) throw error
      yield [{ kind: 'damaged', segment: name, why: messageOf(error) }]
    }
    if (bad > 0) yield [{ kind: 'damaged', segment: name, why: `${bad} of ${count} lines cannot be read` }]
  }

  #begin(head: SegmentHead | null, into: JournalEntry[]): boolean {
    if (head !== null) into.push(...this.#gaps(head.reached))
    return head !== null
  }

  #add(line: string | null, into: JournalEntry[]): boolean {
    if (this.#after === null && line?.startsWith('=') === false) return true
    const entry = line === null ? null : readLine(line)
    if (entry === null) return false
    this.#reach(entry.shard, entry.number)
    if (entry.kind !== 'reached' && entry.number > (this.#after?.get(entry.shard) ?? 0)) into.push(entry)
    return true
  }

  /** Whether all before this head is known already; then it is reached. */
  passes(head: SegmentHead | null): boolean {
    if (head === null || !this.#isOurs(head)) return false
    const reached = Object.entries(head.reached)
    if (reached.length === 0 || reached.some(([shard, number]) => number > (this.#after?.get(Number(shard)) ?? 0))) return false
    for (const [shard, number] of reached) this.#reach(Number(shard), number)
    return true
  }

  #isOurs({ installation }: SegmentHead): boolean {
    return this.#source.installation === undefined || installation === this.#source.installation
  }

  *#gaps(reached: Readonly<Record<string, number>>): Generator<JournalGap> {
    for (const [text, upTo] of Object.entries(reached)) {
      const shard = Number(text)
      const from = Math.max(this.reached.get(shard) ?? 0, this.#after?.get(shard) ?? 0)
      if (upTo > from) yield { kind: 'gap', shard, after: from, upTo }
      this.#reach(shard, upTo)
    }
  }

  #reach(shard: number, number: number): void {
    if (number > (this.reached.get(shard) ?? 0)) this.reached.set(shard, number)
  }
}
