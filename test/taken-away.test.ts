// What is taken away from somebody is gone on every process, in what is open too: sessions, keys and streams of the management API at the desk, logins
// and keys of mail at each worker. Each kind of change is in a table, so that one that is forgotten is seen.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { test } from 'node:test'
import type { Status } from '../src/contract/operations.ts'
import type { PasswordLink } from '../src/contract/access.ts'
import { inject } from '../testkit/injecting.ts'
import { callApi, type Told } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

const baseOf = (server: TestServer): string => `http://127.0.0.1:${server.panelPort}`

/** As it goes on; `end`: what it was told at last. */
async function followed(
  server: TestServer,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly end: Promise<string> }> {
  const asked = request(`${baseOf(server)}/api/v1${path}`, { headers: { ...headers, accept: 'text/event-stream' }, agent: false })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  let text = ''
  response.on('data', (piece: Buffer) => (text += piece.toString()))
  const end = once(response, 'end').then(() => /event: end\ndata: (.*)/.exec(text)?.[1] ?? 'no word')
  await until(() => text.includes('retry:'), 'the stream')
  return { end }
}

/** A person with a browser at the server. */
class Person {
  readonly name: string
  readonly password: string
  readonly #server: TestServer

  private constructor(server: TestServer, name: string) {
    this.#server = server
    this.name = name
    this.password = `the password of ${name}`
  }

  static async added(server: TestServer, name: string, account?: number): Promise<Person> {
    const person = new Person(server, name)
    const target = account === undefined ? [] : ['--account', String(account)]
    const { link } = await server.hms<{ link: PasswordLink }>('user', 'add', name, '--role', 'operator', ...target)
    await person.setsPassword(link.token)
    return person
  }

  async setsPassword(token: string): Promise<void> {
    const body = { token, password: this.password }
    assert.equal((await callApi(baseOf(this.#server), 'POST /login/first', { body })).status, 200)
  }

  /** The headers of a session. */
  async login(): Promise<Readonly<Record<string, string>>> {
    const { status, headers } = await callApi(baseOf(this.#server), 'POST /login', { body: { user: this.name, password: this.password } })
    assert.equal(status, 200)
    return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', origin: baseOf(this.#server) }
  }
}

type Taking = (server: TestServer, person: Person, headers: Readonly<Record<string, string>>) => Promise<unknown>

async function api(server: TestServer, what: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<Told> {
  const told = await callApi(baseOf(server), what, { headers, ...(body !== undefined && { body }) })
  assert.ok(told.status < 300, `${what}: ${told.status} ${told.text}`)
  return told
}

/** What ends what a session may, and as what it is told. */
const OF_SESSIONS: Readonly<Record<string, readonly [Taking, code: string]>> = {
  'it is ended by its user elsewhere': [
    async (server, person) => api(server, 'DELETE /me/sessions', await person.login()),
    'not-authenticated',
  ],
  'its user logs out': [async (server, _person, headers) => api(server, 'POST /logout', headers), 'not-authenticated'],
  'it is ended by its id': [
    async (server, { name }) => {
      for (const { id } of await server.call('session.list', { user: name })) await server.hms('session', 'end', id)
    },
    'not-authenticated',
  ],
  'all of the user are ended': [(server, { name }) => server.hms('session', 'end', '--user', name), 'not-authenticated'],
  'the role is a lower one': [(server, { name }) => server.hms('user', 'set', name, '--role', 'viewer'), 'not-allowed'],
  'the role is back, and the factors are taken away': [
    async (server, { name }) => server.hms('user', 'factors', name),
    'not-authenticated',
  ],
  'another password is set by a link': [
    async (server, person) => person.setsPassword((await server.hms<PasswordLink>('user', 'password', person.name)).token),
    'not-authenticated',
  ],
  'a provider becomes the only way in': [
    async (server, { name }) => {
      const given = { name: 'company', issuer: 'https://login.example.com', clientId: 'hms', panel: 'https://mta.example.com', only: true }
      await server.call('provider.add', given)
      await server.call('provider.link', { name: 'company', user: name, subject: 'person' })
    },
    'not-authenticated',
  ],
  'the user is removed': [
    async (server, { name }) => {
      await server.hms('user', 'rm', name)
    },
    'not-authenticated',
  ],
}

/** The stream that is open: the dialog of connections is for operators. */
const OPEN: Readonly<Record<string, string>> = { 'not-authenticated': '/status', 'not-allowed': '/trace' }

test('whatever takes a session or its role away ends its streams, and holds at the next call', async () => {
  await using server = await startServer()
  const person = await Person.added(server, 'ann')
  for (const [what, [take, code]] of Object.entries(OF_SESSIONS)) {
    if ((await server.call('user.show', { name: 'ann' })).role !== 'operator')
      await server.call('user.set', { name: 'ann', role: 'operator' })
    if ((await server.call('user.show', { name: 'ann' })).onlyBy !== null)
      await server.call('provider.unlink', { name: 'company', user: 'ann' })
    const headers = await person.login()
    const { end } = await followed(server, OPEN[code] ?? '', headers)
    await take(server, person, headers)
    // The next call, at once; the stream, when it next asks.
    const { status, text } = await callApi(baseOf(server), `GET ${OPEN[code]}`, { headers })
    assert.ok([401, 403].includes(status), `${what}: ${status} ${text}`)
    assert.equal((JSON.parse(await end) as { code: string }).code, code, what)
  }
})

test('keys that are removed or expire, and sessions of an account, end with their streams', async () => {
  await using server = await startServer()
  const keyed = async (name: string, expiresAt?: number): Promise<Readonly<Record<string, string>>> => {
    const { secret } = await server.call('key.add', { name, role: 'viewer', ...(expiresAt !== undefined && { expiresAt }) })
    return { authorization: `Bearer ${secret}` }
  }
  const codeOf = async (headers: Readonly<Record<string, string>>): Promise<string> =>
    ((await callApi(baseOf(server), 'GET /status', { headers })).body as { code?: string }).code ?? 'in'
  const removed = await keyed('removed')
  const streams = [await followed(server, '/status', removed), await followed(server, '/events/tail', removed)]
  await server.call('key.remove', { name: 'removed' })
  assert.equal(await codeOf(removed), 'not-authenticated')
  for (const { end } of streams) assert.equal((JSON.parse(await end) as { code: string }).code, 'not-authenticated')

  const end = Date.now() + 5000
  const expiring = await keyed('expiring', end)
  const stream = await followed(server, '/status', expiring)
  assert.equal((JSON.parse(await stream.end) as { code: string }).code, 'not-authenticated')
  assert.ok(Date.now() >= end, 'not before')
  assert.equal(await codeOf(expiring), 'not-authenticated')

  const bob = await Person.added(server, 'bob', 1001)
  const headers = await bob.login()
  const own = await followed(server, '/events/tail', headers)
  await server.hms('session', 'end', '--account', '1001')
  assert.equal(await codeOf(headers), 'not-authenticated')
  assert.equal((JSON.parse(await own.end) as { code: string }).code, 'not-authenticated')
})

const opened = ({ workers }: Status): readonly number[] => workers.map(({ inboundOpen }) => inboundOpen)

/** Sessions of a login, at each worker one at least. */
async function sessionsOf(server: TestServer, user: string, password: string, into: DisposableStack): Promise<readonly SmtpClient[]> {
  const auth = `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
  const before = opened(await server.status())
  const clients: SmtpClient[] = []
  const isEverywhere = async (): Promise<boolean> => opened(await server.status()).every((count, n) => count > (before[n] ?? 0))
  while (!(await isEverywhere())) {
    assert.ok(clients.length < 60, 'all of them came to one worker')
    const client = into.use(await SmtpClient.open(server.smtpPort))
    assert.equal((await client.command(auth)).code, 235)
    clients.push(client)
  }
  return clients
}

const codesOf = (clients: readonly SmtpClient[]): Promise<number[]> =>
  Promise.all(
    clients.map(async (client) => {
      const { code } = await client.command('MAIL FROM:<me@example.com>')
      await client.command('RSET')
      return code
    }),
  )

test('what is taken from a login or a key of mail, or from its account, is gone at each worker, in sessions that are open', async () => {
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true', 'auth.trusted': '127.0.0.0/8' } })
  using open = new DisposableStack()
  const { account } = await server.call('account.add', { name: 'Another' })
  const takings: Readonly<Record<string, readonly [take: (user: string) => Promise<unknown>, code: number]>> = {
    removed: [(user) => server.call('credential.remove', { user }), 530],
    expired: [(user) => server.call('credential.set', { user, expiresAt: Date.now() + 500 }), 530],
    'given another password': [
      (user) => server.call('credential.add', { account: account.id, user, password: 'another long password' }),
      530,
    ],
    'kept to a network': [
      (user) => server.call('credential.add', { account: account.id, user, password: 'the password of mail', networks: ['192.0.2.0/24'] }),
      530,
    ],
    'of a suspended account': [() => server.call('account.state', { id: account.id, state: 'suspended', reason: 'a test' }), 550],
  }
  const add = (user: string) => server.call('credential.add', { account: account.id, user, password: 'the password of mail' })
  const users = Object.keys(takings).map((_, n) => `login-${n}`)
  for (const user of users) await add(user)
  const { key } = (await server.call('credential.key', { account: account.id, kind: 'api' })) as { readonly key: string }
  await server.settled()
  const message = { from: 'me@example.com', to: ['success@simulator.hms.test'], subject: 'x', text: 'x' }
  const handIn = async (): Promise<number> => (await inject(server, '/v1/messages', message, { authorization: `Bearer ${key}` })).status
  assert.ok((await handIn()) < 300)
  for (const [n, [what, [take, code]]] of Object.entries(takings).entries()) {
    const user = users[n] ?? assert.fail()
    const clients = await sessionsOf(server, user, 'the password of mail', open)
    assert.deepEqual(new Set(await codesOf(clients)), new Set([250]), what)
    await take(user)
    await until(async () => (await codesOf(clients)).every((told) => told === code), what)
  }
  // Keys of calls, over connections that are new each: one after the other at both workers.
  const refusedEverywhere = async (): Promise<boolean> => {
    for (let n = 0; n < 12; n++) if ((await handIn()) < 400) return false
    return true
  }
  await until(refusedEverywhere, 'of a suspended account')
  await server.call('account.state', { id: account.id, state: 'active' })
  await until(async () => (await handIn()) < 300)
  const user = (await server.call('credential.list', { account: account.id })).find((one) => one.user.startsWith('api:'))?.user
  await server.call('credential.remove', { user: user ?? assert.fail('no key') })
  await until(refusedEverywhere, 'a key that was removed')
})
