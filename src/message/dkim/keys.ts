// DKIM keys: made off the event loop, and taken over from the PEM files of other servers.
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { Fault } from '../../base/fault.ts'
import type { DkimAlgorithm } from '../../contract/settings.ts'

export interface DkimPrivateKey {
  readonly algorithm: DkimAlgorithm
  /** PKCS#8 PEM. */
  readonly privateKey: string
}

/** rfc:8301#3.2 wants at least 1,024 bits and advises 2,048; receivers must take up to 4,096. */
const LEAST_BITS = 1024
const MOST_BITS = 4096
const NEW_BITS = 2048

function asPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A new key; RSA with 2,048 bits takes some 100 ms of a thread of the pool. */
export function generateDkimKey(algorithm: DkimAlgorithm): Promise<DkimPrivateKey> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject): void => {
      if (error === null) resolve({ algorithm, privateKey: asPem(privateKey) })
      else reject(error)
    }
    if (algorithm === 'rsa-sha256') generateKeyPair('rsa', { modulusLength: NEW_BITS }, done)
    else generateKeyPair('ed25519', {}, done)
  })
}

function unusable(why: string, cause?: unknown): Fault {
  const mend = 'Give the private key as an unencrypted PEM file (PKCS#1 or PKCS#8), RSA or Ed25519.'
  return new Fault('dkim-key-unusable', `The private key cannot be used for DKIM: ${why}.`, { blame: 'caller', mend, cause })
}

/** Reads a private key in PEM (PKCS#1 or PKCS#8). Throws a Fault `dkim-key-unusable` that never quotes the key. */
export function importDkimKey(pem: string): DkimPrivateKey {
  if (pem.includes('ENCRYPTED')) throw unusable('it is protected by a passphrase')
  let key: KeyObject
  try {
    key = createPrivateKey(pem.trim())
  } catch (error) {
    throw unusable('it is not a private key in PEM', error)
  }
  if (key.asymmetricKeyType === 'ed25519') return { algorithm: 'ed25519-sha256', privateKey: asPem(key) }
  if (key.asymmetricKeyType !== 'rsa') throw unusable(`it is of kind ${key.asymmetricKeyType}`)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < LEAST_BITS || bits > MOST_BITS) throw unusable(`it has ${bits} bits, allowed are ${LEAST_BITS} to ${MOST_BITS}`)
  return { algorithm: 'rsa-sha256', privateKey: asPem(key) }
}
