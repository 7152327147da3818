// A suppression entry that matches an address and does not tell it: a hash under a secret of the home, so that whoever has the file alone cannot
// try addresses against it.
import { createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** No address, domain or pattern begins so. */
const OPENING = ':'
const LENGTH = 32
const MARK_LENGTH = 16

/** Made of the key of the home; null where there is none to be read: such entries match nobody then. */
export function erasureSecret(keyFile: string): Uint8Array | null {
  try {
    return new Uint8Array(hkdfSync('sha256', readFileSync(keyFile), '', 'erased addresses', LENGTH))
  } catch {
    return null
  }
}

/** `key`: of the address. */
export function erasedTarget(secret: Uint8Array, key: string): string {
  return OPENING + createHmac('sha256', secret).update(key).digest('base64url')
}

/** In place of an address that was noted: the same for one person, and nobody's address. */
export function erasedMark(keyFile: string, key: string): string {
  const secret = erasureSecret(keyFile)
  const hash = secret === null ? '' : `-${createHmac('sha256', secret).update(key).digest('hex').slice(0, MARK_LENGTH)}`
  return `erased${hash}@erased.invalid`
}

export function isErasedTarget(target: string): boolean {
  return target.startsWith(OPENING)
}
