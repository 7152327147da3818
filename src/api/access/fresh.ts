// That whoever calls showed a second factor a short time ago: a session that somebody left open, or took, does not make itself a way in that stays.
import type { EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { UserView } from '../../contract/access.ts'
import { FRESH_FOR } from '../../contract/management.ts'
import type { From } from './calling.ts'

export function hasFactor(user: UserView | undefined): boolean {
  return user !== undefined && (user.hasTotp || user.passkeys > 0)
}

/** Throws the Fault where it was longer ago than `within`, or never. */
export function requireFresh({ principal }: From, now: EpochMs, within = FRESH_FOR): void {
  const fresh = principal?.fresh ?? null
  if (fresh === null || fresh <= now - within) throw notFresh('Show one with POST /me/fresh.')
}

export function notFresh(mend: string): Fault {
  return new Fault('fresh-login-needed', `That takes a second factor that was shown within ${FRESH_FOR / 60_000} minutes.`, {
    blame: 'caller',
    mend,
  })
}
