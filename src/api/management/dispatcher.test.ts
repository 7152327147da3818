import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { Principal } from '../../contract/access.ts'
import { openapiDocument } from './openapi.ts'
import { NOT_SERVED, ROUTES } from '../../contract/management.ts'
import { jsonLog } from '../../base/log.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { ManagementApi } from './dispatcher.ts'
import { type CallBounds, CallLimits } from './limits.ts'
import { installation } from '../../../testkit/installation.ts'
import { principal, type ServedApi, serveApi } from '../../../testkit/management.ts'

interface Around {
  readonly made: ReturnType<typeof installation>
  readonly api: ServedApi
  readonly callers: Map<string, Principal>
}

async function served(use: (around: Around) => Promise<void>, bounds: Partial<CallBounds> = {}): Promise<void> {
  using made = installation()
  const callers = new Map([['owner', principal()]])
  await using api = await serveApi(made.operations, callers, bounds)
  await use({ made, api, callers })
}

const codeOf = (body: { readonly code: string }): string => body.code

test('an account is made, changed and shown by REST, and the audit names the caller', () =>
  served(async ({ api, made }) => {
    const added = await api.call('POST /accounts', { body: { name: 'Example' } })
    assert.equal(added.status, 201)
    const { account } = added.body as { account: { id: number; name: string } }
    const changed = await api.call(`PATCH /accounts/${account.id}`, { body: { delayNotices: true } })
    assert.equal(changed.status, 200)
    const shown = await api.call(`GET /accounts/${account.id}`)
    assert.equal((shown.body as { account: { delayNotices: boolean } }).account.delayNotices, true)
    assert.equal(made.settings.audit(1)[0]?.by, 'ann')
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff')
  }))

test('what is not there, not so, or too much is told as a problem', () =>
  served(async ({ api, callers }) => {
    const told = async (what: string, given?: Parameters<ServedApi['call']>[1]): Promise<string> => {
      const { status, headers, body } = await api.call(what, given)
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, what)
      assert.equal((body as { status: number }).status, status)
      return `${status} ${codeOf(body)}`
    }
    assert.equal(await told('GET /nothing'), '404 no-such-path')
    assert.equal(await told('GET /accounts/%ff'), '404 no-such-path')
    assert.equal(await told('DELETE /accounts'), '405 method-not-allowed')
    assert.equal(await told('GET /accounts', { key: 'stranger' }), '401 not-authenticated')
    assert.equal(await told('GET /accounts?colour=red'), '400 invalid-parameter')
    assert.equal(await told('GET /accounts?limit=1001'), '400 invalid-parameter')
    assert.equal(await told('GET /accounts?after=!'), '400 invalid-parameter')
    assert.equal(await told('GET /accounts/x'), '400 invalid-parameter')
    assert.equal(await told('GET /accounts/4711'), '404 no-account')
    assert.equal(await told('GET /credentials/nobody'), '404 not-found')
    assert.equal(await told('DELETE /credentials/nobody'), '404 not-found')
    assert.equal(await told('POST /accounts', { body: '{' }), '400 bad-json')
    assert.equal(await told('POST /accounts', { body: '[]' }), '400 bad-json')
    const { body: where } = await api.call('POST /accounts', { body: '{"name":"Shop"\n"state":"active"}' })
    assert.match((where as { detail: string }).detail, /line 2, column 1/)
    assert.equal(await told('POST /accounts', { body: 'name=x', headers: { 'content-type': 'text/plain' } }), '415 not-json')
    assert.equal(await told('POST /accounts', { body: `"${'x'.repeat(2 ** 20)}"` }), '413 too-large')
    assert.equal(await told('PATCH /accounts/1000', { body: { id: 1001 } }), '400 invalid-parameter')
    assert.equal(await told('POST /queue/retry', { body: { action: 'delete' } }), '400 invalid-parameter')
    assert.equal(await told('POST /rules/smart', { body: { document: '', unsigned: true } }), '400 invalid-parameter')
    callers.set('viewer', principal({ role: 'viewer' }))
    assert.equal(await told('POST /accounts', { key: 'viewer', body: { name: 'x' } }), '403 not-allowed')
    callers.set('key', principal({ scopes: ['queue:read'] }))
    assert.equal(await told('GET /accounts', { key: 'key' }), '403 not-in-scope')
    assert.equal((await api.call('GET /queue', { key: 'key' })).status, 200)
  }))

test('no other base is the API, nothing is said twice, and a cursor is no tree', () =>
  served(async ({ api }) => {
    const { status } = await fetch(`${api.base}/api/v2/accounts`, { headers: { authorization: 'Bearer owner' } })
    assert.equal(status, 404)
    assert.equal((await api.call('GET /accounts?limit=2&limit=3')).status, 400)
    for (const cursor of [
      [[[]], 1],
      [{}, 1],
      [1000, 'x'],
      [1000, 0.5],
    ]) {
      const after = Buffer.from(JSON.stringify(cursor)).toString('base64url')
      assert.equal((await api.call(`GET /accounts?after=${after}`)).status, 400, JSON.stringify(cursor))
    }
  }))

test('what takes too long keeps its place until it has ended', async () => {
  using made = installation()
  const clock = new FakeClock()
  const slow = Promise.withResolvers<[]>()
  const table = { 'account.list': () => slow.promise } as unknown as ReturnType<typeof made.operations.as>
  const access = { authenticate: async () => principal(), personal: async () => assert.fail('nobody logs in here') }
  const operations = { ...made.operations, as: () => table }
  const api = new ManagementApi({
    operations,
    access,
    limits: new CallLimits({ callsPerMinute: 1000, changesPerMinute: 1000 }, clock),
    clock,
    log: jsonLog('test', 'error', () => {}),
  })
  const request = { method: 'GET', query: '', headers: {}, client: '192.0.2.1', tls: null, isSecure: true, body: async () => null }
  const ask = async (): Promise<number> => (await api.handle({ ...request, path: '/api/v1/accounts' })).status
  const asked = Array.from({ length: 32 }, ask)
  await until(() => clock.timers === 32, 'calls under way')
  clock.pass(60_000)
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([504]))
  assert.equal(await ask(), 429)
  slow.resolve([])
  await slow.promise
  await until(async () => (await ask()) === 200, 'places')
})

test('a stream that cannot begin where it is to is refused, and takes no place', () =>
  served(async ({ api }) => {
    const headers = { accept: 'text/event-stream', 'last-event-id': '!' }
    for (let i = 0; i < 21; i++) assert.equal((await api.call('GET /events/tail', { headers })).status, 400)
  }))

test('of two changes that are bound to one ETag one is made, however their paths are written', () =>
  served(async ({ api }) => {
    const { account } = (await api.call('POST /accounts', { body: { name: 'Example' } })).body as { account: { id: number } }
    const path = `/accounts/${account.id}`
    const etag = (await api.call(`GET ${path}`)).headers.get('etag') ?? assert.fail('no ETag')
    const other = path.replace(/\d$/, (digit) => `%3${digit}`)
    const ask = (at: string, weight: number) => api.call(`PATCH ${at}`, { body: { weight }, headers: { 'if-match': etag } })
    const answers = await Promise.all([ask(path, 2), ask(other, 3)])
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 412])
  }))

test('the parameter that a sentence is about is named', () =>
  served(async ({ api }) => {
    const { body } = await api.call('GET /accounts/12')
    assert.equal((body as { parameter: string }).parameter, 'id')
  }))

test('lists come in pages that lose nothing and repeat nothing, whatever is removed between', () =>
  served(async ({ api }) => {
    for (let i = 0; i < 5; i++) await api.call('POST /relays', { body: { cidr: `192.0.2.${i}` } })
    type Page = { readonly data: readonly { readonly cidr: string }[]; readonly next: string | null }
    const first = (await api.call('GET /relays?limit=2')).body as Page
    assert.deepEqual(
      first.data.map(({ cidr }) => cidr),
      ['192.0.2.0/32', '192.0.2.1/32'],
    )
    assert.equal((await api.call(`DELETE /relays/${encodeURIComponent('192.0.2.1/32')}`)).status, 200)
    const second = (await api.call(`GET /relays?limit=2&after=${first.next}`)).body as Page
    const third = (await api.call(`GET /relays?limit=2&after=${second.next}`)).body as Page
    assert.deepEqual(
      [...second.data, ...third.data].map(({ cidr }) => cidr),
      ['192.0.2.2/32', '192.0.2.3/32', '192.0.2.4/32'],
    )
    assert.equal(third.next, null)
  }))

test('what has an ETag is not sent again, and is changed only as it was seen', () =>
  served(async ({ api }) => {
    const shown = await api.call('GET /accounts/1000')
    const etag = shown.headers.get('etag') ?? ''
    const again = await api.call('GET /accounts/1000', { headers: { 'if-none-match': etag } })
    assert.deepEqual([again.status, again.text], [304, ''])
    const bind = { headers: { 'if-match': etag } }
    const both = await Promise.all(['one', 'two'].map((name) => api.call('PATCH /accounts/1000', { body: { name }, ...bind })))
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 412])
    assert.equal((await api.call('PATCH /accounts/1000/quotas', { body: { messagesPerDay: 1 }, ...bind })).status, 412)
    assert.equal((await api.call('DELETE /relays/192.0.2.1%2F32', bind)).status, 404)
  }))

test('HEAD and OPTIONS answer as GET does, and what there is', () =>
  served(async ({ api }) => {
    const head = await api.call('HEAD /accounts')
    assert.deepEqual([head.status, head.text], [200, ''])
    const options = await api.call('OPTIONS /accounts/1000')
    assert.equal(options.headers.get('allow'), 'GET, PATCH, HEAD, OPTIONS')
  }))

test('whoever calls too often is told when to come again', () =>
  served(
    async ({ api, callers }) => {
      callers.set('other', principal({ name: 'bob' }))
      for (let i = 0; i < 3; i++) assert.equal((await api.call('GET /accounts')).status, 200)
      const refused = await api.call('GET /accounts')
      assert.deepEqual([refused.status, codeOf(refused.body)], [429, 'too-many-calls'])
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
      assert.equal((await api.call('GET /accounts', { key: 'other' })).status, 200)
    },
    { callsPerMinute: 3 },
  ))

test('a stream tells what changed, and ends when the key does', () =>
  served(async ({ api, callers, made }) => {
    const response = await fetch(`${api.base}/api/v1/status`, { headers: { authorization: 'Bearer owner', accept: 'text/event-stream' } })
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    let text = ''
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString()
      if (text.includes('event: status')) callers.delete('owner')
    }
    assert.match(text, /event: status\ndata: \{"running":true/)
    assert.match(text, /event: end\ndata: .*"code":"not-authenticated"/)
    assert.ok(made.settings.version() > 0)
  }))

test('somebody of one account sees and changes what is of that account', () =>
  served(async ({ api, callers }) => {
    const made = (await api.call('POST /accounts', { body: { name: 'Theirs' } })).body as {
      account: { id: number }
      credential: { user: string }
    }
    const own = (await api.call('POST /accounts', { body: { name: 'Ours' } })).body as {
      account: { id: AccountId }
      credential: { user: string }
    }
    callers.set('tenant', principal({ name: 'tom', role: 'administrator', account: own.account.id }))
    const key = { key: 'tenant' }
    const list = (await api.call('GET /accounts', key)).body as { data: readonly { id: number }[] }
    assert.deepEqual(
      list.data.map(({ id }) => id),
      [own.account.id],
    )
    assert.equal((await api.call(`GET /accounts/${made.account.id}`, key)).status, 404)
    const credentials = (await api.call('GET /credentials', key)).body as { data: readonly { user: string }[] }
    assert.deepEqual(
      credentials.data.map(({ user }) => user),
      [own.credential.user],
    )
    assert.equal((await api.call(`GET /credentials?account=${made.account.id}`, key)).status, 403)
    assert.equal((await api.call(`DELETE /credentials/${made.credential.user}`, key)).status, 404)
    assert.equal((await api.call(`GET /credentials/${made.credential.user}`)).status, 200)
    assert.equal((await api.call('POST /credentials', { ...key, body: {} })).status, 201)
    assert.equal((await api.call(`PATCH /accounts/${own.account.id}`, { ...key, body: { weight: 9 } })).status, 403)
    assert.equal((await api.call('GET /routes', key)).status, 403)
  }))

test('somebody of one account is not told whose the other thing is, and may not say what proves nothing', () =>
  served(async ({ api, callers }) => {
    const accounts = await Promise.all(['Theirs', 'Ours'].map((name) => api.call('POST /accounts', { body: { name } })))
    const [theirs = 0, ours = 0] = accounts.map(({ body }) => (body as { account: { id: AccountId } }).account.id)
    callers.set('tenant', principal({ role: 'administrator', account: ours as AccountId }))
    const key = { key: 'tenant' }
    await api.call('POST /domains', { body: { account: theirs, domain: 'taken.example' } })
    const taken = await api.call('POST /domains', { ...key, body: { domain: 'taken.example' } })
    assert.equal(taken.status, 409)
    assert.doesNotMatch(taken.text, new RegExp(String(theirs)))
    await api.call('POST /domains', { ...key, body: { domain: 'own.example' } })
    assert.equal((await api.call('POST /domains/own.example/verify', { ...key, body: {} })).status, 200)
    const forced = await api.call('POST /domains/own.example/verify', { ...key, body: { force: true } })
    assert.deepEqual([forced.status, codeOf(forced.body)], [403, 'not-allowed'])
    assert.equal((await api.call('POST /queue/release', { ...key, body: {} })).status, 403)
  }))

test('a message that nobody knows is not there', () =>
  served(async ({ api }) => assert.equal((await api.call('GET /queue/0000000000000000')).status, 404)))

test('every operation has a route, or a reason why it has none; no two routes are the same', () => {
  using made = installation()
  const served = new Set<string>(ROUTES.map(({ operation }) => operation))
  for (const name of Object.keys(made.operations.as({ by: 'ann', via: 'api', address: null })))
    assert.match(served.has(name) ? 'It is.' : ((NOT_SERVED as Record<string, string>)[name] ?? ''), /\.$/, name)
  const known = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`)
  assert.deepEqual(known, [...new Set(known)])
  const spellings = new Map(ROUTES.map(({ path }) => [path.replaceAll(/\{[^}]*\}/g, '{}'), path]))
  for (const { path } of ROUTES) assert.equal(path, spellings.get(path.replaceAll(/\{[^}]*\}/g, '{}')), 'one path, two names')
})

test('a second factor that was shown long ago is not enough for what asks for a fresh one; keys show none', () =>
  served(async ({ api, callers }) => {
    const shown = (ago: number): Principal => principal({ fresh: Date.now() - ago })
    callers
      .set('long', shown(11 * 60_000))
      .set('now', shown(9 * 60_000))
      .set('key', principal({ kind: 'key' }))
      .set('left open', principal())
      .set('password', principal({ proved: Date.now() - 9 * 60_000 }))
    const told = async (key: string): Promise<string> => codeOf((await api.call('PUT /settings/events.days', { key, body: {} })).body)
    assert.deepEqual(
      [await told('long'), await told('now'), await told('key')],
      ['fresh-login-needed', 'invalid-parameter', 'invalid-parameter'],
    )
    // Who has none, by the password.
    assert.deepEqual([await told('left open'), await told('password')], ['fresh-login-needed', 'invalid-parameter'])
    assert.equal(codeOf((await api.call('POST /users', { key: 'long', body: { name: 'eve', role: 'owner' } })).body), 'fresh-login-needed')
    assert.equal((await api.call('POST /users', { key: 'now', body: { name: 'eve', role: 'owner' } })).status, 403, 'nobody of that name')
    // Whatever makes a way in, or takes one of another away: or a session that was found makes itself one that needs no second factor. And
    // every way to change the configuration.
    const steering = ROUTES.filter(({ operation, does }) => does === 'write' && /^(?:user|provider|key|config)\./.test(operation))
    assert.deepEqual(
      steering.filter(({ fresh }) => fresh !== true).map(({ operation }) => operation),
      ['key.remove'],
    )
    const openapi = openapiDocument('1').paths['/settings/{name}']
    assert.match(openapi?.['put']?.description ?? '', /must have shown a second factor/)
    assert.doesNotMatch(openapi?.['get']?.description ?? '', /second factor/)
  }))

test('who sends the body of a call slowly is, when it is done with, who he was when it began, and may what he might', () =>
  served(async ({ api, callers }) => {
    const { port } = new URL(api.base)
    const body = JSON.stringify({ name: 'Late' })
    const called = async (meanwhile: () => void): Promise<string> => {
      callers.set('slow', principal({ name: 'slow' }))
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      let text = ''
      socket.on('data', (piece: Buffer) => (text += piece.toString()))
      const head = `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer slow\r\nExpect: 100-continue\r\n`
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`)
      // It is let in, and its body wanted.
      await until(() => text.includes('100 Continue'))
      meanwhile()
      const closed = once(socket, 'close')
      socket.write(body)
      await closed
      return `${/HTTP\/1\.1 ([2-9]\d\d)/.exec(text)?.[1]} ${/"code":"([^"]*)"/.exec(text)?.[1] ?? ''}`
    }
    assert.equal(await called(() => {}), '201 ')
    assert.equal(await called(() => callers.delete('slow')), '401 not-authenticated')
    assert.equal(await called(() => callers.set('slow', principal({ name: 'slow', role: 'viewer' }))), '403 not-allowed')
    assert.equal(await called(() => callers.set('slow', principal({ name: 'slow', scopes: ['queue:read'] }))), '403 not-in-scope')
    assert.equal(await called(() => callers.set('slow', principal({ name: 'slow', account: 1001 as AccountId }))), '404 not-found')
    const { body: accounts } = await api.call('GET /accounts')
    assert.equal(JSON.stringify(accounts).split('"Late"').length - 1, 1)
  }))
