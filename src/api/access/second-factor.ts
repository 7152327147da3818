// Codes of an application (TOTP, rfc:6238) and recovery codes: made, shown once, and taken once each.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { late } from '../../base/late.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import type { AccessBook, UserProof } from '../../engine/ports/access.ts'
import { drawRecoveryCode, hashOfRecoveryCode } from '../../policy/access/access-names.ts'

const otpauth = late('otpauth')

const RECOVERY_CODES = 10
const PERIOD = 30
/** rfc:6238#5.2: a step before and after, for clocks that differ. */
const WINDOW = 1
const ISSUER = 'Hurricane MTA'
const SECRET_OCTETS = 20
const HOUR: Ms = 3600_000
/** In an hour: a chance of one in fifteen thousand. */
const MOST_WRONG = 20
const MOST_USERS = 10_000

export interface NewTotp {
  readonly secret: string
  readonly uri: string
}

export function drawTotp(user: string, host: string): NewTotp {
  const { Secret, TOTP } = otpauth()
  const secret = new Secret({ size: SECRET_OCTETS })
  const label = host === '' ? user : `${user}@${host}`
  return { secret: secret.base32, uri: new TOTP({ issuer: ISSUER, label, secret, period: PERIOD }).toString() }
}

export function drawRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, drawRecoveryCode)
}

/** The step whose code it is; undefined: of none that is now. */
export function stepOf(secret: string, code: string, now: EpochMs): number | undefined {
  const { Secret, TOTP } = otpauth()
  const totp = new TOTP({ secret: Secret.fromBase32(secret), period: PERIOD })
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW })
  return delta === null ? undefined : Math.floor(now / (PERIOD * 1000)) + delta
}

/**
 * Codes of people, taken once each. Six digits are found by who has a password and many addresses, so that wrong ones are counted by user, from
 * wherever they come; nobody finds a recovery code, which is taken all the same.
 */
export class Codes {
  readonly #wrong = new SlidingCounts(HOUR, MOST_USERS)

  /** Whether a code proves the user. */
  take(book: AccessBook, { name, totp }: UserProof, typed: string, now: EpochMs): boolean {
    const code = typed.replaceAll(/[\s-]/g, '')
    if (!/^\d{6}$/.test(code)) return book.takeRecovery(name, hashOfRecoveryCode(code))
    if (this.#wrong.count(name, now) >= MOST_WRONG) throw tooManyWrong()
    const step = totp === null ? undefined : stepOf(totp, code, now)
    const isRight = step !== undefined && book.takeTotpStep(name, step)
    if (!isRight) this.#wrong.add(name, now)
    return isRight
  }
}

function tooManyWrong(): Fault {
  return new Fault('too-many-failures', 'Too many codes were wrong within the hour.', {
    blame: 'caller',
    temporary: true,
    mend: "Use a recovery code, or wait. 'hms user factors NAME' takes the codes away.",
  })
}
