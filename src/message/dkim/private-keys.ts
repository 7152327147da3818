// The private-key operation of a signature, synchronous: it belongs in a thread. Keys are parsed once and kept while they are used.
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto'
import type { DkimKey } from '../../contract/settings.ts'

/** What of a key it takes to sign. */
export type SigningKey = Pick<DkimKey, 'algorithm' | 'privateKey'>

const MOST_KEPT = 1000

export class PrivateKeys {
  readonly #parsed = new Map<string, KeyObject>()

  /** The signature of octets (Latin-1) in base64. Throws where the key is unusable. */
  sign(octets: string, { algorithm, privateKey }: SigningKey): string {
    const object = this.#objectOf(privateKey)
    const bytes = Buffer.from(octets, 'latin1')
    // rfc:8463#3: Ed25519 signs the SHA-256 of the octets.
    const signature = algorithm === 'rsa-sha256' ? sign('sha256', bytes, object) : sign(null, hash('sha256', bytes, 'buffer'), object)
    return signature.toString('base64')
  }

  #objectOf(pem: string): KeyObject {
    const known = this.#parsed.get(pem)
    if (known !== undefined) return known
    const object = createPrivateKey(pem)
    if (this.#parsed.size >= MOST_KEPT) this.#parsed.clear()
    this.#parsed.set(pem, object)
    return object
  }
}
