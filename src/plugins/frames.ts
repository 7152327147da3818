// Frames between the server and a plug-in's process, for both sides: what was gathered leaves together. A frame is the octets
// that follow and how many of them are its JSON, both as eight hexadecimal digits, the JSON, and octets that need no parsing on their way.
// The JSON is a list of messages; a message names octets by their number. All but those octets is text, which Node writes without a buffer
// in between. Nothing of the server is imported here, as plug-ins' processes run this, `host/` and `shown-header.ts` alone.

import type { Writable } from 'node:stream'

/** A frame that announces more is no frame: whoever sent it is out of its mind. */
export const MOST_FRAME = 80 * 1024 * 1024
/** Of the JSON of what a plug-in says: its bodies are octets. Out of less text JSON makes far more memory. */
export const MOST_SAID = 8 * 1024 * 1024
/** Characters of the JSON of an answer that several calls share: each call makes memory of its own of it. */
export const MOST_SHARED = 1024
/** Where so much is collected it leaves at once. */
export const MOST_TOGETHER = 1024 * 1024
const DIGITS = 8
const LENGTHS = 2 * DIGITS

/** What is to be written: the text in UTF-8, then the octets. */
export interface WrittenFrame {
  readonly text: string
  /** Its UTF-8 is its ASCII, which Node writes without making room for three octets a character: most frames are. */
  readonly isAscii: boolean
  readonly octets: readonly Uint8Array[]
}

export interface Frame {
  readonly messages: readonly unknown[]
  /** Undefined: taken. */
  readonly octets: (Buffer | undefined)[]
  readonly size: number
}

/** The octets of this number, in memory of their own. Once, as a frame may name them many times; null: they are not there, or taken. */
export function takeOctets({ octets }: Frame, at: unknown): Buffer | null {
  const part = typeof at === 'number' ? octets[at] : undefined
  if (part === undefined) return null
  octets[at as number] = undefined
  return Buffer.from(part)
}

/** Collects what is to be said. */
export class FrameWriter {
  #messages: string[] = []
  #octets: Uint8Array[] = []
  #size = 0

  get isEmpty(): boolean {
    return this.#messages.length === 0
  }

  /** Octets of what is collected, about. */
  get size(): number {
    return this.#size
  }

  add(message: unknown): void {
    this.addJson(JSON.stringify(message))
  }

  /** One message that is JSON already. */
  addJson(json: string): void {
    this.#size += json.length
    this.#messages.push(json)
  }

  /** The number that a message of the same frame names these octets by. */
  put(octets: Uint8Array): number {
    this.#size += octets.length
    return this.#octets.push(octets) - 1
  }

  /** All of it; then it is empty. */
  take(): WrittenFrame {
    const octets = this.#octets
    const json = `{"m":[${this.#messages.join()}],"o":[${octets.map(({ length }) => length).join()}]}`
    const length = Buffer.byteLength(json)
    const all = octets.reduce((sum, one) => sum + one.length, length)
    this.#messages = []
    this.#octets = []
    this.#size = 0
    return { text: `${digits(all)}${digits(length)}${json}`, isAscii: length === json.length, octets }
  }
}

/** Writes them in one system call where there is room. */
export function writeFrame(channel: Writable, { text, isAscii, octets }: WrittenFrame): void {
  if (octets.length > 0) channel.cork()
  channel.write(text, isAscii ? 'latin1' : 'utf8')
  for (const part of octets) channel.write(part)
  if (octets.length > 0) channel.uncork()
}

function digits(length: number): string {
  return length.toString(16).padStart(DIGITS, '0')
}

/** Cuts a stream into frames. Throws where what comes is none: end the connection. */
export class FrameReader {
  #chunks: Buffer[] = []
  #held = 0
  #wanted = LENGTHS
  readonly #mostJson: number

  /** `mostJson`: octets of the JSON of a frame. */
  constructor(mostJson = MOST_FRAME) {
    this.#mostJson = mostJson
  }

  /** What the octets of a frame are is the memory of `chunk` or of this: they count until whoever gave it uses it again. */
  push(chunk: Buffer): Frame[] {
    this.#held += chunk.length
    if (this.#held < this.#wanted) {
      this.#chunks.push(Buffer.from(chunk))
      return []
    }
    let rest = this.#chunks.length === 0 ? chunk : Buffer.concat([...this.#chunks, chunk], this.#held)
    const frames: Frame[] = []
    while (rest.length >= LENGTHS) {
      const length = numberAt(rest, 0)
      if (length > MOST_FRAME) throw new Error(`a frame of ${length} octets`)
      this.#wanted = LENGTHS + length
      if (rest.length < this.#wanted) break
      frames.push(parse(rest.subarray(LENGTHS, this.#wanted), numberAt(rest, DIGITS), this.#mostJson))
      rest = rest.subarray(this.#wanted)
      this.#wanted = LENGTHS
    }
    this.#chunks = rest.length > 0 ? [Buffer.from(rest)] : []
    this.#held = rest.length
    return frames
  }
}

/** Throws where there are no digits. */
function numberAt(head: Buffer, at: number): number {
  const number = Number(`0x${head.toString('latin1', at, at + DIGITS)}`)
  if (!Number.isInteger(number)) throw new Error('a frame without its lengths')
  return number
}

/** `end`: octets of its JSON. */
function parse(part: Buffer, end: number, most: number): Frame {
  if (end > part.length) throw new Error('a frame whose JSON is longer than itself')
  if (end > most) throw new Error(`a frame with ${end} octets of JSON`)
  const { m, o } = JSON.parse(part.toString('utf8', 0, end)) as { readonly m?: unknown; readonly o?: unknown }
  if (!Array.isArray(m) || !Array.isArray(o)) throw new Error('a frame that has no messages')
  if (o.length > m.length) throw new Error('a frame with more octets than messages')
  let at = end
  const octets = o.map((length) => {
    const from = at
    at += Number(length)
    if (!(at >= from && at <= part.length)) throw new Error('a frame with fewer octets than it says')
    return part.subarray(from, at)
  })
  return { messages: m, octets, size: part.length }
}
