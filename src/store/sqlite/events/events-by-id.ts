// Single events out of the days that they happened in, by their ids: over connections that only read, closed before it returns.
import type { EpochMs } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { eventsOf } from '../../../message/event-line.ts'
import { DayReader } from './day-reader.ts'
import { dayOf } from './event-day.ts'

export interface EventPlace {
  readonly id: string
  readonly at: EpochMs
}

/** Those that are still there, in the order of the places. */
export function eventsAt(folder: string, places: readonly EventPlace[]): readonly NumberedEvent[] {
  const found = new Map<string, NumberedEvent>()
  for (const day of new Set(places.map(({ at }) => dayOf(at)))) {
    using reader = DayReader.open(folder, day)
    if (reader === null) continue
    for (const { id } of places.filter(({ at }) => dayOf(at) === day)) {
      if (found.has(id)) continue
      const [shard = Number.NaN, number = Number.NaN] = id.split('.').map(Number)
      const block = reader.blockBehind(shard, number - 1)
      // A block has the neighbours, too, which are often asked for with it.
      if (block !== null && block.first <= number) for (const event of eventsOf(block.lines())) found.set(event.id, event)
    }
  }
  return places.flatMap(({ id }) => found.get(id) ?? [])
}
