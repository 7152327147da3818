// Providers of OpenID Connect. Whoever says who logs in may be anybody: owners of the whole server alone say which ones count.
import { isIP } from 'node:net'
import { Fault } from '../../../base/fault.ts'
import { type Role, ROLES } from '../../../contract/access.ts'
import type { ClaimRoles, ProviderSettings, ProviderUser, ProviderView } from '../../../contract/providers.ts'
import type { StoredProvider } from '../../../engine/ports/providers.ts'
import { areLastOwners } from '../../../policy/access/last-owner.ts'
import { isLoopback, redirectOf } from '../../../policy/access/provider-rules.ts'
import { authorityOf, notAllowed } from './authority-of.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

type Around = Pick<OperationContext, 'access' | 'settings' | 'actor' | 'now'>

const MOST_PROVIDERS = 20
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/

export function providerOperations(context: Around): OperationsOf<'provider'> {
  const { providers } = context.access
  return {
    'provider.list': async (values) => {
      new Params(values).done()
      requireOwner(context)
      return providers.list().map((one) => shown(context, one))
    },
    'provider.show': async (values) => {
      const params = new Params(values)
      const provider = existing(context, params)
      params.done()
      return shown(context, provider)
    },
    'provider.add': async (values) => add(context, new Params(values)),
    'provider.set': async (values) => {
      const params = new Params(values)
      const before = existing(context, params)
      const secret = params.optional('clientSecret', () => params.text('clientSecret'))
      const after = { ...before, ...settingsFrom(params, before), ...(secret !== undefined && { secretSince: context.now() }) }
      params.done()
      checkWhole(context, after)
      if (after.only)
        requireOtherOwners(
          context,
          providers.users(after.name).map(({ user }) => user),
        )
      providers.set(after, secret)
      return shown(context, after)
    },
    'provider.remove': async (values) => {
      const params = new Params(values)
      const name = params.text('name')
      params.done()
      requireOwner(context)
      return { removed: providers.remove(name) }
    },
    'provider.users': async (values) => {
      const params = new Params(values)
      const { name } = existing(context, params)
      params.done()
      return providers.users(name)
    },
    'provider.link': async (values) => link(context, new Params(values)),
    'provider.unlink': async (values) => {
      const params = new Params(values)
      const { name } = existing(context, params)
      const user = params.text('user', 100)
      params.done()
      return { removed: providers.unlink(name, user) }
    },
  }
}

function add(context: Around, params: Params): ProviderView {
  const { access, now } = context
  requireOwner(context)
  const name = params.text('name')
  if (!NAME.test(name)) throw refused('A name of a provider is made of small letters, digits and hyphens, 32 at most.')
  const issuer = params.text('issuer', 500)
  const secret = params.optional('clientSecret', () => params.text('clientSecret'))
  const given = settingsFrom(params, { ...USUAL, title: name, clientId: '', panel: '' }, ['clientId', 'panel'])
  params.done()
  const at = now()
  const provider = { name, issuer, ...given, secretSince: secret === undefined ? null : at, madeAt: at }
  checkWhole(context, provider)
  if (access.providers.list().length >= MOST_PROVIDERS) throw refused(`There are ${MOST_PROVIDERS} providers.`)
  if (!access.providers.add(provider, secret ?? null))
    throw refused(`There is a provider ${name}.`, "'hms user provider set' changes it.", 'provider-taken')
  return shown(context, provider)
}

function link(context: Around, params: Params): ProviderUser {
  const provider = existing(context, params)
  const user = context.access.user(params.text('user', 100))
  const subject = params.text('subject', 255)
  params.done()
  if (user === undefined) throw refused('There is no such user.', "'hms user ls' lists them.", 'no-user')
  const { providers } = context.access
  const { name, account, only } = provider
  if (account !== null && user.account !== account) throw refused(`${user.name} is not of account ${account}, for which this provider is.`)
  const [before, other] = [providers.subjectOf(name, user.name), providers.userOf(name, subject)]
  const mend = `'hms user provider unlink ${name} USER' forgets who was who.`
  if (before !== undefined && before !== subject) throw refused(`To ${name}, ${user.name} is ${before}.`, mend, 'subject-taken')
  if (typeof other === 'string' && other !== user.name) throw refused(`To ${name}, that person is ${other}.`, mend, 'subject-taken')
  if (only) requireOtherOwners(context, [...providers.users(name).map((one) => one.user), user.name])
  if (before === undefined) providers.link(name, subject, user.name)
  return { user: user.name, subject }
}

/** Where the provider is the only way in of its users, an owner must be left who needs none. */
function requireOtherOwners({ access }: Around, bound: readonly string[]): void {
  if (!areLastOwners(access, bound)) return
  throw new Fault('last-owner', 'No owner would be left who can log in where the provider is gone.', {
    blame: 'caller',
    mend: 'Keep an owner with a password who does not log in by it.',
  })
}

const USUAL: Omit<ProviderSettings, 'title' | 'clientId' | 'panel'> = {
  scopes: ['openid', 'email', 'profile'],
  domains: [],
  makes: false,
  role: null,
  claim: null,
  roles: {},
  account: null,
  secondFactor: [],
  trustsEmail: false,
  only: false,
  sessionHours: 12,
  private: false,
  enabled: true,
}

/** What is given, and `before` for the rest; `needed` must be given. */
function settingsFrom(params: Params, before: ProviderSettings, needed: readonly (keyof ProviderSettings)[] = []): ProviderSettings {
  const read = <K extends keyof ProviderSettings>(name: K, as: () => ProviderSettings[K]): ProviderSettings[K] =>
    params.has(name) || needed.includes(name) ? as() : before[name]
  const orNull = <T>(name: string, as: () => T): T | null => (params.raw(name) === null ? null : as())
  return {
    title: read('title', () => params.text('title', 100)),
    clientId: read('clientId', () => params.text('clientId', 500)),
    panel: read('panel', () => panelFrom(params.text('panel', 300))),
    scopes: read('scopes', () => scopesFrom(texts(params, 'scopes', 20))),
    domains: read('domains', () => texts(params, 'domains', 100).map((one) => new Params({ domain: one }).domain('domain'))),
    makes: read('makes', () => params.flag('makes')),
    role: read('role', () => orNull('role', () => params.choice('role', ROLES))),
    claim: read('claim', () => orNull('claim', () => params.text('claim', 200))),
    roles: read('roles', () => rolesFrom(params.raw('roles'))),
    account: read('account', () => orNull('account', () => params.account('account'))),
    secondFactor: read('secondFactor', () => texts(params, 'secondFactor', 20)),
    trustsEmail: read('trustsEmail', () => params.flag('trustsEmail')),
    only: read('only', () => params.flag('only')),
    sessionHours: read('sessionHours', () => params.count('sessionHours', { least: 1, most: 168 })),
    private: read('private', () => params.flag('private')),
    enabled: read('enabled', () => params.flag('enabled')),
  }
}

function texts(params: Params, name: string, most: number): readonly string[] {
  return params.list(name, most).map((value) => new Params({ [name]: value }).text(name, 500))
}

function scopesFrom(scopes: readonly string[]): readonly string[] {
  const bad = scopes.find((scope) => !SCOPE.test(scope))
  if (bad !== undefined) throw refused(`${JSON.stringify(bad)} is no scope of OpenID Connect.`)
  return [...new Set(['openid', ...scopes])]
}

function panelFrom(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.origin === 'null' || `${url.origin}/` !== url.href || !/^https?:$/.test(url.protocol))
    throw refused('panel is no address of a server alone.', 'Write it as browsers have it, such as https://mta.example.com:8443.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && url.hostname !== 'localhost')
    throw refused('panel is without TLS.', 'Sessions only cross TLS, or stay on the machine: give an address of panel.tls_listen.')
  return url.origin
}

function rolesFrom(value: unknown): ClaimRoles {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('roles must be an object: a role for each value.')
  const pairs = Object.entries(value)
  if (pairs.length > 100) throw refused(`roles has ${pairs.length} members; at most 100 are allowed.`)
  for (const [said, role] of pairs)
    if (said.length > 500 || !ROLES.includes(role as Role)) throw refused(`roles must have values of ${ROLES.join(', ')}.`)
  return Object.fromEntries(pairs) as ClaimRoles
}

/** What only together makes sense, or harm. */
function checkWhole({ settings }: Around, provider: StoredProvider): void {
  const { issuer, domains, makes, role, claim, roles, account, trustsEmail } = provider
  checkIssuer(issuer, provider.private)
  if (account !== null) existingAccount(settings.read(), account)
  if (account !== null && [role, ...Object.values(roles)].includes('owner'))
    throw refused('An owner is of no account.', 'Let the provider give the role of administrator.')
  if (claim === null && Object.keys(roles).length > 0) throw refused('roles are given by a claim.', 'Name the claim, too.')
  if (claim !== null && Object.keys(roles).length === 0) throw refused('The claim gives no role.', 'Say roles by its values.')
  if (makes && domains.length === 0)
    throw refused('Whoever has an account there could make himself a user.', 'Say domains whose addresses count.')
  if (trustsEmail && domains.length === 0)
    throw refused('Whoever may write an address there could be any user here.', 'Say domains whose addresses count.')
  if (makes && role === null && claim === null) throw refused('Users that are made would have no role.', 'Say role, or claim and roles.')
}

function checkIssuer(issuer: string, isPrivate: boolean): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw refused('issuer is no address of a provider.', 'Write it as the provider calls itself, such as https://login.example.com.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw refused('issuer is without TLS.', 'Only a provider at 127.0.0.1 or [::1] may be.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isLoopback(url.hostname) && !isPrivate)
    throw refused('issuer is on this machine.', 'Say that it may be at a private address (private, --private).')
}

function existing(context: Around, params: Params): StoredProvider {
  requireOwner(context)
  const name = params.text('name')
  const provider = context.access.providers.provider(name)
  if (provider !== undefined) return provider
  throw refused(`There is no provider ${JSON.stringify(name)}.`, "'hms user provider ls' lists them.", 'no-provider')
}

function shown({ access }: Around, provider: StoredProvider): ProviderView {
  return { ...provider, redirect: redirectOf(provider), users: access.providers.users(provider.name).length }
}

function requireOwner({ actor, access }: Around): void {
  const { role, account, scopes } = authorityOf(actor, access)
  if (role !== 'owner' || account !== null) throw notAllowed('Only owners steer by which providers people log in.')
  if (scopes !== null) throw notAllowed('A key with scopes does not steer by which providers people log in.')
}
