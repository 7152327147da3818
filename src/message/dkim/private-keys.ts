// The private-key operation of a signature, synchronous: it belongs in a thread. A key is parsed once and kept as long as it is.
import { createPrivateKey, hash, type KeyObject, sign } from 'node:crypto'
import type { DkimKey } from '../../contract/settings.ts'

/** What of a key it takes to sign. */
export type SigningKey = Pick<DkimKey, 'algorithm' | 'domain' | 'selector' | 'privateKey'>

export class PrivateKeys {
  readonly #parsed = new WeakMap<SigningKey, KeyObject>()

  /** The signature of octets (Latin-1) in base64. Throws where the key is unusable. */
  sign(octets: string, key: SigningKey): string {
    const object = this.#objectOf(key)
    const bytes = Buffer.from(octets, 'latin1')
    // rfc:8463#3: Ed25519 signs the SHA-256 of the octets.
    const signature = key.algorithm === 'rsa-sha256' ? sign('sha256', bytes, object) : sign(null, hash('sha256', bytes, 'buffer'), object)
    return signature.toString('base64')
  }

  #objectOf(key: SigningKey): KeyObject {
    const known = this.#parsed.get(key)
    if (known !== undefined) return known
    const object = createPrivateKey(key.privateKey)
    this.#parsed.set(key, object)
    return object
  }
}
