// Keys on their way to the threads that sign: with each message all that a thread needs, so that it may come to any of them at any time;
// by its number a thread knows a key that it has parsed.
import type { SigningKey } from '../../message/dkim/private-keys.ts'

/** Its number and the length of what follows, 4 octets each. */
const HEAD = 8
/** Parsed keys that a thread keeps. */
const MOST_KNOWN = 1000

export class KeyWriter {
  readonly #known = new WeakMap<SigningKey, Buffer>()
  #last = 0

  octets(keys: readonly SigningKey[]): Buffer {
    const parts = keys.map((key) => this.#known.get(key) ?? this.#write(key))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }

  #write(key: SigningKey): Buffer {
    const { algorithm, domain, selector, privateKey } = key
    const text = JSON.stringify({ algorithm, domain, selector, privateKey })
    const octets = Buffer.allocUnsafeSlow(HEAD + Buffer.byteLength(text))
    octets.writeUInt32LE(++this.#last, 0)
    octets.writeUInt32LE(octets.write(text, HEAD), 4)
    this.#known.set(key, octets)
    return octets
  }
}

export class KeyReader {
  readonly #known = new Map<number, SigningKey>()

  keys(octets: Buffer): readonly SigningKey[] {
    const keys: SigningKey[] = []
    for (let at = 0; at < octets.length;) {
      const end = at + HEAD + octets.readUInt32LE(at + 4)
      const number = octets.readUInt32LE(at)
      keys.push(this.#known.get(number) ?? this.#read(number, octets.subarray(at + HEAD, end)))
      at = end
    }
    return keys
  }

  #read(number: number, text: Buffer): SigningKey {
    const key = JSON.parse(text.toString()) as SigningKey
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(number, key)
    return key
  }
}
