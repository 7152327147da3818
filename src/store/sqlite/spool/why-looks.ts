// What `hms why` needs of the disk, read beside the workers: a worker that is busy with thousands of connections answers a question once a
// turn of its event loop, and a look of its own at the disk would cost it another turn or two. Bounded as the worker's own looks are.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs, MessageId, Ms, ShardId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { placeOf } from '../../../base/message-id.ts'
import {
  type AheadLook,
  MOST_AHEAD,
  MOST_LOOKED,
  MOST_NAMED,
  type ShardLook,
  type WhyLook,
  type WhyQuestion,
} from '../../../contract/why.ts'
import type { QueuedMessage, WhySpool } from '../../../engine/ports/spool.ts'
import type { WhyLooks } from '../../../engine/ports/stores.ts'
import { type Cell, HEAD_CELLS, type ListParams, RECIPIENT_CELLS } from './protocol.ts'
import { STATE_WAITING } from './schema.ts'
import { ShardReader } from './shard-reader.ts'

/** So long it is counted who goes before; the worker counts the rest where it needs it. */
const COUNTED_WITHIN: Ms = 20
const ROW = HEAD_CELLS + RECIPIENT_CELLS
const ACCEPTED_AT = 3
const NO_FILTER: ListParams['filter'] = {
  domain: null,
  domains: null,
  account: null,
  mailing: null,
  state: null,
  address: null,
  recipient: null,
  sender: null,
  acceptedBefore: null,
  acceptedAfter: null,
  reason: null,
}

type Readers = ReadonlyMap<ShardId, ShardReader>

export class SpoolLooks implements WhyLooks {
  readonly #folder: string
  readonly #clock: Clock

  constructor(folder: string, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  look(question: WhyQuestion): WhyLook | null {
    using opened = new DisposableStack()
    try {
      const readers = new Map(this.#shards().map((shard) => [shard, opened.use(new ShardReader(join(this.#folder, `${shard}.db`)))]))
      return lookAt(readers, question, this.#clock.now())
    } catch {
      // A shard comes or goes at this moment, or the disk is in trouble: whoever owns it knows.
      return null
    }
  }

  #shards(): ShardId[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const [, number] = /^(\d+)\.db$/.exec(name) ?? []
      return number === undefined ? [] : [Number(number) as ShardId]
    })
  }
}

function lookAt(readers: Readers, question: WhyQuestion, now: EpochMs): WhyLook {
  if ('message' in question) return withRows(readers, { ids: [question.message], now })
  const { domain } = question
  if ('recipient' in question) {
    const { recipient, messages: ids } = question
    return withRows(readers, { ids, now, addressed: { domain, address: recipient.toLowerCase(), most: MOST_LOOKED } })
  }
  const shards = [...readers].map(([shard, reader]): ShardLook => {
    const waiting = reader.call('waiting', { domain, now, most: MOST_AHEAD })
    return { shard, waiting }
  })
  return { shards, named: 0, acceptedAt: null }
}

interface RowsAsked {
  readonly ids: readonly MessageId[]
  readonly now: EpochMs
  readonly addressed?: { readonly domain: string; readonly address: string; readonly most: number }
}

function withRows(readers: Readers, { ids, now, addressed }: RowsAsked): WhyLook {
  const shards: (ShardLook & { ahead: AheadLook[] })[] = []
  const rows: Cell[] = []
  let [named, acceptedAt]: [number, EpochMs | null] = [0, null]
  for (const [shard, reader] of readers) {
    const own = ids.filter((id) => placeOf(id).shard === shard).map((id) => [id, rowsOf(reader, id)] as const)
    for (const [, cells] of own) {
      if (cells.length === 0) continue
      named++
      acceptedAt ??= Number(cells[ACCEPTED_AT])
      rows.push(...cells)
    }
    const found = addressed && reader.call('addressed', addressed)
    if (found !== undefined) rows.push(...found.cells)
    shards.push({ shard, messages: Object.fromEntries(own), ahead: [], ...(found && { addressed: found }) })
  }
  countAhead(readers, { shards, rows, now })
  return { shards, named, acceptedAt }
}

function rowsOf(reader: ShardReader, id: MessageId): Cell[] {
  const { sequence } = placeOf(id)
  return reader.call('list', { filter: NO_FILTER, after: [sequence, -1], to: sequence, rows: MOST_NAMED + 1 }).cells
}

interface AheadAsked {
  readonly shards: readonly { readonly shard: ShardId; readonly ahead: AheadLook[] }[]
  readonly rows: readonly Cell[]
  readonly now: EpochMs
}

/** Who goes before the first waiting recipient of each domain. */
function countAhead(readers: Readers, { shards, rows, now }: AheadAsked): void {
  const end = performance.now() + COUNTED_WITHIN
  const seen = new Set<Cell>()
  for (let at = HEAD_CELLS; at < rows.length && performance.now() < end; at += ROW) {
    const [, , name, state, priority, due] = rows.slice(at, at + RECIPIENT_CELLS)
    if (state !== STATE_WAITING || typeof name !== 'string' || seen.has(name)) continue
    seen.add(name)
    const place = { priority: Number(priority), due: Number(due) }
    for (const { shard, ahead } of shards) {
      const n = readers.get(shard)?.call('ahead', { domain: name, place, now, most: MOST_AHEAD }) ?? 0
      ahead.push({ domain: name, ...place, n })
    }
  }
}

/** Of rows that were read elsewhere. */
export interface Unpacking {
  unpacked(shard: ShardId, cells: readonly Cell[]): QueuedMessage[]
}

/** The spool of a worker with what was found already; what was not, it looks for itself. */
export function lookedSpool(spool: WhySpool & Unpacking, looks: readonly ShardLook[]): WhySpool {
  const byShard = new Map(looks.map((look) => [look.shard, look]))
  return {
    shards: () => spool.shards(),
    async waitingFor(shard, domain, now, most) {
      const found = byShard.get(shard)?.waiting
      if (found === undefined) return spool.waitingFor(shard, domain, now, most)
      return { due: found.due, later: found.later, next: spool.unpacked(shard, found.cells) }
    },
    async addressed(shard, domain, address, most) {
      const found = byShard.get(shard)?.addressed
      if (found === undefined) return spool.addressed(shard, domain, address, most)
      return { messages: spool.unpacked(shard, found.cells), isCut: found.isCut }
    },
    async walk(filter, after, rows) {
      const [id] = filter.ids ?? []
      const shard = id === undefined ? undefined : placeOf(id).shard
      const cells =
        id === undefined || shard === undefined || !spool.shards().includes(shard) ? undefined : byShard.get(shard)?.messages?.[id]
      if (shard === undefined || cells === undefined) return spool.walk(filter, after, rows)
      return { messages: spool.unpacked(shard, cells).filter(({ head }) => head.id === id), next: null }
    },
    async ahead(shard, domain, place, most) {
      const isThat = (one: AheadLook): boolean => one.domain === domain && one.priority === place.priority && one.due === place.due
      return byShard.get(shard)?.ahead?.find(isThat)?.n ?? spool.ahead(shard, domain, place, most)
    },
  }
}
