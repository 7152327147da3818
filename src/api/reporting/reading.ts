// Reads a page of a list out of the event store, and counts the whole of it, in bounded work: the store is asked for some events at a time,
// and beyond a number of records nothing is counted and no page begins. The oldest first, the time asked for is read in stretches, each as
// long as its events are few.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventFilter, EventStore } from '../../engine/ports/stores.ts'
import { refused } from '../operations/params.ts'
import type { Asked } from './asked.ts'
import type { Around, Cells, List } from './records.ts'
import { beginOfDay, dateTime } from './times.ts'

/** Beyond as many records, from the beginning of the time that is asked for, nothing is counted. */
export const MOST_COUNTED = 100_000
/** Events that are asked for at once. */
const AT_ONCE = 1000
const FIRST_STRETCH = 3_600_000
const LONGEST_STRETCH = 32 * 86_400_000

export type Events = Pick<EventStore, 'find' | 'dayNames'>

export interface Page {
  readonly records: readonly Cells[]
  /** Of the list; `MOST_COUNTED + 1`: there are more than that. */
  readonly total: number
}

type Wanted = Pick<Asked, 'since' | 'until' | 'index' | 'count' | 'mailing' | 'client' | 'isNewestFirst'> & Around

/** Rejects with a Fault: a page that is too far, or `gone` before all was read. */
export async function readPage(events: Events, list: List, account: AccountId, wanted: Wanted, gone: AbortSignal): Promise<Page> {
  const { index, count, mailing, isNewestFirst } = wanted
  if (index > MOST_COUNTED) throw tooFar(wanted)
  const filter = { account, kinds: list.kinds, ...(mailing !== null && { mailing }) }
  const span = { since: Math.max(wanted.since, oldestOf(events)), until: wanted.until }
  const found = isNewestFirst ? newestFirst(events, { ...filter, ...span }, gone) : oldestFirst(events, { ...filter, ...span }, gone)
  const records: Cells[] = []
  let total = 0
  for await (const some of found)
    for (const event of some)
      for (const record of recordsOf(event, list, wanted)) {
        if (total >= index && records.length < count) records.push(record)
        total++
        if (total > MOST_COUNTED) return { records, total }
      }
  if (gone.aborted) throw tooLong()
  return { records, total }
}

function recordsOf(event: NumberedEvent, list: List, wanted: Wanted): readonly Cells[] {
  const { client, isNewestFirst } = wanted
  const records = list.recordsOf(event, wanted)
  const place = list.fields.indexOf('MessageId')
  const fitting = client === null ? records : records.filter((record) => record[place] === client)
  return isNewestFirst ? fitting.toReversed() : fitting
}

async function* newestFirst(events: Events, filter: EventFilter, gone: AbortSignal): AsyncGenerator<readonly NumberedEvent[]> {
  for (let before: string | null = null; !gone.aborted;) {
    const some: readonly NumberedEvent[] = await events.find(filter, before, AT_ONCE, gone)
    yield some
    if (some.length < AT_ONCE) return
    before = some.at(-1)?.id ?? null
  }
}

interface Stretched extends EventFilter {
  readonly since: EpochMs
  readonly until: EpochMs
}

async function* oldestFirst(events: Events, filter: Stretched, gone: AbortSignal): AsyncGenerator<readonly NumberedEvent[]> {
  let stretch = FIRST_STRETCH
  for (let since = filter.since; since <= filter.until && !gone.aborted;) {
    const until = Math.min(filter.until, since + stretch - 1)
    const within = { ...filter, since, until }
    const some = await events.find(within, null, AT_ONCE, gone)
    if (some.length === AT_ONCE && until > since) {
      stretch = Math.max(1, Math.floor((until - since + 1) / 4))
      continue
    }
    // Of one millisecond, however many.
    if (some.length < AT_ONCE) yield some.toReversed()
    else yield await allOf(newestFirst(events, within, gone))
    since = until + 1
    if (some.length < AT_ONCE / 4) stretch = Math.min(LONGEST_STRETCH, stretch * 4)
  }
}

/** The oldest first. */
async function allOf(parts: AsyncGenerator<readonly NumberedEvent[]>): Promise<readonly NumberedEvent[]> {
  const all: NumberedEvent[] = []
  for await (const some of parts) all.push(...some)
  return all.reverse()
}

/** Days without a file need not be asked for. */
function oldestOf(events: Events): EpochMs {
  const [oldest] = events.dayNames()
  return oldest === undefined ? Infinity : beginOfDay(oldest)
}

function tooFar({ isNewestFirst, offset, since, until }: Wanted): Fault {
  const [name, end] = isNewestFirst ? ['endDate', until] : ['startDate', since]
  return refused(
    `index goes to ${MOST_COUNTED} at most, so that no call reads without end.`,
    `Begin again with ${name} (now ${dateTime(end, offset)}) at the DateTime of the last record that you have, and index 0.`,
  )
}

function tooLong(): Fault {
  return new Fault('call-too-long', 'There is too much in that time to be read at once.', {
    blame: 'owner',
    temporary: true,
    mend: 'Ask for a shorter time, from startDate to endDate.',
  })
}
