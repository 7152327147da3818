// Events as lines of JSON. A line is made once, where its event gets its number; the outbox, the bus, the Events log and the event
// store pass it on as it is, and only the desk reads it, once, for what it puts where.
import type { MailEvent, NumberedEvent } from '../contract/events.ts'

const LINE_FEED = 0x0a

/** Makes the lines of one shard: the time in ISO 8601 (UTC), the event, its id. */
export class EventWriter {
  readonly #shard: number
  #at = NaN
  #opening = ''

  constructor(shard: number) {
    this.#shard = shard
  }

  /** With the line feed. */
  line(event: MailEvent, number: number): string {
    if (event.at !== this.#at) {
      this.#at = event.at
      this.#opening = `{"time":"${new Date(event.at).toISOString()}",`
    }
    return `${this.#opening}${JSON.stringify(event).slice(1, -1)},"id":"${this.#shard}.${number}"}\n`
  }
}

/** An event and where its line is in the octets of its batch; `end` is behind the line feed. */
export interface BatchedEvent {
  /** Has the `time` of its line besides. */
  readonly event: NumberedEvent
  /** In the shard's outbox. */
  readonly number: number
  readonly start: number
  readonly end: number
}

/** Events of one shard with their lines, in the order of their numbers. */
export interface EventBatch {
  readonly octets: Uint8Array
  readonly events: readonly BatchedEvent[]
}

/** The events numbered above `after`. A part is whole lines. */
export function readBatch(parts: readonly Uint8Array[], after = 0): EventBatch {
  const [only = Buffer.alloc(0)] = parts
  const octets = parts.length > 1 ? Buffer.concat(parts) : Buffer.from(only.buffer, only.byteOffset, only.byteLength)
  const events: BatchedEvent[] = []
  for (let start = 0; start < octets.length;) {
    const end = octets.indexOf(LINE_FEED, start) + 1
    if (end === 0) throw new Error('events end within a line')
    const event = JSON.parse(octets.toString('utf8', start, end - 1)) as NumberedEvent
    const number = numberOf(event.id)
    if (number > after) events.push({ event, number, start, end })
    start = end
  }
  return { octets, events }
}

/** The lines of some events of a batch; no copy where they are neighbours in it. */
export function linesOf(octets: Uint8Array, events: readonly BatchedEvent[]): Uint8Array {
  const parts: Uint8Array[] = []
  let [from, to] = [0, 0]
  for (const { start, end } of events) {
    if (start !== to) {
      if (to > from) parts.push(octets.subarray(from, to))
      from = start
    }
    to = end
  }
  const rest = octets.subarray(from, to)
  return parts.length === 0 ? rest : Buffer.concat([...parts, rest])
}

/** The events alone, as they were told. */
export function eventsOf(lines: Uint8Array): NumberedEvent[] {
  return readBatch([lines]).events.map(({ event }) => {
    const { time: _time, ...told } = event as NumberedEvent & { readonly time: string }
    return told
  })
}

/** The number of an event in its shard's outbox: what follows the dot. */
function numberOf(id: string): number {
  return Number(id.slice(id.indexOf('.') + 1))
}
