// Whether somebody may make a call: by his role, and by the scopes of his key. What is of his account is for tenancy.ts.
import { isAtLeast, mayUseScope, type Principal } from '../../contract/access.ts'
import { Fault } from '../../base/fault.ts'
import type { Route } from '../../contract/management/route.ts'

export function checkRights({ least, room, does, people }: Pick<Route, 'least' | 'room' | 'does' | 'people'>, principal: Principal): void {
  if (!isAtLeast(principal.role, least))
    throw new Fault('not-allowed', `This takes the role of ${least}, and ${principal.name} is ${principal.role}.`, { blame: 'caller' })
  if (!mayUseScope(principal, room, does))
    throw new Fault('not-in-scope', `The key has not the scope ${room}:${does}.`, { blame: 'caller', mend: 'Use a key that has it.' })
  if (people === true && principal.kind === 'key')
    throw new Fault('not-for-keys', 'This is for people alone, and came with a key.', {
      blame: 'caller',
      mend: "Log in as a user, or use 'hms' at the shell of the server.",
    })
}
