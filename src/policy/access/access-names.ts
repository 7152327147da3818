// Names of users and of management keys, and what is drawn at random for them.
import { createHash, randomBytes } from 'node:crypto'

const NAME = /^[A-Za-z0-9][\w.@+-]{0,99}$/
/** Who acts without a name of his own, as the audit tells. */
const RESERVED = new Set(['hms', 'itself', 'shell', 'system'])
/** With it, scanners of secrets find keys that were given away by mistake. */
const KEY_PREFIX = 'hms_mgmt_'
const LONGEST_SECRET = 200
const OCTETS = 32

export function isName(text: string): boolean {
  return NAME.test(text) && !RESERVED.has(text.toLowerCase())
}

/** As long as no one guesses, so that a plain hash of it is enough. */
export function drawToken(): string {
  return randomBytes(OCTETS).toString('base64url')
}

export function drawManagementKey(): string {
  return `${KEY_PREFIX}${drawToken()}`
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret.slice(0, LONGEST_SECRET)).digest('hex')
}

/** `ABCD-EFGH-JKLM-NPQR`: 80 bits, easy to type. */
export function drawRecoveryCode(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  const drawn = [...randomBytes(16)].map((octet) => letters[octet % letters.length])
  return [0, 4, 8, 12].map((at) => drawn.slice(at, at + 4).join('')).join('-')
}

/** However it was typed. */
export function hashOfRecoveryCode(code: string): string {
  return hashOfSecret(code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''))
}
