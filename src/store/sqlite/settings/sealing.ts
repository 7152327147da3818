// Secrets in the settings (a route's password, a DKIM private key) are sealed under the key file: a stolen database or backup
// without it tells nothing. AES-256-GCM; the place of the secret is authenticated, so that none can be put in another's.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Fault } from '../../../base/fault.ts'

export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Seal {
  seal(secret: string, place: string): Uint8Array
  /** Throws a Fault `key-mismatch` where the key is not the one that sealed it, or the octets were changed. */
  open(sealed: Uint8Array, place: string): string
}

/** Makes a key file, readable by its owner alone; one that exists is never replaced. */
export function makeKeyFile(path: string): void {
  writeFileSync(path, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true })
}

export function openSeal(keyFile: string): Seal {
  const key = readKey(keyFile)
  return {
    seal(secret, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text])
    },
    open(sealed, place) {
      try {
        const nonce = sealed.subarray(0, NONCE_BYTES)
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place))
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        const text = [decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]
        return Buffer.concat(text).toString('utf8')
      } catch (error) {
        throw mismatch(`The secret of ${place} cannot be read with the key file ${keyFile}.`, error)
      }
    },
  }
}

function readKey(path: string): Buffer {
  let key: Buffer
  try {
    key = readFileSync(path)
  } catch (error) {
    throw mismatch(`The key file ${path} cannot be read.`, error)
  }
  if (key.length !== KEY_BYTES) throw mismatch(`The key file ${path} does not hold a key of ${KEY_BYTES} octets.`, undefined)
  return key
}

function mismatch(text: string, cause: unknown): Fault {
  return new Fault('key-mismatch', text, { blame: 'owner', mend: 'Put back the key file that belongs to this home.', cause })
}
