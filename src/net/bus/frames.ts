// Frames on a Unix socket: a four-octet length (big-endian) and that many octets of JSON. Where the highest bit of the length is set,
// the JSON has a length of its own in front and octets behind it, which are the `result` of the answer: they need no parsing on
// their way. The length is judged before anything is kept, so that a peer cannot make us hold more than one largest frame.
import { BUS_MOST_FRAME, type Octets } from '../../contract/bus.ts'
import { Fault } from '../../base/fault.ts'

const LENGTH_OCTETS = 4
const WITH_OCTETS = 2 ** 31

/** One frame, ready to write. Throws a Fault `bus-frame` where the value is larger than a frame may be. */
export function encodeFrame(value: unknown): Buffer {
  const json = JSON.stringify(value)
  const length = Buffer.byteLength(json)
  if (length > BUS_MOST_FRAME) throw tooLarge(length)
  const frame = Buffer.allocUnsafe(LENGTH_OCTETS + length)
  frame.writeUInt32BE(length, 0)
  frame.write(json, LENGTH_OCTETS)
  return frame
}

/** What a frame begins with whose answer has octets for `result`; they follow as they are. */
export function encodeOctets(id: number, octets: Octets): Buffer {
  const json = Buffer.from(JSON.stringify({ id }))
  const length = LENGTH_OCTETS + json.length + octets.reduce((sum, part) => sum + part.length, 0)
  if (length > BUS_MOST_FRAME) throw tooLarge(length)
  const head = Buffer.allocUnsafe(2 * LENGTH_OCTETS + json.length)
  head.writeUInt32BE(WITH_OCTETS + length, 0)
  head.writeUInt32BE(json.length, LENGTH_OCTETS)
  head.set(json, 2 * LENGTH_OCTETS)
  return head
}

function tooLarge(length: number): Fault {
  return new Fault('bus-frame', `A frame of ${length} octets is larger than the ${BUS_MOST_FRAME} that the bus takes.`, { blame: 'caller' })
}

const NOTHING = Buffer.alloc(0)

/**
 * Cuts a stream into frames. Holds at most one unfinished frame, in memory of its own; octets of an answer are alone in theirs, so that who
 * took them may give it back.
 */
export class FrameReader {
  /** Of an unfinished length or body, `#filled` of its octets. */
  #part = NOTHING
  #filled = 0
  #wanted = LENGTH_OCTETS
  #inBody = false
  #withOctets = false

  /** Takes a chunk and gives the values that it completed. Throws a Fault `bus-frame` at nonsense: end the connection. */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = []
    for (let rest = chunk; this.#filled + rest.length >= this.#wanted || rest.length > 0;) {
      const isWhole = this.#filled === 0 && rest.length >= this.#wanted && !(this.#inBody && this.#withOctets)
      const taken = isWhole ? this.#wanted : this.#fill(rest)
      if (!isWhole && this.#filled < this.#wanted) break
      const part = isWhole ? rest.subarray(0, taken) : this.#part
      rest = rest.subarray(taken)
      this.#part = NOTHING
      this.#filled = 0
      if (this.#inBody) values.push(this.#withOctets ? parseOctets(part) : parse(part))
      this.#next(part)
    }
    return values
  }

  /** How many octets it took. What is not written to yet is no memory: a peer that says a length and sends nothing has none. */
  #fill(chunk: Buffer): number {
    if (this.#filled === 0) this.#part = Buffer.allocUnsafeSlow(this.#wanted)
    const taken = chunk.copy(this.#part, this.#filled)
    this.#filled += taken
    return taken
  }

  #next(part: Buffer): void {
    this.#inBody = !this.#inBody
    if (!this.#inBody) {
      this.#wanted = LENGTH_OCTETS
      return
    }
    const word = part.readUInt32BE(0)
    this.#withOctets = word >= WITH_OCTETS
    this.#wanted = word % WITH_OCTETS
    if (this.#wanted > BUS_MOST_FRAME) throw tooLarge(this.#wanted)
  }
}

function parseOctets(part: Buffer): unknown {
  const json = LENGTH_OCTETS + (part.length < LENGTH_OCTETS ? 0 : part.readUInt32BE(0))
  const value = parse(part.subarray(LENGTH_OCTETS, json))
  return Object.assign(Object(value) as object, { result: [part.subarray(json)] })
}

function parse(octets: Buffer): unknown {
  try {
    return JSON.parse(octets.toString('utf8'))
  } catch (cause) {
    throw new Fault('bus-frame', 'A frame on the bus is no JSON.', { blame: 'peer', cause })
  }
}
