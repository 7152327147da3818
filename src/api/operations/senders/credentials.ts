// Logins for SMTP, and keys of applications for injection. What is secret of them is told once, when it is made.
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { ANONYMOUS_ACCOUNT } from '../../../base/brand.ts'
import { type CredentialView, KEY_KINDS, type KeyKind, type NewApiKey, type NewSesKey } from '../../../contract/account-operations.ts'
import type { OperationResult } from '../../../contract/operations.ts'
import { credentialOf, type InjectionKey, type Settings, type SmtpCredential } from '../../../contract/settings.ts'
import { drawAccessKey, drawApiKey, drawKeyId, hashOfKey } from '../../../policy/accounts/keys.ts'
import { drawPassword, verifierFor } from '../../../smtp/new-login.ts'
import { preparePassword } from '../../../smtp/scram.ts'
import type { SettingsStore } from '../../../engine/ports/stores.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { expiryFrom } from '../access/management-keys.ts'
import { existingAccount, existingStream } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

const SHORTEST_PASSWORD = 12
const USER = /^[\w.@+-]{1,128}$/

/** `account-1001`, or the first free of `account-1001-2` and on. */
export function freeUser(settings: Settings, account: AccountId): string {
  const base = `account-${account}`
  if (!settings.credentials.has(base)) return base
  for (let n = 2; ; n++) if (!settings.credentials.has(`${base}-${n}`)) return `${base}-${n}`
}

/** The login of that very name and account, which gets a new password; names that differ in case alone are one too many. */
function existingLogin(settings: Settings, user: string, account: AccountId): SmtpCredential | undefined {
  const own = settings.credentials.get(user)
  if (own?.account === account) return own
  const lower = user.toLowerCase()
  for (const known of settings.credentials.keys()) {
    if (known.toLowerCase() === lower) throw refused(`The user name ${known} is taken.`, 'Choose another one.', 'user-taken')
  }
  return undefined
}

function givenPassword(params: Params): string {
  const password = params.text('password', 1024)
  if (preparePassword(password) === undefined) throw refused('The password holds a control character.')
  if ([...password].length < SHORTEST_PASSWORD)
    throw refused(`The password is shorter than ${SHORTEST_PASSWORD} characters.`, 'Leave it out, and a strong one is made.')
  return password
}

function shown(credential: SmtpCredential | InjectionKey, uses: ReadonlyMap<string, EpochMs>): CredentialView {
  const { user, account, networks, stream = null, expiresAt = null } = credential
  const kind = 'kind' in credential ? credential.kind : 'smtp'
  return { user, kind, account, networks, stream, expiresAt, lastUse: uses.get(user) ?? null }
}

/** A login or a key, as it is in the settings. */
export function existingCredential(settings: Settings, user: string): SmtpCredential | InjectionKey {
  const credential = credentialOf(settings, user)
  if (credential !== undefined) return credential
  throw refused(`There is no login ${JSON.stringify(user)}.`, "List logins with 'hms credential ls'.", 'no-login')
}

export function putCredential(settings: SettingsStore, credential: SmtpCredential | InjectionKey, by: string): void {
  if ('kind' in credential) settings.putInjectionKey(credential, by)
  else settings.putCredential(credential, by)
}

type KeySaid = Pick<InjectionKey, 'account' | 'networks' | 'expiresAt'>

function addKey({ settings, by }: OperationContext, kind: KeyKind, said: KeySaid): NewApiKey | NewSesKey {
  if (kind === 'api') {
    const id = drawKeyId()
    const key = drawApiKey(id)
    const user = `api:${id}`
    settings.putInjectionKey({ kind, user, ...said, hash: hashOfKey(key) }, by)
    return { user, key }
  }
  const { accessKeyId, secret } = drawAccessKey()
  const user = `ses:${accessKeyId}`
  settings.putInjectionKey({ kind, user, ...said, accessKeyId, secret }, by)
  return { user, accessKeyId, secretAccessKey: secret }
}

/** When it expires: null never, undefined not said. */
function endOf(params: Params, now: EpochMs): EpochMs | null | undefined {
  return params.has('expiresAt') ? expiryFrom(params, now) : undefined
}

/** The same with another end, where one was said. */
function withEnd<T extends { readonly expiresAt?: EpochMs }>(one: T, expiry: EpochMs | null | undefined): T {
  if (expiry === undefined) return one
  const { expiresAt: _before, ...rest } = one
  return (expiry === null ? rest : { ...rest, expiresAt: expiry }) as T
}

function refuseAnonymous(account: AccountId): void {
  if (account !== ANONYMOUS_ACCOUNT) return
  throw refused('Account 1000 is for mail without a login, so it has none.', "Let networks relay for it with 'hms relay allow'.")
}

async function addLogin({ settings, by, now }: OperationContext, values: unknown): Promise<OperationResult<'credential.add'>> {
  const params = new Params(values)
  const account = params.account('account')
  const asked = params.optional('user', () => params.text('user', 128))
  const password = params.optional('password', () => givenPassword(params)) ?? drawPassword()
  const networks = params.optional('networks', () => params.networks('networks'))
  const expiry = endOf(params, now())
  params.done()
  if (asked !== undefined && !USER.test(asked)) throw refused('A user name is made of letters, digits and . _ @ + -, without spaces.')
  refuseAnonymous(account)
  const verifier = await verifierFor(password)
  const known = settings.read()
  existingAccount(known, account)
  const user = asked ?? freeUser(known, account)
  const old = existingLogin(known, user, account)
  const { stream, quotas, expiresAt } = old ?? {}
  const kept = {
    ...(stream !== undefined && { stream }),
    ...(quotas !== undefined && { quotas }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
  settings.putCredential({ ...verifier, user, account, networks: networks ?? old?.networks ?? [], ...withEnd(kept, expiry) }, by)
  return { user, password, replaced: old !== undefined }
}

export function credentialOperations(context: OperationContext): Omit<OperationsOf<'credential'>, 'credential.quota'> {
  const { settings, by, access } = context
  return {
    'credential.list': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => params.account('account'))
      const user = params.optional('user', () => params.text('user', 128))
      params.done()
      const known = settings.read()
      if (account !== undefined) existingAccount(known, account)
      const all =
        user === undefined ? [...known.credentials.values(), ...known.injectionKeys.values()] : [credentialOf(known, user) ?? []].flat()
      const uses = access.lastUses(user)
      return all.filter((credential) => account === undefined || credential.account === account).map((one) => shown(one, uses))
    },
    'credential.add': (values) => addLogin(context, values),
    'credential.key': async (values) => {
      const params = new Params(values)
      const account = params.account('account')
      const kind = params.choice('kind', KEY_KINDS)
      const networks = params.optional('networks', () => params.networks('networks')) ?? []
      const expiry = endOf(params, context.now())
      params.done()
      refuseAnonymous(account)
      existingAccount(settings.read(), account)
      return addKey(context, kind, withEnd<KeySaid>({ account, networks }, expiry))
    },
    'credential.set': async (values) => {
      const params = new Params(values)
      const user = params.text('user', 128)
      const stream = params.raw('stream') === null ? null : params.optional('stream', () => params.text('stream', 32))
      const expiry = endOf(params, context.now())
      params.done()
      if (stream === undefined && expiry === undefined) throw refused('Nothing to change was named.', 'Name stream or expiresAt.')
      const known = settings.read()
      const credential = existingCredential(known, user)
      const named = typeof stream !== 'string' ? stream : existingStream(existingAccount(known, credential.account), stream)
      const changed = withEnd({ ...credential, ...(named !== undefined && { stream: named }) }, expiry)
      putCredential(settings, changed, by)
      return shown(changed, access.lastUses())
    },
    'credential.remove': async (values) => {
      const params = new Params(values)
      const user = params.text('user', 128)
      params.done()
      return { removed: settings.removeInjectionKey(user, by) || settings.removeCredential(user, by) }
    },
  }
}
