// Which messages and recipients a segment may tell of, without opening its records: a filter of bits (Bloom's) beside it, `<segment>.keys`, of keyed
// hashes under the home's key. It says "no" for certain, "perhaps" for one name in some hundreds that are not in it. Made by the first search that
// reads a segment that is not written any more; it counts as long as the segment is as long as it was then.
import { createHmac, hkdfSync } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { isMissing } from '../../base/fault.ts'
import { addressKey } from '../../policy/suppression/targets.ts'

const MAGIC = 'hmskeys1'
/** Behind it the length of the segment. */
const HEAD = MAGIC.length + 8
const BITS_A_KEY = 12
const PLACES = 4
const LEAST = 64

export const filterOf = (segment: string): string => `${segment}.keys`

interface Names {
  readonly message: string
  readonly recipients: readonly { readonly address: string }[]
}

export class KeyFilter {
  readonly #secret: Uint8Array

  /** `key`: of the home. */
  constructor(key: Uint8Array) {
    this.#secret = new Uint8Array(hkdfSync('sha256', key, '', 'kept copies, found', 32))
  }

  /** False: the segment, of this length, has none of it. Null: it has no filter that counts. */
  async mayHave(segment: string, size: number, wanted: { readonly message?: string; readonly address?: string }): Promise<boolean | null> {
    const octets = await readFile(filterOf(segment)).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (octets === null || octets.length < HEAD + LEAST / 8 || octets.toString('latin1', 0, MAGIC.length) !== MAGIC) return null
    if (octets.readBigUInt64LE(MAGIC.length) !== BigInt(size)) return null
    const bits = octets.subarray(HEAD)
    return namesOf(wanted).every((name) =>
      this.#places(name, bits.length * 8).every((at) => ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0),
    )
  }

  /** Of all that was read of a segment that was so long. */
  async write(segment: string, size: number, found: readonly Names[]): Promise<void> {
    const names = new Set(found.flatMap(({ message, recipients }) => [message, ...recipients.map(({ address }) => addressKey(address))]))
    const octets = Buffer.alloc(HEAD + Math.ceil(Math.max(LEAST, names.size * BITS_A_KEY) / 8))
    octets.write(MAGIC)
    octets.writeBigUInt64LE(BigInt(size), MAGIC.length)
    const bits = octets.subarray(HEAD)
    for (const name of names) for (const at of this.#places(name, bits.length * 8)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
    const fresh = `${filterOf(segment)}.new`
    {
      await using file = await open(fresh, 'w', 0o600)
      await file.write(octets)
      // A filter that a crash emptied would hide what is there.
      await file.datasync()
    }
    await rename(fresh, filterOf(segment))
  }

  #places(name: string, bits: number): readonly number[] {
    const hash = createHmac('sha256', this.#secret).update(name).digest()
    return Array.from({ length: PLACES }, (_, n) => hash.readUInt32LE(n * 4) % bits)
  }
}

function namesOf({ message, address }: { readonly message?: string; readonly address?: string }): readonly string[] {
  return [...(message === undefined ? [] : [message]), ...(address === undefined ? [] : [addressKey(address)])]
}

/** What goes with the segment, or when records of it are erased. */
export function removeFilter(segment: string): Promise<void> {
  return rm(filterOf(segment), { force: true })
}
