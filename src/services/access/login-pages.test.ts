// Logging in by a provider that lies, over real sockets and a real access.db: nothing that is not as it must be begins a session; and whom a
// provider may bring, and as what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { Answered } from '../../net/web/web-listener.ts'
import { ANN, loginHouse as house, PANEL, providerOf } from '../../../testkit/login-house.ts'
import { type OidcLiar, strangersKey, type Token } from '../../../testkit/oidc-liar.ts'

type Lie = (usual: Readonly<Record<string, unknown>>, liar: OidcLiar) => Token

const LIES: Readonly<Record<string, Lie>> = {
  'another nonce': (claims) => ({ claims: { ...claims, nonce: 'another' } }),
  'no nonce': ({ nonce: _nonce, ...claims }) => ({ claims }),
  'for another client': (claims) => ({ claims: { ...claims, aud: 'another' } }),
  'for another beside us': (claims) => ({ claims: { ...claims, aud: ['hms', 'another'], azp: 'another' } }),
  'by another issuer': (claims) => ({ claims: { ...claims, iss: 'https://other.example' } }),
  expired: (claims) => ({ claims: { ...claims, exp: Number(claims['iat']) - 3600 } }),
  'without an end': ({ exp: _exp, ...claims }) => ({ claims }),
  'signed by a stranger': (claims) => ({ claims, key: strangersKey() }),
  'signed by a key that nobody knows': (claims) => ({ claims, header: { alg: 'RS256', kid: 'unknown' } }),
  'not signed': (claims) => ({ claims, header: { alg: 'none' }, key: 'none' }),
  'signed with the secret': (claims) => ({ claims, header: { alg: 'HS256' }, key: 'the secret' }),
}

test('no lie of a token begins a session, and the truth does', async () => {
  await using at = await house()
  for (const [lie, token] of Object.entries(LIES)) {
    const begun = await at.begin()
    at.liar.token = (usual) => token({ ...usual, nonce: begun.nonce, ...ANN }, at.liar)
    const { status, body } = await at.comeBack(begun)
    assert.equal(status, 502, lie)
    assert.match(String(body), /is not to be believed/, lie)
    assert.equal(at.sessions(), 0, lie)
  }
  assert.equal(at.failures.length, Object.keys(LIES).length)
  assert.equal((await at.login(ANN)).status, 200, at.failures.at(-1))
  assert.equal(at.sessions(), 1)
})

test('a login is of one browser, one provider and ten minutes; answers of another provider, or of nobody, begin none', async () => {
  await using at = await house()
  at.book.providers.add(providerOf('other', at.liar.issuer), null)
  const begun = await at.begin()
  assert.deepEqual(
    ['response_type', 'code_challenge_method', 'redirect_uri'].map((name) => begun.sentTo.searchParams.get(name)),
    ['code', 'S256', `${PANEL}/login/oidc/company/callback`],
  )
  at.liar.token = (usual) => ({ claims: { ...usual, nonce: begun.nonce, ...ANN } })
  const refusals = [
    at.comeBack({ ...begun, cookie: '' }),
    at.comeBack({ ...begun, cookie: '__Host-hms-oidc=AAAA' }),
    at.comeBack({ ...begun, cookie: (await at.begin('other')).cookie }),
    at.comeBack(begun, {}, 'other'),
    at.comeBack({ ...begun, state: 'another' }),
    // Of another provider (mix-up, rfc:9207), or of one that does not say who it is although it said that it would.
    at.comeBack(begun, { iss: 'https://other.example' }),
    at.get(`/login/oidc/company/callback?code=code&state=${begun.state}`, begun.cookie),
    at.get(`/login/oidc/company/callback?code=a&code=b&state=${begun.state}&iss=${encodeURIComponent(at.liar.issuer)}`, begun.cookie),
    at.comeBack(begun, { error: 'access_denied' }),
  ]
  const statuses = (await Promise.all(refusals)).map(({ status }) => status)
  assert.deepEqual(statuses, [400, 400, 400, 400, 400, 502, 502, 502, 403])
  assert.equal((await at.get('/login/oidc/nobody')).status, 404)
  assert.equal((await at.get('/login/oidc/company', undefined, false)).status, 403)
  at.clock.pass(10 * 60_000)
  assert.equal((await at.comeBack(begun)).status, 400)
  assert.equal(at.sessions(), 0)
  // A page, which says no more than a person can use and nothing that came from outside as it is.
  const page = await at.comeBack(await at.begin(), { error: '<script>' })
  assert.match(String(page.headers['content-type']), /html/)
  assert.doesNotMatch(String(page.body), /<script>/)
})

test('a provider at a private address, under another name, without TLS, with too much to say or elsewhere to go is asked for nothing', async () => {
  await using at = await house()
  const refused = async (why: RegExp): Promise<void> => {
    const { status } = await at.get('/login/oidc/company')
    assert.equal(status, 502)
    assert.match(at.failures.at(-1) ?? '', why)
    // What failed is not asked for again at once, whoever wants it.
    const asked = at.liar.asked.length
    assert.equal((await at.get('/login/oidc/company')).status, 502)
    assert.equal(at.liar.asked.length, asked)
    at.clock.pass(5000)
  }
  at.change({ private: false })
  await refused(/without TLS|HTTPS/)
  at.book.providers.set(providerOf('company', 'https://127.0.0.1:1', { private: false }))
  await refused(/no address that may be connected to/)
  assert.equal(at.liar.asked.length, 0)
  at.change({})
  at.liar.about = (usual) => ({ ...usual, issuer: 'https://other.example' })
  await refused(/issuer/i)
  at.liar.answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  await refused(/./)
  at.liar.answer = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(300_000)}"`)
  await refused(/larger than/)
  at.liar.answer = null
  // What it says of itself is remembered; where it sends us to then is looked at each time.
  at.liar.about = (usual) => ({ ...usual, token_endpoint: 'http://192.0.2.1/token', userinfo_endpoint: undefined })
  assert.equal((await at.login(ANN)).status, 502)
  assert.match(at.failures.at(-1) ?? '', /without TLS/)
  assert.equal(at.sessions(), 0)
})

test('people are known by a verified address once and by the subject from then on; who was removed stays away, and what is switched off ends', async () => {
  await using at = await house()
  const why = async (claims: Record<string, unknown>): Promise<string> => {
    const { status, body } = await at.login(claims)
    assert.equal(status, 403)
    return String(body)
  }
  assert.match(await why({ email: 'ann@example.com' }), /verified/)
  assert.match(await why({ email: 'ann@example.com', email_verified: false }), /verified/)
  assert.match(await why({ email: 'bob@example.com', email_verified: true }), /no user/)
  // Told only at a further call, and only of the address that it verified.
  at.liar.userinfo = { sub: 'subject', email: 'bob@example.com', email_verified: true }
  assert.match(await why({ email: 'ann@example.com', email_verified: false }), /verified/)
  at.liar.userinfo = { sub: 'somebody else', ...ANN }
  assert.equal((await at.login({})).status, 502)
  at.liar.userinfo = { sub: 'subject', ...ANN }
  assert.equal((await at.login({})).status, 200)
  // The address is another's by now.
  at.liar.userinfo = { sub: 'subject' }
  assert.match(await why({ ...ANN, sub: 'new' }), /somebody else/)
  assert.equal((await at.login({ email: 'married@example.com', email_verified: true })).status, 200)
  assert.deepEqual(new Set(at.book.sessions({}, at.clock.now()).map(({ user }) => user)), new Set(['ann@example.com']))

  const begun = await at.begin()
  at.change({ enabled: false })
  assert.equal(at.sessions(), 0)
  assert.equal((await at.comeBack(begun)).status, 404)
  at.change({ makes: true, role: 'viewer', domains: ['example.com'] })
  const bob = { sub: 'bob', email: 'Bob@Example.com', email_verified: true }
  assert.match(await why({ ...bob, email: 'bob@example.com.evil' }), /not let in/)
  assert.equal((await at.login(bob)).status, 200)
  assert.equal(at.book.user('bob@example.com')?.role, 'viewer')
  at.book.removeUser('bob@example.com')
  assert.equal(at.sessions(), 0)
  assert.match(await why(bob), /was removed/)
  at.book.addUser({ name: 'bob@example.com', role: 'operator', account: null, at: 1 })
  assert.equal((await at.login(bob)).status, 200)
  assert.deepEqual(at.changes, ['oidc:company user made at login bob@example.com null viewer'])
  // Forgotten, another one who proves the address is let in.
  at.book.providers.unlink('company', 'bob@example.com')
  assert.equal(at.sessions(), 0)
  assert.equal((await at.login({ ...bob, sub: 'new bob' })).status, 200)
})

test('a claim gives the role at each login, lower too; an account keeps to itself; a second factor counts where the owner says so', async () => {
  const roles = { admins: 'owner', staff: 'viewer' } as const
  await using at = await house({ claim: 'groups', roles, makes: true, domains: ['example.com'] })
  const bob = { sub: 'bob', email: 'bob@example.com', email_verified: true }
  assert.equal((await at.login({ ...bob, groups: ['toString', 'others'] })).status, 403)
  assert.equal(at.book.user('bob@example.com'), undefined)
  assert.equal((await at.login({ ...bob, groups: ['staff', 'admins'] })).status, 200)
  assert.equal(at.book.user('bob@example.com')?.role, 'owner')
  assert.equal((await at.login({ ...bob, groups: 'staff' })).status, 200)
  assert.equal(at.book.user('bob@example.com')?.role, 'viewer')
  const { status, body } = await at.login({ ...ANN, groups: ['staff'] })
  assert.deepEqual([status, at.book.user('ann@example.com')?.role], [403, 'owner'])
  assert.match(String(body), /last owner/)

  const cookieOf = ({ headers }: Answered): string => /=([\w-]{43});/.exec(headers['set-cookie'] ?? '')?.[1] ?? ''
  const fresh = async (claims: object) => {
    const { hashOfSecret } = await import('../../policy/access/access-names.ts')
    return at.book.session(hashOfSecret(cookieOf(await at.login({ ...bob, groups: 'staff', ...claims }))), at.clock.now())?.fresh
  }
  const seconds = Math.floor(Date.now() / 1000)
  assert.equal(await fresh({ amr: ['mfa'], auth_time: seconds }), null)
  at.change({ secondFactor: ['mfa'] })
  assert.equal((await at.begin()).sentTo.searchParams.get('max_age'), '43200')
  assert.equal(await fresh({ amr: ['pwd'], auth_time: seconds }), null)
  assert.equal(await fresh({ amr: ['pwd', 'mfa'], auth_time: seconds }), Math.min(seconds * 1000, at.clock.now()))
  assert.equal((await at.login({ ...bob, groups: 'staff', auth_time: seconds - 13 * 3600 })).status, 502)

  at.change({ account: 1001 as AccountId })
  assert.equal((await at.login({ ...bob, groups: 'staff' })).status, 403)
  assert.equal((await at.login({ sub: 'eve', email: 'eve@example.com', email_verified: true, groups: 'staff' })).status, 200)
  assert.equal(at.book.user('eve@example.com')?.account, 1001)
})

test('where the owner trusts addresses that nobody verified, they count but for owners; who is linked by hand needs none', async () => {
  await using at = await house({ trustsEmail: true, domains: ['example.com'] })
  const said = async (claims: Record<string, unknown>): Promise<string> => {
    const { status, body } = await at.login(claims)
    return status === 200 ? 'in' : `${status} ${String(body)}`
  }
  at.book.addUser({ name: 'bob@example.com', role: 'operator', account: null, at: 1 })
  at.liar.userinfo = { sub: 'bob' }
  const bob = { sub: 'bob', email: 'Bob@example.com' }
  assert.match(await said({ ...bob, email_verified: false }), /^403/)
  // It says so only at a further call.
  at.liar.userinfo = { sub: 'bob', email: 'bob@example.com', email_verified: false }
  assert.match(await said(bob), /^403/)
  at.liar.userinfo = { sub: 'bob' }
  assert.match(await said({ ...bob, email: 'bob@other.example' }), /^403/)
  assert.equal(await said(bob), 'in')
  at.liar.userinfo = { sub: 'ann & co' }
  assert.match(await said({ sub: 'ann & co', email: 'ann@example.com' }), /nobody verified[^]*calls you ann &amp; co/)
  at.book.providers.link('company', 'ann & co', 'ann@example.com')
  assert.equal(await said({ sub: 'ann & co', email: 'ann@example.com' }), 'in')
  assert.match(await said({ sub: 'ann & co', email: 'ann@other.example' }), /not let in/)
  assert.match(await said({ sub: 'ann & co' }), /does not tell your address/)
  at.change({ trustsEmail: false, domains: [] })
  assert.equal(await said({ sub: 'ann & co' }), 'in')
  assert.match(at.failures.at(-1) ?? '', /"ann & co"/)
})

test('no provider takes the role of the last owner who can log in, who may have a passkey alone, nor its only other way in', async () => {
  await using at = await house({ claim: 'groups', roles: { staff: 'viewer' } })
  at.book.addUser({ name: 'zoe@example.com', role: 'owner', account: null, at: 1 })
  const passkey = { id: 'x', name: 'phone', host: 'mta.example', key: new Uint8Array(), counter: 0, transports: [], synced: false }
  at.book.passkeys.add({ ...passkey, user: 'zoe@example.com', madeAt: 1 }, null)
  at.book.setRole('ann@example.com', 'operator')
  const zoe = { sub: 'zoe', email: 'zoe@example.com', email_verified: true }
  assert.match(String((await at.login({ ...zoe, groups: 'staff' })).body), /last owner who can log in/)
  assert.equal(at.book.user('zoe@example.com')?.role, 'owner')
  at.change({ claim: null, roles: {}, only: true })
  assert.match(String((await at.login(zoe)).body), /last owner who can log in without/)
  assert.equal(at.book.user('zoe@example.com')?.onlyBy, null)
  at.change({ claim: null, roles: {}, only: false, sessionHours: 1 })
  const { status, headers } = await at.login(zoe)
  assert.equal(status, 200)
  assert.match(headers['set-cookie'] ?? '', /Max-Age=3600;/)
})

test('who has an only way in is not let in by another provider', async () => {
  await using at = await house()
  at.book.addUser({ name: 'bob@example.com', role: 'operator', account: null, at: 1 })
  at.book.providers.add(providerOf('strict', at.liar.issuer, { only: true }), null)
  const bob = { sub: 'bob', email: 'bob@example.com', email_verified: true }
  assert.equal((await at.login(bob)).status, 200)
  assert.equal((await at.login(bob, 'strict')).status, 200)
  assert.equal(at.sessions(), 1, 'the one of before has ended')
  assert.equal((await at.login(bob)).status, 403)
})
