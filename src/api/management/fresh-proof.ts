// What asks for a fresh proof of who calls: a session that somebody left open, or took, is not enough to change the server or to make a way in.
import type { EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { CallFacts, Principal } from '../../contract/access.ts'
import { FRESH_FOR } from '../../contract/management.ts'
import type { Access } from '../../engine/ports/access.ts'

/** Throws the Fault where it was too long ago. Keys have their scopes: they are asked for nothing more. */
export async function requireProof(access: Pick<Access, 'personal'>, principal: Principal, facts: CallFacts, now: EpochMs): Promise<void> {
  if (principal.kind !== 'user') return
  const isFresh = (at: EpochMs | null | undefined): boolean => at !== undefined && at !== null && now - at < FRESH_FOR
  if (isFresh(principal.fresh)) return
  // A second factor may be there since after the login.
  const { user } = (await access.personal('me.show', {}, { facts, principal })).value
  const minutes = FRESH_FOR / 60_000
  if (user !== null && (user.hasTotp || user.passkeys > 0))
    throw stale(
      `This takes a second factor that was shown in the last ${minutes} minutes.`,
      'Show it with POST /me/fresh or log in anew with it, and do it again.',
    )
  if (isFresh(principal.proved)) return
  throw stale(
    `This takes a login or a password of the last ${minutes} minutes.`,
    user?.hasPassword === true ? 'Send your password with POST /me/fresh, and do it again.' : 'Log in again, and do it again.',
  )
}

function stale(message: string, mend: string): Fault {
  return new Fault('fresh-login-needed', message, { blame: 'caller', mend })
}
