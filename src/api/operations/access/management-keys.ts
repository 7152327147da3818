// Keys of the management API: for programs, which have no password and no second factor, and may do what the key says.
import type { EpochMs } from '../../../base/brand.ts'
import { type ManagementKeyView, ROLES, ROOMS, type Scope } from '../../../contract/access.ts'
import { drawManagementKey, hashOfSecret, isName } from '../../../policy/access/access-names.ts'
import { whyNotSteerKey } from '../../../policy/access/authority.ts'
import { authorityOf, require } from './authority-of.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

type Around = Pick<OperationContext, 'access' | 'settings' | 'actor' | 'by' | 'now'>

const MOST_KEYS = 10_000
/** So that who steers one account leaves room for the others. */
const MOST_OF_ACCOUNT = 500
const NAME = 100
const SCOPES: ReadonlySet<string> = new Set(ROOMS.flatMap((room) => [`${room}:read`, `${room}:write`]))

export function managementKeyOperations(context: Around): OperationsOf<'key'> {
  const { access, actor } = context
  return {
    'key.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      params.done()
      return access.keys(account)
    },
    'key.show': async (values) => existing(context, named(values)),
    'key.add': async (values) => add(context, new Params(values)),
    'key.remove': async (values) => {
      const name = named(values)
      const key = access.key(name)
      if (key === undefined) return { removed: false }
      require(whyNotSteerKey(authorityOf(actor, access), key))
      return { removed: access.removeKey(name) }
    },
  }
}

function add({ access, settings, actor, by, now }: Around, params: Params): { secret: string; key: ManagementKeyView } {
  const name = params.text('name', NAME)
  const role = params.choice('role', ROLES)
  const account = params.optional('account', () => params.account('account')) ?? null
  const scopes = params.optional('scopes', () => scopesFrom(params)) ?? null
  const networks = params.optional('networks', () => params.networks('networks')) ?? []
  const expiresAt = expiryFrom(params, now())
  params.done()
  if (!isName(name)) throw refused('A name of a key is made of letters, digits and . _ @ + -, and begins with a letter or digit.')
  if (account !== null) existingAccount(settings.read(), account)
  if (role === 'owner' && account !== null) throw refused('An owner is of no account.', 'Make it an administrator of the account.')
  require(whyNotSteerKey(authorityOf(actor, access), { role, account, scopes, networks, expiresAt }))
  if (account !== null && access.keys(account).length >= MOST_OF_ACCOUNT)
    throw refused(`The account has ${MOST_OF_ACCOUNT} keys.`, 'Remove some of them.')
  if (access.keys().length >= MOST_KEYS) throw refused(`There are ${MOST_KEYS} keys.`, "Remove some with 'hms key rm'.")
  const secret = drawManagementKey()
  const key = { name, role, account, scopes, networks, madeAt: now(), madeBy: by, expiresAt }
  if (!access.addKey({ ...key, hash: hashOfSecret(secret) }))
    throw refused(`There is a key ${name}.`, "Remove it first with 'hms key rm', or choose another name.", 'key-taken')
  return { secret, key: { ...key, lastUse: null } }
}

function scopesFrom(params: Params): readonly Scope[] {
  const scopes = params.list('scopes', SCOPES.size)
  for (const scope of scopes)
    if (typeof scope !== 'string' || !SCOPES.has(scope))
      throw refused(
        `${JSON.stringify(scope).slice(0, 100)} is no scope.`,
        `Write a room and read or write, such as queue:read. Rooms: ${ROOMS.join(', ')}.`,
      )
  return [...new Set(scopes as readonly Scope[])]
}

/** `expiresAt` of keys and of logins: null and absent for never. */
export function expiryFrom(params: Params, now: EpochMs): EpochMs | null {
  if (params.raw('expiresAt') === null) return null
  const at = params.optional('expiresAt', () => params.count('expiresAt', { least: 0, most: 8.64e15 })) ?? null
  if (at !== null && at <= now) throw refused('expiresAt is not ahead.', 'Give the time in milliseconds since 1970.')
  return at
}

function existing({ access }: Around, name: string): ManagementKeyView {
  const key = access.key(name)
  if (key !== undefined) return key
  throw refused(
    `There is no key ${JSON.stringify(name)}.`,
    "'hms key ls' lists them. Keys for injection are listed by 'hms credential ls'.",
    'no-key',
  )
}

function named(values: unknown): string {
  const params = new Params(values)
  const name = params.text('name', NAME)
  params.done()
  return name
}
