// What was tried on logins by a provider: by strangers, by pages of others, by people who have accounts there, and by the provider itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../testkit/patience.ts'
import { ANN, loginHouse as house, PANEL, providerOf } from '../../../testkit/login-house.ts'
import { startOidcLiar } from '../../../testkit/oidc-liar.ts'

test('an address that only looks like a user`s, in letters of others, is nobody`s', async () => {
  await using at = await house({ makes: true, role: 'viewer', domains: ['example.com', 'k.example'] })
  at.book.addUser({ name: 'kay@example.com', role: 'administrator', account: null, at: 1 })
  at.liar.userinfo = { sub: 'eve' }
  // The Kelvin sign, whose small letter is a k; fullwidth letters; what is no address.
  for (const email of [
    '\u212aay@example.com',
    'kay@exam\uff50le.com',
    'eve@\u212a.example',
    'kay@example.com\0',
    'kay@example.com ',
    '\u200bkay@example.com',
  ]) {
    const { status } = await at.login({ sub: 'eve', email, email_verified: true })
    assert.equal(status, 403, JSON.stringify(email))
  }
  for (const email of [['kay@example.com'], { toString: 'kay@example.com' }, null, 7])
    assert.equal((await at.login({ sub: 'eve', email, email_verified: true })).status, 403)
  for (const verified of ['true', 1, 'false', {}, [true]])
    assert.equal((await at.login({ sub: 'eve', email: 'kay@example.com', email_verified: verified })).status, 403, JSON.stringify(verified))
  assert.equal(at.sessions(), 0)
  assert.equal((await at.login({ sub: 'kay', email: 'KAY@Example.Com', email_verified: true })).status, 200)
})

test('a page of another server that sends a browser to the end of a login again and again locks nobody out', async () => {
  await using at = await house({}, 5)
  const from = '192.0.2.7'
  const { headers } = await at.get('/login/oidc/company', undefined, true, from)
  const cookie = headers['set-cookie']?.split(';')[0]
  for (let n = 0; n < 30; n++) {
    const { status } = await at.get(`/login/oidc/company/callback?code=x&state=guess${n}`, cookie, true, from)
    assert.equal(status, 400)
  }
  assert.deepEqual(
    at.liar.asked.filter((path) => path === '/token'),
    [],
  )
  const begun = await at.begin()
  at.liar.token = (usual) => ({ claims: { ...usual, nonce: begun.nonce, ...ANN } })
  const query = new URLSearchParams({ code: 'code', state: begun.state, iss: at.liar.issuer }).toString()
  assert.equal((await at.get(`/login/oidc/company/callback?${query}`, begun.cookie, true, from)).status, 200)
})

test('a code that was taken once, with the cookie that began it, begins no second session where the provider takes codes once', async () => {
  await using at = await house()
  const begun = await at.begin()
  at.liar.token = (usual) => ({ claims: { ...usual, nonce: begun.nonce, ...ANN } })
  assert.equal((await at.comeBack(begun)).status, 200)
  at.liar.answer = (_request, response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
  assert.equal((await at.comeBack(begun)).status, 502)
  assert.equal(at.sessions(), 1)
  // Another login of the same browser: its answer is not that of the first.
  at.liar.answer = null
  const other = await at.begin()
  assert.equal((await at.comeBack({ ...begun, cookie: other.cookie })).status, 400)
  assert.equal((await at.comeBack({ ...other, state: other.state, cookie: begun.cookie })).status, 400)
  assert.equal((await at.comeBack({ ...other })).status, 502, 'the nonce of the first')
  assert.equal(at.sessions(), 1)
})

test('a provider that answers slowly, and strangers of one network, keep nobody from another provider', async () => {
  await using at = await house()
  await using slow = await startOidcLiar()
  at.book.providers.add(providerOf('slow', slow.issuer), null)
  slow.answer = () => {}
  const waiting = Array.from({ length: 8 }, () => at.get('/login/oidc/slow', undefined, true, '192.0.2.7'))
  const ninth = await at.get('/login/oidc/slow', undefined, true, '192.0.2.7')
  assert.equal(ninth.status, 503)
  waiting.push(...Array.from({ length: 12 }, () => at.get('/login/oidc/slow')))
  assert.equal((await at.get('/login/oidc/slow')).status, 503)
  await until(() => slow.asked.length > 0)
  assert.equal((await at.login(ANN)).status, 200, at.failures.at(-1))
  slow.answer = (_request, response) => response.writeHead(500).end()
  await slow[Symbol.asyncDispose]()
  for (const { status } of await Promise.all(waiting)) assert.equal(status, 502)
  // What was asked once was asked for all.
  assert.equal(slow.asked.length, 1)
})

test('nothing that comes with a login says where the browser goes then', async () => {
  await using at = await house()
  const { headers } = await at.get(
    '/login/oidc/company?returnTo=https://evil.example&redirect_uri=https://evil.example&next=//evil.example',
  )
  const sentTo = new URL(headers['location'] ?? '')
  assert.equal(sentTo.origin, at.liar.issuer)
  assert.equal(sentTo.searchParams.get('redirect_uri'), `${PANEL}/login/oidc/company/callback`)
  assert.doesNotMatch(sentTo.href, /evil/)
  const begun = await at.begin()
  at.liar.token = (usual) => ({ claims: { ...usual, nonce: begun.nonce, ...ANN } })
  const { status, body } = await at.comeBack(begun, { returnTo: 'https://evil.example', next: '//evil.example' })
  assert.equal(status, 200)
  assert.match(String(body), /content="0;url=\/"/)
  assert.doesNotMatch(String(body), /evil/)
})

test('a provider that takes other keys is believed once it was asked for them anew; the old key counts no more', async () => {
  await using at = await house()
  assert.equal((await at.login(ANN)).status, 200)
  at.liar.rotate()
  // Whoever signs with a key that nobody knows cannot have the provider asked again and again.
  assert.equal((await at.login(ANN)).status, 502)
  assert.equal((await at.login(ANN)).status, 502)
  assert.ok(at.liar.asked.filter((path) => path === '/jwks').length <= 2)
  at.clock.pass(3600_000)
  assert.equal((await at.login(ANN)).status, 200, at.failures.at(-1))
})

test('a way out of the provider is for some minutes, for that provider, and leads nowhere but to what it says of itself with TLS', async () => {
  await using at = await house()
  at.book.providers.add(providerOf('other', at.liar.issuer), null)
  const wayOut = async (): Promise<string> => {
    at.book.endSessions({})
    assert.equal((await at.login(ANN)).status, 200)
    const [session] = at.book.sessions({}, at.clock.now())
    return at.logouts.leave(session?.id ?? '', at.clock.now()) ?? assert.fail('no way out')
  }
  assert.equal(at.logouts.leave('none', at.clock.now()), null)
  // It has none.
  assert.equal((await at.get(await wayOut())).status, 200)
  const late = await wayOut()
  at.clock.pass(5 * 60_000)
  assert.equal((await at.get(late)).status, 400)
  const mine = await wayOut()
  assert.equal((await at.get(mine.replace('company', 'other'))).status, 400)
  assert.equal((await at.get(mine)).status, 400, 'it was shown')
  at.clock.pass(3600_000)
  at.liar.about = (usual) => ({ ...usual, end_session_endpoint: 'http://192.0.2.1/out' })
  assert.equal((await at.get(await wayOut())).status, 502)
  assert.match(at.failures.at(-1) ?? '', /without TLS/)
})
