// A login by a provider that is under way: it is in the browser, sealed with a key that only this process has, so that however many are begun cost
// no memory and push nobody else's out. It is bound to that browser, to the provider and to some minutes; a restart ends it.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { EpochMs, Ms } from '../../../base/brand.ts'

export const LONGEST_LOGIN: Ms = 10 * 60_000

export interface PendingLogin {
  readonly provider: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly until: EpochMs
}

const CIPHER = 'aes-256-gcm'
const [NONCE_OCTETS, TAG_OCTETS] = [12, 16]
const LONGEST = 2000

export class PendingLogins {
  readonly #key = randomBytes(32)

  seal(login: PendingLogin): string {
    const nonce = randomBytes(NONCE_OCTETS)
    const cipher = createCipheriv(CIPHER, this.#key, nonce)
    const sealed = [cipher.update(JSON.stringify(login), 'utf8'), cipher.final()]
    return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** Undefined: none of ours, or it took too long. */
  open(text: string, now: EpochMs): PendingLogin | undefined {
    const octets = text.length > LONGEST ? Buffer.alloc(0) : Buffer.from(text, 'base64url')
    if (octets.length < NONCE_OCTETS + TAG_OCTETS) return undefined
    const decipher = createDecipheriv(CIPHER, this.#key, octets.subarray(0, NONCE_OCTETS), { authTagLength: TAG_OCTETS })
    decipher.setAuthTag(octets.subarray(-TAG_OCTETS))
    const opened = decipher.update(octets.subarray(NONCE_OCTETS, -TAG_OCTETS))
    try {
      const login = JSON.parse(Buffer.concat([opened, decipher.final()]).toString('utf8')) as PendingLogin
      return login.until > now ? login : undefined
    } catch {
      return undefined
    }
  }
}
