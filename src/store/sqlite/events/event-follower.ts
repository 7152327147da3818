// Reads events behind the desk, shard by shard in the order of their numbers: from what the desk has just committed and handed over where
// that goes on where the reader stands, else from the day files. It looks at desk.db first and never reads beyond its cursors; around
// midnight, and where events came late, the numbers of a shard interleave between days, which are merged. Every file is closed before `next` returns.
import { existsSync } from 'node:fs'
import { giveBack } from '../../../base/give-back.ts'
import type { EventFollower, EventPosition, Followed, FollowFilter, ShardLines } from '../../../engine/ports/event-follower.ts'
import { DayReader, eventDays, type ReadBlock, readReach } from './day-reader.ts'
import { cutLines } from './event-cut.ts'
import { dayOf } from './event-day.ts'
import { hashOf } from './event-names.ts'

/** Blocks that one `next` looks at, read or passed over. */
const MOST_BLOCKS = 256
/** Octets of lines that are kept until they are asked for. */
const MOST_OFFERED = 8 * 1024 * 1024
const MOST_OFFERS = 256

export interface FollowerOptions extends FollowFilter {
  /** `<home>/events`. */
  readonly folder: string
  readonly from: EventPosition
  /** Of one answer, at least one event. */
  readonly events?: number
  readonly octets?: number
  /** What was given out is not looked at any more when the next is asked for, and what is offered is nobody else's: its memory is given back then. */
  readonly passing?: true
}

/** What is left of a day for a shard. */
interface Lead {
  readonly day: string
  readonly last: number
  /** No number below it is left. */
  low: number
  /** Whether there is an event of that very number. */
  isExact: boolean
}

interface Room {
  events: number
  octets: number
  blocks: number
  isFull: boolean
}

/** A block, and its lines where they were read before. */
interface Read {
  readonly block: ReadBlock
  readonly lines: Uint8Array | null
}

interface Taking {
  /** Beyond it another day comes first. */
  readonly upTo: number
  readonly room: Room
  readonly parts: Uint8Array[]
}

/** Opens days for one `next`. */
class Days implements Disposable {
  readonly #folder: string
  readonly #open = new Map<string, DayReader | null>()

  constructor(folder: string) {
    this.#folder = folder
  }

  get(day: string): DayReader | null {
    const known = this.#open.get(day)
    if (known !== undefined) return known
    const opened = DayReader.open(this.#folder, day)
    this.#open.set(day, opened)
    return opened
  }

  [Symbol.dispose](): void {
    for (const day of this.#open.values()) day?.[Symbol.dispose]()
  }
}

export class DayFollower implements EventFollower {
  readonly #options: FollowerOptions
  readonly #most: { readonly events: number; readonly octets: number }
  #position: Map<number, number>
  /** Of the last look at desk.db. */
  #cursors: ReadonlyMap<number, number> = new Map()
  /** Shards that lag, the one whose turn it is first. */
  readonly #plan = new Map<number, Lead[]>()
  #offered: ShardLines[] = []
  #gaps: Followed[] = []
  /** Up to which number of a shard a gap was told. */
  readonly #told = new Map<number, number>()
  #mustLook = true
  /** Offered lines that were given out to their end, where they pass. */
  #given: Uint8Array | null = null
  /** The last block that was not read to its end. */
  #kept: { readonly shard: number; readonly day: string; readonly block: ReadBlock; readonly lines: Uint8Array } | null = null

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#most = { events: options.events ?? 4000, octets: options.octets ?? 1024 * 1024 }
    this.#position = new Map(options.from)
  }

  position(): Map<number, number> {
    return new Map(this.#position)
  }

  seek(position: EventPosition): void {
    this.#position = new Map(position)
    this.#plan.clear()
    this.#gaps = []
    this.#told.clear()
    this.#kept = null
    this.#mustLook = true
  }

  look(): void {
    this.#mustLook = true
  }

  offer(lines: ShardLines): void {
    if (lines.upTo <= this.#at(lines.shard)) return
    const octets = this.#offered.reduce((sum, one) => sum + one.lines.length, lines.lines.length)
    if (octets > MOST_OFFERED || this.#offered.length >= MOST_OFFERS) this.#mustLook = true
    else this.#offered.push(lines)
  }

  next(): Followed | null {
    if (this.#given !== null) giveBack(this.#given)
    this.#given = null
    const known = this.#nextKnown()
    if (known !== null || !this.#mustLook) return known
    this.#mustLook = false
    this.#lookNow()
    return this.#nextKnown()
  }

  #at(shard: number): number {
    return this.#position.get(shard) ?? 0
  }

  #nextKnown(): Followed | null {
    return this.#gaps.shift() ?? this.#nextOffered() ?? this.#nextRead()
  }

  #nextOffered(): Followed | null {
    this.#offered = this.#offered.filter(({ shard, upTo }) => upTo > this.#at(shard))
    const lagging = new Set<number>()
    const one = this.#offered.find(({ shard, after }) => {
      if (!lagging.has(shard) && after <= this.#at(shard)) return true
      lagging.add(shard)
      return false
    })
    if (one === undefined) {
      // What is before them is on the disk by now.
      if ([...lagging].some((shard) => !this.#plan.has(shard))) this.#mustLook = true
      return null
    }
    const after = this.#at(one.shard)
    const { filter, most } = this.#bounds()
    const cut = cutLines(one.lines, { ...filter, ...most, after, upTo: one.upTo })
    const upTo = (cut.left ?? one.upTo + 1) - 1
    this.#position.set(one.shard, upTo)
    if (cut.left === null && this.#options.passing === true) this.#given = one.lines
    return { kind: 'events', shard: one.shard, after, upTo, lines: joined(cut.parts) }
  }

  #bounds() {
    const { account, since, until } = this.#options
    const filter = {
      ...(account !== undefined && { account }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    }
    return { filter, most: this.#most }
  }

  #lookNow(): void {
    const { folder, since, until } = this.#options
    const reach = existsSync(folder) ? readReach(folder) : null
    if (reach === null) return
    this.#cursors = reach.cursors
    this.#plan.clear()
    for (const [shard, cursor] of reach.cursors) {
      const after = this.#at(shard)
      if (cursor <= after) continue
      this.#plan.set(shard, [])
      const gone = reach.pruned.get(shard)
      if (gone === undefined || gone.upTo <= after || gone.upTo <= (this.#told.get(shard) ?? 0)) continue
      if (since === undefined || gone.day >= dayOf(since)) this.#tellGap(shard, gone.upTo, gone.day)
    }
    if (this.#plan.size === 0) return
    for (const day of eventDays(folder)) {
      if ((since !== undefined && day < dayOf(since)) || (until !== undefined && day > dayOf(until))) continue
      using reader = DayReader.open(folder, day)
      if (reader === null) continue
      for (const [shard, leads] of this.#plan) {
        const range = reader.rangeOf(shard, this.#at(shard), reach.cursors.get(shard) ?? 0)
        if (range !== null) leads.push({ day, low: range.first, last: range.last, isExact: false })
      }
    }
  }

  #tellGap(shard: number, upTo: number, day: string): void {
    this.#told.set(shard, upTo)
    this.#gaps.push({ kind: 'gap', shard, after: this.#at(shard), upTo, day })
  }

  #nextRead(): Followed | null {
    const [next] = this.#plan
    if (next === undefined) return null
    const [shard, leads] = next
    this.#plan.delete(shard)
    const after = this.#at(shard)
    // What was offered may have gone further meanwhile.
    for (const lead of leads) if (lead.low <= after) Object.assign(lead, { low: after + 1, isExact: false })
    const parts: Uint8Array[] = []
    const room: Room = { ...this.#most, blocks: MOST_BLOCKS, isFull: false }
    {
      using days = new Days(this.#options.folder)
      while (leads.length > 0 && !room.isFull && room.events > 0 && room.octets > 0 && room.blocks > 0)
        this.#step(shard, leads, room, days, parts)
    }
    const end = Math.max(after, this.#cursors.get(shard) ?? 0)
    const upTo = leads.length === 0 ? end : Math.max(after, Math.min(...leads.map(({ low }) => low)) - 1)
    if (leads.length > 0) this.#plan.set(shard, leads)
    this.#position.set(shard, upTo)
    return { kind: 'events', shard, after, upTo, lines: joined(parts) }
  }

  /** Takes of the lowest lead what lies below all others. */
  #step(shard: number, leads: Lead[], room: Room, days: Days, parts: Uint8Array[]): void {
    leads.sort((a, b) => a.low - b.low || Number(a.isExact) - Number(b.isExact))
    const [lead, other] = leads
    if (lead === undefined) return
    const upTo = Math.min(lead.last, (other?.low ?? Infinity) - 1)
    const read = lead.low > lead.last ? 'end' : this.#blockOf(shard, lead, days)
    if (read === 'gone') {
      this.#gaps.push({ kind: 'gap', shard, after: lead.low - 1, upTo: lead.last, day: lead.day })
      leads.shift()
    } else if (read === 'end') leads.shift()
    else this.#takeFrom(shard, lead, read, { upTo, room, parts })
  }

  #takeFrom(shard: number, lead: Lead, read: Read, { upTo, room, parts }: Taking): void {
    const { block } = read
    room.blocks--
    if (read.lines === null && this.#passesOver(block)) {
      lead.low = block.last + 1
      lead.isExact = false
      return
    }
    // Another day comes first.
    if (block.first > upTo) {
      lead.low = block.first
      lead.isExact = true
      return
    }
    const { filter } = this.#bounds()
    const cut = cutLines(this.#linesOf(shard, lead, read), {
      ...filter,
      events: room.events,
      octets: room.octets,
      after: lead.low - 1,
      upTo,
    })
    parts.push(...cut.parts)
    room.events -= cut.events
    room.octets -= cut.octets
    room.isFull = cut.left !== null && cut.left <= upTo
    lead.low = cut.left ?? block.last + 1
    lead.isExact = cut.left !== null
    if (cut.left === null) this.#kept = null
  }

  #blockOf(shard: number, lead: Lead, days: Days): Read | 'gone' | 'end' {
    const kept = this.#kept
    if (kept?.shard === shard && kept.day === lead.day && kept.block.first <= lead.low && lead.low <= kept.block.last) return kept
    const reader = days.get(lead.day)
    if (reader === null) return 'gone'
    const block = reader.blockBehind(shard, lead.low - 1)
    return block === null ? 'end' : { block, lines: null }
  }

  #linesOf(shard: number, { day }: Lead, { block, lines }: Read): Uint8Array {
    const read = lines ?? block.lines()
    this.#kept = { shard, day, block, lines: read }
    return read
  }

  /** Nothing in it is wanted. */
  #passesOver(block: ReadBlock): boolean {
    const { account, since = 0, until = Infinity } = this.#options
    if (block.newest < since || block.oldest > until) return true
    return account !== undefined && !block.mayName(hashOf('account', account))
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
