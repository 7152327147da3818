// Packets of the milter protocol: four octets of length, a letter, and what belongs to it. A filter is an outsider: a packet of it that is
// too long is refused by its length, before it is read.

/** Octets of one packet: the largest that libmilter ever sends. */
export const MOST_PACKET = 1024 * 1024 + 1

export interface Packet {
  readonly letter: string
  readonly data: Buffer
}

const HEAD = 5
const NONE = Buffer.alloc(0)

/** A packet of a letter and the octets of `parts`. */
export function packet(letter: string, ...parts: readonly Buffer[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const out = Buffer.allocUnsafe(HEAD + length)
  out.writeUInt32BE(length + 1, 0)
  out.write(letter, 4, 'latin1')
  let at = HEAD
  for (const part of parts) at += part.copy(out, at)
  return out
}

/** Texts, each ended by a NUL. A NUL inside would be one end more. */
export function texts(values: readonly string[], encoding: 'utf8' | 'latin1' = 'utf8'): Buffer {
  return Buffer.from(values.map((value) => `${value.replaceAll('\0', '')}\0`).join(''), encoding)
}

export function number32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4)
  out.writeUInt32BE(value >>> 0, 0)
  return out
}

export function number16(value: number): Buffer {
  const out = Buffer.allocUnsafe(2)
  out.writeUInt16BE(value & 0xffff, 0)
  return out
}

/** Cuts what a filter sends into packets. */
export class PacketReader {
  /** What is wrong with the octets so far; nothing is read after it. */
  broken: string | null = null
  #kept: Buffer[] = []
  #octets = 0

  /** Whether the beginning of a packet was read, and not yet its end. */
  get isInside(): boolean {
    return this.#octets > 0
  }

  push(chunk: Buffer): void {
    if (this.broken !== null || chunk.length === 0) return
    this.#kept.push(chunk)
    this.#octets += chunk.length
  }

  /** The next whole packet, or null. */
  next(): Packet | null {
    if (this.broken !== null || this.#octets < 4) return null
    const length = this.#head(4).readUInt32BE(0)
    if (length < 1 || length > MOST_PACKET) return this.#break(`it sent a packet of ${length} octets`)
    if (this.#octets < 4 + length) return null
    const octets = this.#whole()
    const rest = octets.subarray(4 + length)
    this.#kept = rest.length === 0 ? [] : [rest]
    this.#octets = rest.length
    return { letter: String.fromCharCode(octets[4] ?? 0), data: octets.subarray(HEAD, 4 + length) }
  }

  #break(what: string): null {
    this.broken = what
    this.#kept = []
    this.#octets = 0
    return null
  }

  /** The first chunk, joined with others as far as it must be: small pieces cost each once. */
  #head(least: number): Buffer {
    const [first] = this.#kept
    return first !== undefined && first.length >= least ? first : this.#whole()
  }

  #whole(): Buffer {
    const whole = this.#kept.length === 1 ? (this.#kept[0] ?? NONE) : Buffer.concat(this.#kept)
    this.#kept = [whole]
    return whole
  }
}

/** Reads what is in a packet, from its front; past its end there is undefined. */
export class PacketContent {
  readonly #data: Buffer
  #at = 0

  constructor(data: Buffer) {
    this.#data = data
  }

  get isEmpty(): boolean {
    return this.#at >= this.#data.length
  }

  number(): number | undefined {
    if (this.#at + 4 > this.#data.length) return undefined
    this.#at += 4
    return this.#data.readUInt32BE(this.#at - 4)
  }

  /** Up to a NUL, which must be there. */
  text(encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
    const end = this.#data.indexOf(0, this.#at)
    if (end < 0) return undefined
    const text = this.#data.toString(encoding, this.#at, end)
    this.#at = end + 1
    return text
  }

  /** All that is left; it is part of the packet's memory. */
  rest(): Buffer {
    const rest = this.#data.subarray(this.#at)
    this.#at = this.#data.length
    return rest
  }
}
