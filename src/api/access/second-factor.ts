// Codes of an application (TOTP, rfc:6238) and recovery codes: made, shown once, and taken once each.
import { Secret, TOTP } from 'otpauth'
import type { EpochMs } from '../../base/brand.ts'
import type { AccessBook, UserProof } from '../../engine/ports/access.ts'
import { drawRecoveryCode, hashOfRecoveryCode } from '../../policy/access/access-names.ts'

const RECOVERY_CODES = 10
const PERIOD = 30
/** rfc:6238#5.2: a step before and after, for clocks that differ. */
const WINDOW = 1
const ISSUER = 'Hurricane MTA'
const SECRET_OCTETS = 20

export interface NewTotp {
  readonly secret: string
  readonly uri: string
}

export function drawTotp(user: string, host: string): NewTotp {
  const secret = new Secret({ size: SECRET_OCTETS })
  const label = host === '' ? user : `${user}@${host}`
  return { secret: secret.base32, uri: new TOTP({ issuer: ISSUER, label, secret, period: PERIOD }).toString() }
}

export function drawRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, drawRecoveryCode)
}

/** The step whose code it is; undefined: of none that is now. */
export function stepOf(secret: string, code: string, now: EpochMs): number | undefined {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), period: PERIOD })
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW })
  return delta === null ? undefined : Math.floor(now / (PERIOD * 1000)) + delta
}

/** Whether a code proves the user; it does so once. */
export function takeCode(book: AccessBook, { name, totp }: UserProof, typed: string, now: EpochMs): boolean {
  const code = typed.replaceAll(/[\s-]/g, '')
  if (!/^\d{6}$/.test(code)) return book.takeRecovery(name, hashOfRecoveryCode(code))
  const step = totp === null ? undefined : stepOf(totp, code, now)
  return step !== undefined && book.takeTotpStep(name, step)
}
