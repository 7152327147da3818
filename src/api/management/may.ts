// Which calls somebody may make: for pages that show nobody what would be refused. Who calls all the same is refused by the dispatcher.
import { isAtLeast, mayUseScope, type Principal } from '../../contract/access.ts'
import { PERSONAL_ROUTES, ROUTES } from '../../contract/management.ts'
import { callNames, servedRoutes } from './call-names.ts'

const NAMES = [...callNames(servedRoutes(ROUTES, PERSONAL_ROUTES))]

/** Names as the reference has them. What depends on the thing that is named in a call is not known here. */
export function callsOf(principal: Pick<Principal, 'role' | 'account' | 'scopes'>): readonly string[] {
  const allowed = NAMES.filter(
    ([, { room, least, does, tenant }]) =>
      room !== 'me' &&
      isAtLeast(principal.role, least) &&
      mayUseScope(principal, room, does) &&
      (principal.account === null || tenant !== 'none'),
  )
  return allowed.map(([name]) => name)
}
