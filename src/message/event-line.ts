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

/** An event and where its line is in the octets that it came in; `end` is behind the line feed. */
export interface LinedEvent {
  /** Has the `time` of its line besides. */
  readonly event: NumberedEvent
  /** In the shard's outbox. */
  readonly number: number
  readonly start: number
  readonly end: number
}

/** What stands in front of the event's own fields: `{` and its time. */
const OPENING = '{"time":"2026-11-23T10:00:00.000Z",'.length

/** The JSON of the event as it was told, out of the octets that its line came in. */
export function toldText(lines: Uint8Array, { start, end }: LinedEvent): string {
  const { buffer, byteOffset, byteLength } = lines
  return `{${Buffer.from(buffer, byteOffset, byteLength).toString('utf8', start + OPENING, end - 1)}`
}

/**
 * The events numbered above `after`, in the order of their numbers. Let go of each before the next: a few thousand at once would
 * outlive the young generation, and cost more to collect than to read.
 */
export function* readEvents(lines: Uint8Array, after = 0): Generator<LinedEvent> {
  const octets = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
  for (let start = 0; start < octets.length;) {
    const end = octets.indexOf(LINE_FEED, start) + 1
    if (end === 0) throw new Error('events end within a line')
    const event = JSON.parse(octets.toString('utf8', start, end - 1)) as NumberedEvent
    const number = numberOf(event.id)
    if (number > after) yield { event, number, start, end }
    start = end
  }
}

/** Some lines of a batch, gathered without a copy where they are neighbours in it. */
export class LinePick {
  /** Pairs of start and end. */
  readonly #ranges: number[] = []

  add({ start, end }: LinedEvent): void {
    if (this.#ranges.at(-1) === start) this.#ranges[this.#ranges.length - 1] = end
    else this.#ranges.push(start, end)
  }

  from(octets: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = []
    for (let i = 0; i < this.#ranges.length; i += 2) parts.push(octets.subarray(this.#ranges[i], this.#ranges[i + 1]))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }
}

/** The events as they were told. */
export function eventsOf(lines: Uint8Array, after = 0): NumberedEvent[] {
  return Array.from(readEvents(lines, after), ({ event }) => {
    const { time: _time, ...told } = event as NumberedEvent & { readonly time: string }
    return told
  })
}

/** The number of an event in its shard's outbox: what follows the dot. */
function numberOf(id: string): number {
  return Number(id.slice(id.indexOf('.') + 1))
}
