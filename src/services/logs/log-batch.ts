// What a batch of events brings to the logs: for each account, local day and format the text that goes to the end of a file.
import type { EpochMs } from '../../base/brand.ts'
import { TextOctets } from '../../base/text-octets.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { type LinedEvent, LinePick } from '../../message/event-line.ts'

/** One kind of log: the end of its file's name, and what it has of an event. */
export interface LogFormat {
  readonly suffix: string
  readonly extension: string
  /** The line of an event, without the line feed; null where it has none. Without this every event has the line that it came as. */
  readonly line?: (event: NumberedEvent) => string | null
}

interface Place {
  /** By format; null: nothing yet. */
  readonly texts: (TextOctets | null)[]
  readonly lines: LinePick
}

/** `base` and `extension`: the file, relative to the home, where its name is free. */
export interface LogText {
  readonly base: string
  readonly extension: string
  readonly text: Uint8Array
}

export class LogBatch {
  readonly #formats: readonly LogFormat[]
  readonly #places = new Map<string, Place>()
  #place: Place | undefined
  /** Account and minute of the events of `#place`: events come minute by minute, and a day never ends within one. */
  #account = NaN
  #minute = NaN

  constructor(formats: readonly LogFormat[]) {
    this.#formats = formats
  }

  add(one: LinedEvent): void {
    const { event } = one
    const place = this.#placeOf(event)
    for (const [i, { line }] of this.#formats.entries()) {
      const text = line === undefined ? null : line(event)
      if (text !== null) (place.texts[i] ??= new TextOctets()).add(`${text}\n`)
    }
    place.lines.add(one)
  }

  /** `octets`: what the lines of the events are in. */
  *texts(octets: Uint8Array): Generator<LogText> {
    for (const [path, { texts, lines }] of this.#places)
      for (const [i, { suffix, extension, line }] of this.#formats.entries()) {
        const text = line === undefined ? lines.from(octets) : texts[i]?.octets()
        if (text !== undefined && text.length > 0) yield { base: path + suffix, extension, text }
      }
  }

  /** Its texts are looked at no more. */
  letGo(): void {
    for (const { texts } of this.#places.values()) for (const text of texts) text?.letGo()
  }

  #placeOf({ account, at }: NumberedEvent): Place {
    const minute = Math.floor(at / 60_000)
    if (this.#place !== undefined && account === this.#account && minute === this.#minute) return this.#place
    const path = `accounts/${account}/logfiles/${dayOf(at)}`
    const place = this.#places.get(path) ?? { texts: this.#formats.map(() => null), lines: new LinePick() }
    this.#places.set(path, place)
    this.#place = place
    this.#account = account
    this.#minute = minute
    return place
  }
}

/** `yyyyMMdd` of the local day. */
export function dayOf(at: EpochMs): string {
  const date = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
}
