// Proves that a host of links leads to this installation, and that its name comes through whatever stands before it: whoever has the keys
// asks `/proof/<challenge>` and knows what must come back.
import { createHmac } from 'node:crypto'
import type { TokenKey } from '../../contract/settings.ts'

const CHALLENGE = /^[0-9a-f]{32}$/

/** Null where there is no key, or the challenge is none. */
export function hostProof(keys: readonly TokenKey[], host: string, challenge: string): string | null {
  const [key] = keys
  if (key === undefined || !CHALLENGE.test(challenge)) return null
  return createHmac('sha256', key.secret).update(`hms host 1\0${host}\0${challenge}`).digest('hex')
}
