// Access to the management API on a real server: users with roles, sessions, management keys; and that what is taken away is gone at the next call.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Me, SessionView, UserView } from '../src/contract/access.ts'
import type { CredentialView } from '../src/contract/account-operations.ts'
import type { ProblemDocument } from '../src/contract/management/errors.ts'
import { inject } from '../testkit/injecting.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

interface Told<T> {
  readonly status: number
  readonly body: T
  readonly cookie: string | undefined
}

interface Given {
  readonly key?: string
  readonly cookie?: string | undefined
  readonly body?: unknown
  readonly origin?: string
}

/** `what`: method and path. A browser says where its page is from. */
async function call<T>(server: TestServer, what: string, { key, cookie, body, origin }: Given = {}): Promise<Told<T>> {
  const [method = '', path = ''] = what.split(' ')
  const base = `http://127.0.0.1:${server.panelPort}`
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(cookie !== undefined && { cookie, origin: origin ?? base }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const cookieSet = response.headers.get('set-cookie')?.split(';')[0]
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T, cookie: cookieSet }
}

async function codeOf(server: TestServer, what: string, given: Given): Promise<string> {
  return (await call<ProblemDocument>(server, what, given)).body.code
}

async function login(server: TestServer, user: string, password: string): Promise<string> {
  const { status, cookie, body } = await call(server, 'POST /login', { body: { user, password } })
  assert.equal(status, 200, JSON.stringify(body))
  return cookie ?? assert.fail('no cookie')
}

/** A user whose password was set by the link. */
async function user(server: TestServer, name: string, ...options: readonly string[]): Promise<string> {
  const { link } = await server.hms<{ link: { token: string } }>('user', 'add', name, ...options)
  const password = `the password of ${name}`
  assert.equal((await call(server, 'POST /login/first', { body: { token: link.token, password } })).status, 200)
  assert.equal(await codeOf(server, 'POST /login/first', { body: { token: link.token, password } }), 'link-over')
  return password
}

test('the administrator of hms init logs in; users get a link, roles and sessions change at the next call, the last owner stays', async () => {
  await using server = await startServer()
  const { admin } = server
  const owner = await login(server, admin.user, admin.password)
  assert.match(owner, /^hms=[\w-]{43}$/)
  assert.equal((await call<Me>(server, 'GET /me', { cookie: owner })).body.role, 'owner')
  assert.equal(await codeOf(server, 'GET /me', {}), 'not-authenticated')
  assert.equal(await codeOf(server, 'POST /login', { body: { user: admin.user, password: 'wrong' } }), 'login-failed')
  assert.equal(await codeOf(server, 'POST /login', { body: { user: 'nobody', password: 'wrong' } }), 'login-failed')

  const password = await user(server, 'ann', '--role', 'operator')
  const ann = await login(server, 'ANN', password)
  assert.equal(await codeOf(server, 'GET /users', { cookie: ann }), 'not-allowed')
  // A page of another server, or none.
  assert.equal(await codeOf(server, 'PATCH /accounts/1001', { cookie: ann, body: {}, origin: 'https://evil.example' }), 'wrong-origin')

  assert.equal((await call(server, 'PATCH /users/ann', { cookie: owner, body: { role: 'administrator' } })).status, 200)
  assert.equal((await call(server, 'GET /users', { cookie: ann })).status, 200)
  assert.equal(await codeOf(server, 'PATCH /users/ann', { cookie: ann, body: { role: 'owner' } }), 'not-allowed')
  assert.equal(await codeOf(server, `DELETE /users/${admin.user}`, { cookie: ann }), 'not-allowed')
  assert.equal(await codeOf(server, `POST /users/${admin.user}/password`, { cookie: ann }), 'not-allowed')
  assert.equal(await codeOf(server, `PATCH /users/${admin.user}`, { cookie: owner, body: { role: 'viewer' } }), 'last-owner')
  // Whoever found the session does not know the password.
  assert.equal(await codeOf(server, `POST /users/${admin.user}/password`, { cookie: owner }), 'not-allowed')
  assert.equal(await codeOf(server, `DELETE /users/${admin.user}`, { cookie: owner }), 'last-owner')

  const second = await login(server, 'ann', password)
  assert.notEqual(second, ann)
  const { body: own } = await call<{ data: SessionView[] }>(server, 'GET /me/sessions', { cookie: ann })
  assert.equal(own.data.length, 2)
  assert.deepEqual((await call(server, 'DELETE /me/sessions', { cookie: second })).body, { ended: 1 })
  assert.equal(await codeOf(server, 'GET /me', { cookie: ann }), 'not-authenticated')
  assert.equal((await call(server, 'GET /me', { cookie: second })).status, 200)
  await server.hms('session', 'end', '--user', 'ann')
  assert.equal(await codeOf(server, 'GET /me', { cookie: second }), 'not-authenticated')

  const third = await login(server, 'ann', password)
  const change = { password, next: 'another one of ann' }
  assert.equal(await codeOf(server, 'PUT /me/password', { cookie: third, body: { ...change, password: 'no' } }), 'wrong-password')
  assert.equal((await call(server, 'PUT /me/password', { cookie: third, body: change })).status, 200)
  assert.equal(await codeOf(server, 'POST /login', { body: { user: 'ann', password } }), 'login-failed')
  await server.hms('user', 'rm', 'ann')
  assert.equal(await codeOf(server, 'GET /me', { cookie: third }), 'not-authenticated')
  assert.equal((await call(server, 'POST /logout', { cookie: owner })).status, 200)
  assert.equal(await codeOf(server, 'GET /me', { cookie: owner }), 'not-authenticated')
  assert.doesNotMatch(server.output(), /the password of|another one of/)
})

test('management keys: role, scopes, account, networks; what is removed is refused at the next call; last use is told', async () => {
  await using server = await startServer()
  const add = async (name: string, ...options: readonly string[]): Promise<string> =>
    (await server.hms<{ secret: string }>('key', 'add', name, ...options)).secret
  const all = await add('all', '--role', 'administrator', '--expires', '1d')
  assert.match(all, /^hms_mgmt_[\w-]{43}$/)
  const queue = await add('graphs', '--role', 'viewer', '--scope', 'queue:read')
  const away = await add('away', '--role', 'viewer', '--network', '192.0.2.0/24')
  const shop = await add('shop', '--role', 'administrator', '--account', '1001')
  assert.equal((await call(server, 'GET /accounts', { key: all })).status, 200)
  assert.equal(await codeOf(server, 'GET /accounts', { key: queue }), 'not-in-scope')
  assert.equal(await codeOf(server, 'GET /accounts', { key: away }), 'network-not-allowed')
  assert.equal(await codeOf(server, 'POST /logout', { key: all, body: {} }), 'not-for-keys')

  // Nobody makes what may do more than himself.
  assert.equal(await codeOf(server, 'POST /keys', { key: all, body: { name: 'x', role: 'owner' } }), 'not-allowed')
  assert.equal((await call(server, 'POST /keys', { key: shop, body: { name: 'x', role: 'viewer' } })).status, 201)
  assert.equal((await server.call('key.show', { name: 'x' })).account, 1001)
  assert.equal(await codeOf(server, 'GET /keys/all', { key: shop }), 'not-found')
  assert.equal(await codeOf(server, 'DELETE /users/admin', { key: shop }), 'not-found')
  assert.deepEqual((await call<{ data: UserView[] }>(server, 'GET /users', { key: shop })).body.data, [])

  assert.notEqual((await server.call('key.show', { name: 'all' })).lastUse, null)
  await server.hms('key', 'rm', 'all')
  assert.equal(await codeOf(server, 'GET /accounts', { key: all }), 'not-authenticated')
})

test('who may log in is in backups and stays as it is in a restore, without sessions of then; doctor knows the format', async () => {
  using folder = temporaryFolder()
  await using server = await startServer()
  const backup = join(folder.path, 'home.zip')
  const password = await user(server, 'ann', '--role', 'viewer')
  const cookie = await login(server, 'ann', password)
  await server.hms('backup', '--to', backup)
  await server.hms('key', 'add', 'since', '--role', 'viewer')
  assert.match((await server.run('doctor')).stdout, /access/)
  assert.equal(await server.stop(), 0)
  const keys = async (): Promise<string[]> => (await server.hms<{ name: string }[]>('key', 'ls')).map(({ name }) => name)

  await server.hms('restore', backup, '--yes')
  assert.deepEqual(await keys(), ['since'])
  for (const name of ['access.db', 'access.db-wal', 'access.db-shm']) rmSync(join(server.home, name), { force: true })
  await server.hms('restore', backup, '--yes')
  assert.deepEqual(await keys(), [])
  assert.deepEqual(await server.hms('session', 'ls'), [])
  await server.startAgain()
  assert.equal(await codeOf(server, 'GET /me', { cookie }), 'not-authenticated')
  await login(server, 'ann', password)
})

test('a login and a key of mail expire in sessions that are open, and tell when they were last used', async () => {
  await using server = await startServer({ config: { 'smtp.plain_auth': 'true' } })
  const { user: name, password } = server.account
  const message = { from: 'me@example.com', to: ['success@simulator.hms.test'], subject: 'hello', text: 'hello' }
  const handIn = async (): Promise<number> => (await inject(server, '/v1/messages', message)).status
  const shown = async (who: string): Promise<CredentialView> =>
    (await server.call('credential.list', {})).find((one) => one.user === who) ?? assert.fail(who)
  assert.equal((await shown(name)).lastUse, null)
  using client = await SmtpClient.open(server.smtpPort)
  const auth = `AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString('base64')}`
  assert.equal((await client.command(auth)).code, 235)
  assert.ok((await handIn()) < 300)
  await until(async () => (await shown(name)).lastUse !== null && (await shown('api:first')).lastUse !== null)

  const expiresAt = Date.now() + 1000
  for (const who of [name, 'api:first']) await server.call('credential.set', { user: who, expiresAt })
  assert.equal((await shown(name)).expiresAt, expiresAt)
  await until(async () => {
    const { code } = await client.command('MAIL FROM:<me@example.com>')
    await client.command('RSET')
    return code === 530
  })
  await until(async () => (await handIn()) === 401)
  assert.ok(Date.now() >= expiresAt)
  using again = await SmtpClient.open(server.smtpPort)
  assert.equal((await again.command(auth)).code, 535)
  await server.hms('credential', 'set', name, '--expires', 'never')
  await server.settled()
  using last = await SmtpClient.open(server.smtpPort)
  assert.equal((await last.command(auth)).code, 235)
})
