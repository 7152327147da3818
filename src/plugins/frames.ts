// Frames between the server and a plug-in's process, for both sides: what is said in one turn of the event loop leaves together. A frame is
// its length and the length of its JSON, four octets each (big-endian), the JSON, and octets that need no parsing on their way. The JSON
// is a list of messages; a message names octets by their number. Nothing is imported here, as plug-ins' processes read no other file of ours.

/** A frame that announces more is no frame: whoever sent it is out of its mind. */
export const MOST_FRAME = 80 * 1024 * 1024
/** Of the JSON of what a plug-in says: its bodies are octets. Out of less text JSON makes far more memory. */
export const MOST_SAID = 8 * 1024 * 1024
/** Where so much is collected it leaves at once. */
export const MOST_TOGETHER = 1024 * 1024
const LENGTHS = 8

export interface Frame {
  readonly messages: readonly unknown[]
  readonly octets: readonly Buffer[]
  readonly size: number
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

  /** All of it, to be written in this order; then it is empty. */
  take(): Uint8Array[] {
    const json = Buffer.from(`{"m":[${this.#messages.join()}],"o":[${this.#octets.map(({ length }) => length).join()}]}`)
    const octets = this.#octets
    const head = Buffer.allocUnsafe(LENGTHS)
    head.writeUInt32BE(4 + json.length + octets.reduce((sum, { length }) => sum + length, 0), 0)
    head.writeUInt32BE(json.length, 4)
    this.#messages = []
    this.#octets = []
    this.#size = 0
    return [Buffer.concat([head, json]), ...octets]
  }
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
      const length = 4 + rest.readUInt32BE(0)
      if (length > MOST_FRAME || length < LENGTHS) throw new Error(`a frame of ${length} octets`)
      this.#wanted = length
      if (rest.length < length) break
      frames.push(parse(rest.subarray(4, length), this.#mostJson))
      rest = rest.subarray(length)
      this.#wanted = LENGTHS
    }
    this.#chunks = rest.length > 0 ? [Buffer.from(rest)] : []
    this.#held = rest.length
    return frames
  }
}

function parse(part: Buffer, most: number): Frame {
  const end = 4 + part.readUInt32BE(0)
  if (end > part.length) throw new Error('a frame whose JSON is longer than itself')
  if (end > most) throw new Error(`a frame with ${end} octets of JSON`)
  const { m, o } = JSON.parse(part.toString('utf8', 4, end)) as { readonly m?: unknown; readonly o?: unknown }
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
