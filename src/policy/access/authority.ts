// Who may steer whose access: nobody makes, changes or ends what is above himself, and who is of one account stays within it.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import { isAtLeast, mayUseScope, type Principal, type Role, type Scope } from '../../contract/access.ts'
import { isWithinNetworks } from '../networks.ts'

/** How far a key goes; nothing of it where it is not bound. */
export interface KeyBounds {
  readonly scopes: readonly Scope[] | null
  readonly networks: readonly string[]
  readonly expiresAt: EpochMs | null
}

export type Authority = Pick<Principal, 'role' | 'account'> & KeyBounds

export interface AccessTarget {
  readonly role: Role
  readonly account: AccountId | null
}

/** Why not, as a sentence; null: it may. */
export function whyNotSteer({ role, account }: Authority, target: AccessTarget): string | null {
  if (!isAtLeast(role, 'administrator')) return 'Only owners and administrators steer the access of others.'
  if (account !== null && target.account !== account) return `You are of account ${account}, and only steer access to it.`
  if (target.role === 'owner' && role !== 'owner') return 'Only an owner makes, changes or removes owners.'
  return null
}

/** For users, who have no bounds: a key that may do less than its role, from fewer places or not for ever, makes nobody who may do all of it. */
export function whyNotSteerUser(by: Authority, target: AccessTarget): string | null {
  const isBound = by.scopes !== null || by.networks.length > 0 || by.expiresAt !== null
  return isBound ? 'A key with scopes, networks or an end does not steer users, who have none.' : whyNotSteer(by, target)
}

export function whyNotSteerKey(by: Authority, target: AccessTarget & KeyBounds): string | null {
  const why = whyNotSteer(by, target)
  if (why !== null) return why
  if (by.scopes !== null && (target.scopes === null || target.scopes.some((scope) => !isWithin(by, scope))))
    return 'A key with scopes only steers keys that may do no more than itself.'
  if (by.networks.length > 0 && (target.networks.length === 0 || !target.networks.every((one) => isWithinNetworks(one, by.networks))))
    return 'A key that is bound to networks only steers keys that are bound to those.'
  if (by.expiresAt !== null && (target.expiresAt === null || target.expiresAt > by.expiresAt))
    return 'A key that expires only steers keys that expire no later.'
  return null
}

function isWithin(by: Pick<Authority, 'scopes'>, scope: Scope): boolean {
  const [room, does] = scope.split(':') as [Parameters<typeof mayUseScope>[1], 'read' | 'write']
  return mayUseScope(by, room, does)
}
