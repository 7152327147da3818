// Sessions of users: who is logged in, and ending it.
import type { SessionView } from '../../../contract/access.ts'
import { isAtLeast } from '../../../contract/access.ts'
import { whyNotSteer, whyNotSteerUser } from '../../../policy/access/authority.ts'
import { authorityOf, require } from './authority-of.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params } from '../params.ts'
import { existingUser } from './users.ts'

type Around = Pick<OperationContext, 'access' | 'actor' | 'now' | 'settings'>

export function sessionOperations({ access, actor, now, settings }: Around): OperationsOf<'session'> {
  return {
    'session.list': async (values) => {
      const params = new Params(values)
      const user = params.optional('user', () => params.text('user', 100))
      const account = params.optional('account', () => params.account('account'))
      const id = params.optional('id', () => params.text('id', 100))
      params.done()
      return access.sessions({ id, user, account }, now())
    },
    'session.end': async (values) => {
      const params = new Params(values)
      const id = params.optional('id', () => params.text('id', 100))
      const user = params.optional('user', () => params.text('user', 100))
      const account = params.optional('account', () => params.account('account'))
      params.done()
      const by = authorityOf(actor, access)
      require(isAtLeast(by.role, 'administrator') ? null : whyNotSteer(by, by))
      // A name that is mistyped must not read as if nobody were logged in any more.
      if (account !== undefined) existingAccount(settings.read(), account)
      if (user !== undefined) require(whyNotSteerUser(by, existingUser(access, user, account)))
      const chosen = access.sessions({ id, user, account }, now())
      const may = (session: SessionView): boolean => {
        const target = access.user(session.user)
        return target !== undefined && whyNotSteerUser(by, target) === null
      }
      const [first] = chosen
      // One that was named is told why; of many those stay that are above whoever asks.
      const target = first === undefined || chosen.length > 1 ? undefined : access.user(first.user)
      if (target !== undefined) require(whyNotSteerUser(by, target))
      return { ended: chosen.filter(may).reduce((ended, session) => ended + access.endSessions({ id: session.id }), 0) }
    },
  }
}
