// Reads a page of a list out of the event store, and counts the whole of it, in bounded work: the store is asked for some events at a time,
// and beyond a number of records nothing is counted and no page begins. The oldest first, the time asked for is read in stretches, each as
// long as its events are few.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventFilter, EventStore } from '../../engine/ports/stores.ts'
import { refused } from '../operations/params.ts'
import type { Asked } from './asked.ts'
import { Marks } from './marks.ts'
import type { Around, Cells, List } from './records.ts'
import { beginOfDay, dateTime } from './times.ts'

/** Beyond as many records, from the beginning of the time that is asked for, nothing is counted. */
export const MOST_COUNTED = 100_000
/** Events that are asked for at once. */
const AT_ONCE = 1000
const FIRST_STRETCH = 3_600_000
const LONGEST_STRETCH = 32 * 86_400_000
/** By then events of that time are told. */
const SETTLED = 60_000

export type Events = Pick<EventStore, 'find' | 'dayNames'>

export interface Page {
  readonly records: readonly Cells[]
  /** Of the list; `MOST_COUNTED + 1`: there are more than that. */
  readonly total: number
}

export interface Wanted extends Asked, Around {
  readonly list: List
  readonly account: AccountId
  /** Of the whole list. */
  readonly name: string
  readonly now: EpochMs
}

export class ListReader {
  readonly #events: Events
  readonly #marks = new Marks()

  constructor(events: Events) {
    this.#events = events
  }

  /** Rejects with a Fault: a page that is too far, or `gone` before all was read. */
  async page(wanted: Wanted, gone: AbortSignal): Promise<Page> {
    const { list, account, index, mailing, isNewestFirst } = wanted
    if (index > MOST_COUNTED) throw tooFar(wanted)
    const filter = { account, kinds: list.kinds, ...(mailing !== null && { mailing }) }
    const within = { ...filter, since: Math.max(wanted.since, oldestOf(this.#events)), until: wanted.until }
    const page = new PageMaker(wanted)
    if (isNewestFirst) await this.#newestFirst(page, within, gone)
    else await this.#oldestFirst(page, within, gone)
    if (gone.aborted && !page.isOver) throw tooLong()
    return page
  }

  async #newestFirst(page: PageMaker, within: Stretched, gone: AbortSignal): Promise<void> {
    for await (const some of newestFirst(this.#events, within, gone)) if (page.take(some)) return
  }

  async #oldestFirst(page: PageMaker, within: Stretched, gone: AbortSignal): Promise<void> {
    const { name, account, mailing, client, index, since: named, now } = page.wanted
    const marks = this.#marks.of(JSON.stringify([name, account, mailing, client, named]), now, index === 0)
    let { since } = within
    for (const { until, records } of marks) {
      if (until > within.until || gone.aborted) break
      // What no page needs is not read again.
      if (page.needs(records))
        for await (const { events } of oldestFirst(this.#events, { ...within, since, until }, gone)) page.take(events)
      else page.pass(records)
      if (page.isOver) return
      since = until + 1
    }
    const settled = now - SETTLED
    let isKept = since > (marks.at(-1)?.until ?? -1)
    for await (const { events, until } of oldestFirst(this.#events, { ...within, since }, gone)) {
      const before = page.total
      if (page.take(events) || gone.aborted) return
      isKept &&= until < settled
      if (isKept) marks.push({ until, records: page.total - before })
    }
  }
}

class PageMaker implements Page {
  readonly wanted: Wanted
  readonly records: Cells[] = []
  total = 0

  constructor(wanted: Wanted) {
    this.wanted = wanted
  }

  get isOver(): boolean {
    return this.total > MOST_COUNTED
  }

  /** Whether one of the next so many is on it. */
  needs(records: number): boolean {
    return this.records.length < this.wanted.count && this.total + records > this.wanted.index
  }

  pass(records: number): void {
    this.total = Math.min(MOST_COUNTED + 1, this.total + records)
  }

  /** True: no more is counted. */
  take(events: readonly NumberedEvent[]): boolean {
    const { index, count } = this.wanted
    for (const event of events)
      for (const record of recordsOf(event, this.wanted)) {
        if (this.isOver) return true
        if (this.total >= index && this.records.length < count) this.records.push(record)
        this.total++
      }
    return this.isOver
  }
}

function recordsOf(event: NumberedEvent, wanted: Wanted): readonly Cells[] {
  const { list, client, isNewestFirst } = wanted
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

interface Stretch {
  readonly events: readonly NumberedEvent[]
  readonly until: EpochMs
}

async function* oldestFirst(events: Events, filter: Stretched, gone: AbortSignal): AsyncGenerator<Stretch> {
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
    yield { events: some.length < AT_ONCE ? some.toReversed() : await allOf(newestFirst(events, within, gone)), until }
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
