// Events as the outbox brings them, for tests that have the events or want them.
import type { NumberedEvent } from '../src/contract/events.ts'
import type { EventStore, Outbox } from '../src/engine/ports/stores.ts'
import { eventsOf, EventWriter, type LinedEvent, readEvents } from '../src/message/event-line.ts'

export function linesFor(events: readonly NumberedEvent[]): Buffer {
  const lines = events.map(({ id, ...event }) => {
    const [shard, number] = id.split('.')
    return new EventWriter(Number(shard)).line(event, Number(number))
  })
  return Buffer.from(lines.join(''))
}

/** Gives lines to whoever takes them one by one; returns what they are in. */
export function fill(into: { add(event: LinedEvent): void }, events: readonly NumberedEvent[]): Buffer {
  const octets = linesFor(events)
  for (const one of readEvents(octets)) into.add(one)
  return octets
}

/** Commits events of one shard. */
export function commitEvents(store: EventStore, events: readonly NumberedEvent[], logs: ReadonlyMap<string, number> = new Map()): void {
  const batch = store.begin(Number(events[0]?.id.split('.')[0]))
  batch.commit(fill(batch, events), logs)
}

/** What the outbox has behind `after`, to its end. */
export async function eventsAfter(outbox: Outbox, shard: number, after = 0): Promise<readonly NumberedEvent[]> {
  const found: NumberedEvent[] = []
  for (let from = after; ;) {
    const events = eventsOf(Buffer.concat((await outbox.read(shard, from, 100)).parts), from)
    const last = events.at(-1)
    if (last === undefined) return found
    found.push(...events)
    from = Number(last.id.split('.')[1])
  }
}
