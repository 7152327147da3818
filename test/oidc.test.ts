// People log in to a real server by a real provider of OpenID Connect; what is taken away from them, or from the provider, is gone at the next call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Me } from '../src/contract/access.ts'
import type { LoginProvider, ProviderView } from '../src/contract/providers.ts'
import { Browser, startOidcProvider } from '../testkit/oidc-provider.ts'
import { startServer } from '../testkit/server.ts'

const ANN = { sub: 'person-1', email: 'ann@example.com', groups: ['mail-admins'] }

test('somebody logs in by a provider, with the role that it gives, until the role, the user or the provider is taken away', async () => {
  await using server = await startServer()
  const panel = `http://127.0.0.1:${server.panelPort}`
  const secret = 'the secret of the client'
  await using provider = await startOidcProvider({ id: 'hms', secret, redirect: `${panel}/login/oidc/company/callback` })
  const { redirect } = await server.call('provider.add', {
    name: 'company',
    title: 'Company login',
    issuer: provider.issuer,
    clientId: 'hms',
    clientSecret: secret,
    panel,
    private: true,
    domains: ['example.com'],
    makes: true,
    claim: 'groups',
    roles: { 'mail-admins': 'administrator', staff: 'viewer' },
  })
  assert.equal(redirect, `${panel}/login/oidc/company/callback`)
  const shown = await server.hms<readonly ProviderView[]>('user', 'provider', 'ls')
  assert.doesNotMatch(JSON.stringify(shown), new RegExp(secret))

  const browser = new Browser()
  const offered = ((await (await browser.fetch(`${panel}/api/v1/login/providers`)).json()) as { data: LoginProvider[] }).data
  assert.deepEqual(offered, [{ name: 'company', title: 'Company login', path: '/login/oidc/company' }])
  const login = async (): Promise<string> => {
    browser.forget(panel)
    browser.forget(provider.issuer)
    const { status, text } = await browser.open(`${panel}/login/oidc/company`)
    return `${status} ${/<h1>(.*)<\/h1>/.exec(text)?.[1]}`
  }
  const me = async (): Promise<Pick<Me, 'name' | 'role'> | number> => {
    const response = await browser.fetch(`${panel}/api/v1/me`)
    const { name, role } = (await response.json()) as Me
    return response.status === 200 ? { name, role } : response.status
  }
  provider.person = ANN
  assert.equal(await login(), '200 You are logged in')
  assert.deepEqual(await me(), { name: ANN.email, role: 'administrator' })
  provider.person = { ...ANN, groups: ['staff'] }
  assert.equal(await login(), '200 You are logged in')
  assert.deepEqual(await me(), { name: ANN.email, role: 'viewer' })
  assert.equal((await browser.fetch(`${panel}/api/v1/logout`, { method: 'POST' })).status, 200)
  assert.equal(await me(), 401)
  provider.person = { ...ANN, groups: [] }
  assert.equal(await login(), '403 You are not logged in')

  provider.person = ANN
  await login()
  await server.hms('user', 'provider', 'set', 'company', '--enabled', 'no')
  assert.equal(await me(), 401)
  assert.equal(await login(), '404 You are not logged in')
  await server.hms('user', 'provider', 'set', 'company', '--enabled', 'yes')
  await login()
  await server.hms('user', 'rm', ANN.email)
  assert.equal(await me(), 401)
  assert.equal(await login(), '403 You are not logged in')

  const plain = await server.hms<ProviderView>(
    'user',
    'provider',
    'set',
    'company',
    '--claim',
    'none',
    '--role',
    'operator',
    '--account',
    'none',
  )
  assert.deepEqual([plain.claim, plain.roles, plain.role, plain.account], [null, {}, 'operator', null])
  const shut = await server.hms<ProviderView>('user', 'provider', 'set', 'company', '--role', 'none', '--make', 'no', '--domain', 'none')
  assert.deepEqual([shut.role, shut.makes, shut.domains], [null, false, []])
  const { records } = await server.call('audit.list', { subject: ANN.email, limit: 100 })
  const told = records.map(({ by, action }) => `${by} ${action}`)
  assert.ok(told.includes('oidc:company user made at login'), told.join('\n'))
  assert.ok(told.includes('oidc:company role changed at login'), told.join('\n'))
})

test('where a provider says nothing of addresses, an owner links people by hand; who has it as the only way in has no other', async () => {
  await using server = await startServer()
  const panel = `http://127.0.0.1:${server.panelPort}`
  const secret = 'the secret of the client'
  await using provider = await startOidcProvider({ id: 'hms', secret, redirect: `${panel}/login/oidc/company/callback` })
  const common = { issuer: provider.issuer, clientId: 'hms', clientSecret: secret, panel, private: true }
  await server.call('provider.add', { name: 'company', ...common })
  await server.call('user.add', { name: 'bob', role: 'operator' })
  const browser = new Browser()
  provider.person = { sub: 'person-2', email: 'bob@example.com', groups: [], isVerified: false }
  const login = async (): Promise<string> => {
    browser.forget(provider.issuer)
    const { status, text } = await browser.open(`${panel}/login/oidc/company`)
    return `${status} ${text}`
  }
  // The page and the log tell what the owner has to say.
  assert.match(await login(), /^403[^]*The provider calls you person-2\./)
  await server.hms('user', 'provider', 'link', 'company', 'bob', 'person-2')
  assert.deepEqual(await server.hms('user', 'provider', 'users', 'company'), [{ user: 'bob', subject: 'person-2' }])
  assert.match(await login(), /^200/)
  const me = async (): Promise<string | number> => {
    const response = await browser.fetch(`${panel}/api/v1/me`)
    return response.status === 200 ? ((await response.json()) as Me).name : response.status
  }
  assert.equal(await me(), 'bob')
  const refused = async (...what: string[]): Promise<string> => (await server.run('user', 'provider', ...what)).stderr
  assert.match(await refused('link', 'company', 'bob', 'person-3'), /is person-2/)
  assert.match(await refused('link', 'company', 'admin', 'person-2'), /that person is bob/)
  assert.match(await refused('link', 'company', 'nobody', 'person-4'), /no such user/)
  assert.match(await refused('set', 'company', '--trust-email', 'yes'), /Whoever may write an address there/)

  // By the link of his first password he gets in, until the provider is the only way.
  const { token } = await server.call('user.password', { name: 'bob' })
  const post = async (path: string, body: object): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${panel}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`
  }
  const password = 'the password of bob'
  assert.equal(await post('/login/first', { token, password }), '200 ')
  assert.equal(await me(), 401, 'another password ends sessions')
  assert.equal(await post('/login', { user: 'bob', password }), '200 ')
  await login()
  await server.hms('user', 'provider', 'set', 'company', '--only', 'yes', '--session-hours', '1')
  assert.equal(await me(), 'bob')
  assert.equal(await post('/login', { user: 'bob', password }), '403 provider-only')
  assert.equal((await server.call('user.show', { name: 'bob' })).onlyBy, 'company')
  assert.match((await server.run('user', 'password', 'bob')).stderr, /by the provider company alone/)
  // Somebody must get in where the provider is gone.
  assert.match(await refused('link', 'company', 'admin', 'person-1'), /No owner would be left/)
  await server.hms('user', 'provider', 'unlink', 'company', 'bob')
  assert.equal(await me(), 401)
  assert.equal(await post('/login', { user: 'bob', password }), '200 ')
  await server.hms('user', 'provider', 'set', 'company', '--only', 'no')
  await server.hms('user', 'provider', 'link', 'company', 'admin', 'person-1')
  assert.match(await refused('set', 'company', '--only', 'yes'), /No owner would be left/)
  await server.hms('user', 'provider', 'set', 'company', '--trust-email', 'yes', '--domain', 'example.com')
  await server.call('user.add', { name: 'bob@example.com', role: 'viewer' })
  assert.match(await login(), /^200/)
  assert.equal(await me(), 'bob@example.com')
})

test('who logs out may log out at the provider too, once, with what the logout here gave', async () => {
  await using server = await startServer()
  const panel = `http://127.0.0.1:${server.panelPort}`
  const secret = 'the secret of the client'
  await using provider = await startOidcProvider({ id: 'hms', secret, redirect: `${panel}/login/oidc/company/callback` })
  const domains = { domains: ['example.com'], makes: true, role: 'viewer' } as const
  await server.call('provider.add', {
    name: 'company',
    issuer: provider.issuer,
    clientId: 'hms',
    clientSecret: secret,
    panel,
    private: true,
    ...domains,
  })
  const browser = new Browser()
  const login = async (sub: string): Promise<string> => {
    provider.person = { sub, email: `${sub}@example.com`, groups: [] }
    await browser.open(`${panel}/login/oidc/company`)
    return ((await (await browser.fetch(`${panel}/api/v1/me`)).json()) as Me).name
  }
  const logout = async (): Promise<string> => {
    const response = await browser.fetch(`${panel}/api/v1/logout`, { method: 'POST' })
    return ((await response.json()) as { provider: string | null }).provider ?? assert.fail('no provider')
  }
  assert.equal(await login('ann'), 'ann@example.com')
  await logout()
  // At the provider she still is who she was.
  assert.equal(await login('bob'), 'ann@example.com')
  const way = await logout()
  assert.match(way, /^\/login\/oidc\/company\/logout\?leave=[\w-]{43}$/)
  const { status, address, text } = await browser.open(`${panel}${way}`)
  assert.equal(status, 200)
  assert.ok(address.startsWith(`${provider.issuer}/session/end?id_token_hint=`), address)
  const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(text) ?? []
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  await (await browser.fetch(`${provider.issuer}/session/end/confirm`, { method: 'POST', body })).body?.cancel()
  assert.equal(await login('bob'), 'bob@example.com')
  // It was used; and who has no such way sends nobody out.
  for (const again of [way, '/login/oidc/company/logout', '/login/oidc/company/logout?leave=x'])
    assert.equal((await browser.open(`${panel}${again}`)).status, 400)
})
