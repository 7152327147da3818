// A suppression entry that matches an address and does not tell it: a hash under a secret of the home, so that whoever has the file alone cannot
// try addresses against it.
import { createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** No address, domain or pattern begins so. */
const OPENING = ':'
const LENGTH = 32

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

export function isErasedTarget(target: string): boolean {
  return target.startsWith(OPENING)
}
