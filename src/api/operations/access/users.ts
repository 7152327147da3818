// Users of the management API and the Control Panel, as those above them steer them. Their passwords are theirs: whoever makes a user, or helps
// one who forgot, gets a link that sets one once.
import type { Ms } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { type PasswordLink, ROLES, type Role, type UserView } from '../../../contract/access.ts'
import { drawToken, hashOfSecret, isName } from '../../../policy/access/access-names.ts'
import { passkeyView } from '../../../policy/access/passkey-view.ts'
import { areLastOwners } from '../../../policy/access/last-owner.ts'
import { type AccessTarget, whyNotSteerUser } from '../../../policy/access/authority.ts'
import { authorityOf, require } from './authority-of.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

type Around = Pick<OperationContext, 'access' | 'settings' | 'actor' | 'now'>

const LINK: Ms = 3 * 86_400_000
const MOST_USERS = 10_000
/** So that who steers one account leaves room for the others. */
const MOST_OF_ACCOUNT = 500
const NAME = 100
const PASSKEY_ID = 1400

export function userOperations(context: Around): OperationsOf<'user'> {
  const { access } = context
  return {
    'user.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      params.done()
      return access.users(account)
    },
    'user.show': async (values) => existing(context, named(values)),
    'user.add': async (values) => add(context, new Params(values)),
    'user.set': async (values) => {
      const params = new Params(values)
      const name = params.text('name', NAME)
      const role = params.choice('role', ROLES)
      params.done()
      const user = steered(context, name)
      mayBe(context, role, user.account)
      if (role !== 'owner') requireOtherOwner(context, user)
      access.setRole(user.name, role)
      return existing(context, name)
    },
    'user.remove': async (values) => {
      const name = named(values)
      if (access.user(name) === undefined) return { removed: false }
      requireOtherOwner(context, steered(context, name))
      return { removed: access.removeUser(name) }
    },
    ...lockOperations(context),
    'user.password': async (values) => passwordLink(context, steered(context, named(values))),
    'user.factors.remove': async (values) => {
      const user = steered(context, named(values))
      const { name } = user
      if (!user.hasPassword) requireOtherOwner(context, user)
      access.removeFactors(name)
      access.endSessions({ user: name })
      return existing(context, name)
    },
    'user.passkeys': async (values) => access.passkeys.of(existing(context, named(values)).name).map(passkeyView),
    'user.passkeys.remove': async (values) => {
      const params = new Params(values)
      const name = params.text('name', NAME)
      const id = params.text('id', PASSKEY_ID)
      params.done()
      const user = steered(context, name)
      const isItsOwn = access.passkeys.find(id)?.user === user.name
      if (isItsOwn && !user.hasPassword && user.passkeys === 1) requireOtherOwner(context, user)
      return { removed: access.passkeys.remove(user.name, id) }
    },
  }
}

/** No way in is one while a user is locked; what belongs to him stays. */
function lockOperations(context: Around): Pick<OperationsOf<'user'>, 'user.lock' | 'user.unlock'> {
  const { access } = context
  return {
    'user.lock': async (values) => {
      const user = steered(context, named(values))
      const { by, via } = context.actor
      if (via !== 'hms' && by === user.name) throw refused('Nobody locks himself out.', 'Another administrator does it.', 'not-allowed')
      requireOtherOwner(context, user)
      access.lock(user.name, context.now())
      return existing(context, user.name)
    },
    'user.unlock': async (values) => {
      const { name } = steered(context, named(values))
      access.unlock(name)
      return existing(context, name)
    },
  }
}

function add(context: Around, params: Params) {
  const { access, settings, now } = context
  const name = params.text('name', NAME)
  const role = params.choice('role', ROLES)
  const account = params.optional('account', () => params.account('account')) ?? null
  params.done()
  if (!isName(name)) throw refused('A user name is made of letters, digits and . _ @ + -, begins with a letter or digit, and is not "hms".')
  if (account !== null) existingAccount(settings.read(), account)
  mayBe(context, role, account)
  if (account !== null && access.users(account).length >= MOST_OF_ACCOUNT)
    throw refused(`The account has ${MOST_OF_ACCOUNT} users.`, 'Remove some of them.')
  if (access.users().length >= MOST_USERS) throw refused(`There are ${MOST_USERS} users.`, "Remove some with 'hms user rm'.")
  if (!access.addUser({ name, role, account, at: now() })) {
    const mend = "'hms user set' changes the role, 'hms user password' makes a link for another password."
    throw refused(`There is a user ${name}.`, mend, 'user-taken')
  }
  return { user: existing(context, name), link: linkFor(context, name) }
}

/** Whether whoever asks may have somebody be that. */
function mayBe({ access, actor }: Around, role: Role, account: AccessTarget['account']): void {
  require(whyNotSteerUser(authorityOf(actor, access), { role, account }))
  if (role === 'owner' && account !== null) throw refused('An owner is of no account.', 'Make an administrator of the account.')
}

/** For a user who is there. */
function passwordLink(context: Around, { name, onlyBy }: UserView): PasswordLink {
  if (onlyBy !== null)
    throw refused(`${name} logs in by the provider ${onlyBy} alone.`, "'hms user provider set' says whether.", 'provider-only')
  // Whoever found an open session does not know the password.
  if (context.actor.via === 'panel' && context.actor.by === name)
    throw refused(
      'One changes the own password with the one of now.',
      'PUT /me/password does it; another administrator makes a link.',
      'not-allowed',
    )
  return linkFor(context, name)
}

function linkFor({ access, now }: Around, name: string): PasswordLink {
  const [token, until] = [drawToken(), now() + LINK]
  access.putLink(name, hashOfSecret(token), until)
  return { token, until }
}

/** One that whoever asks may steer. */
function steered(context: Around, name: string): UserView {
  const user = existing(context, name)
  require(whyNotSteerUser(authorityOf(context.actor, context.access), user))
  return user
}

const existing = ({ access }: Around, name: string): UserView => existingUser(access, name)

/** `account`: one of another is as if there were none. */
export function existingUser(access: Pick<Around['access'], 'user'>, name: string, account?: UserView['account']): UserView {
  const user = access.user(name)
  if (user !== undefined && (account === undefined || user.account === account)) return user
  throw refused(`There is no user ${JSON.stringify(name)}.`, "'hms user ls' lists them.", 'no-user')
}

/** Somebody who can log in must be left who may do everything. */
function requireOtherOwner({ access }: Around, { name }: UserView): void {
  if (!areLastOwners(access, [name])) return
  throw new Fault('last-owner', `${name} is the last owner who can log in.`, {
    blame: 'caller',
    mend: 'Make another owner first, who sets a password.',
  })
}

function named(values: unknown): string {
  const params = new Params(values)
  const name = params.text('name', NAME)
  params.done()
  return name
}
