// Who may steer whose access: nobody makes, changes or ends what is above himself, and who is of one account stays within it.
import type { AccountId } from '../../base/brand.ts'
import { isAtLeast, mayUseScope, type Principal, type Role, type Scope } from '../../contract/access.ts'

export type Authority = Pick<Principal, 'role' | 'account' | 'scopes'>

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

/** For users, who have no scopes: a key that may do less than its role makes nobody who may do all of it. */
export function whyNotSteerUser(by: Authority, target: AccessTarget): string | null {
  return by.scopes === null ? whyNotSteer(by, target) : 'A key with scopes does not steer users, who have none.'
}

export function whyNotSteerKey(by: Authority, target: AccessTarget & { readonly scopes: readonly Scope[] | null }): string | null {
  const why = whyNotSteer(by, target)
  if (why !== null || by.scopes === null) return why
  const beyond = target.scopes === null || target.scopes.some((scope) => !isWithin(by, scope))
  return beyond ? 'A key with scopes only steers keys that may do no more than itself.' : null
}

function isWithin(by: Authority, scope: Scope): boolean {
  const [room, does] = scope.split(':') as [Parameters<typeof mayUseScope>[1], 'read' | 'write']
  return mayUseScope(by, room, does)
}
