// Events as the outbox brings them, for tests that have the events or want them.
import type { NumberedEvent } from '../src/contract/events.ts'
import type { Outbox } from '../src/engine/ports/stores.ts'
import { type EventBatch, eventsOf, EventWriter, linesOf, readBatch } from '../src/message/event-line.ts'

export function linesFor(events: readonly NumberedEvent[]): Buffer {
  const lines = events.map(({ id, ...event }) => {
    const [shard, number] = id.split('.')
    return new EventWriter(Number(shard)).line(event, Number(number))
  })
  return Buffer.from(lines.join(''))
}

export function batchOf(events: readonly NumberedEvent[]): EventBatch {
  return readBatch([linesFor(events)])
}

/** What the outbox has behind `after`, to its end. */
export async function eventsAfter(outbox: Outbox, shard: number, after = 0): Promise<readonly NumberedEvent[]> {
  const found: NumberedEvent[] = []
  for (let from = after; ;) {
    const { octets, events } = readBatch(await outbox.read(shard, from, 100), from)
    const last = events.at(-1)
    if (last === undefined) return found
    found.push(...eventsOf(linesOf(octets, events)))
    from = last.number
  }
}
