// What whoever asks may do about the access of others, as it is at this moment: at the shell everything, a user or a key what is theirs now.
import type { Actor } from '../../../contract/actor.ts'
import { Fault } from '../../../base/fault.ts'
import type { AccessBook } from '../../../engine/ports/access.ts'
import type { Authority } from '../../../policy/access/authority.ts'

const UNBOUND = { scopes: null, networks: [], expiresAt: null } as const
const SHELL: Authority = { role: 'owner', account: null, ...UNBOUND }
const KEY = 'key:'

export function authorityOf({ by, via }: Actor, access: Pick<AccessBook, 'user' | 'key'>): Authority {
  if (via === 'hms' || via === 'itself') return SHELL
  if (!by.startsWith(KEY)) {
    const user = access.user(by)
    if (user !== undefined) return { role: user.role, account: user.account, ...UNBOUND }
  }
  const key = by.startsWith(KEY) ? access.key(by.slice(KEY.length)) : undefined
  if (key === undefined) throw notAllowed('Whoever asks is not there any more.')
  return key
}

export function notAllowed(why: string): Fault {
  return new Fault('not-allowed', why, { blame: 'caller' })
}

/** Throws the Fault where there is a reason. */
export function require(why: string | null): void {
  if (why !== null) throw notAllowed(why)
}
