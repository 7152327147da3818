// Calls that are wrong or worse: each kind gets its status, in time, and nothing of it is taken.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { type Called, inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const opened = new AsyncDisposableStack()
let server: TestServer
before(async () => {
  server = opened.use(
    await startServer({
      config: { 'inject.request_size': '1MiB', 'smtp.message_size': '512KiB', 'auth.failures': '10' },
    }),
  )
})
after(() => opened.disposeAsync())

const MESSAGE = { from: 'ann@sender.test', to: ['bob@a.test'], subject: 'Hello', text: 'Hello Bob' }
const code = ({ status, json }: Called): unknown[] => [status, json?.error?.code]

/** What comes back for these octets, as far as the status line; the connection stays open meanwhile. */
function spoken(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.portOf('inject.listen'), '127.0.0.1', () => socket.write(text))
    socket.once('error', reject)
    socket.once('data', (chunk) => (resolve(chunk.toString()), socket.destroy()))
  })
}

/** All places of a message where one line of text stands, each with a value of that form. */
const EVERYWHERE = {
  from: { email: 'ann@sender.test', name: 'Ann' },
  sender: 'ann@sender.test',
  to: ['bob@a.test', { email: 'cy@a.test', name: 'Cy' }],
  cc: ['di@a.test'],
  bcc: ['ed@a.test'],
  replyTo: ['fy@a.test'],
  subject: 'Hello',
  headers: { 'X-A': 'b' },
  attachments: [{ name: 'a.txt', type: 'text/plain', content: 'YQ==', contentId: 'a' }],
  messageId: 'a-1',
  mailing: 'm-1',
  stream: 'bulk',
  pool: 'p',
  priority: 'bulk',
  sendAt: '2027-01-01T00:00:00Z',
  expiresAt: '2h',
  tags: ['one'],
  metadata: { a: 'b' },
}

/** The value with `bad` behind each text, and each name of an object, of it in turn. */
function* spoiled(value: unknown, bad: string): Generator<unknown> {
  if (typeof value === 'string') yield value + bad
  else if (Array.isArray(value)) for (const [n, one] of value.entries()) for (const other of spoiled(one, bad)) yield value.with(n, other)
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) {
      // What is encoded may have lines.
      if (name !== 'content') for (const other of spoiled(one, bad)) yield { ...value, [name]: other }
      const { [name]: _gone, ...others } = value as Record<string, unknown>
      yield { ...others, [name + bad]: one }
    }
}

test('CR, LF and NUL are refused in every field and in every name', async () => {
  const all = ['\r\nX: y', '\n', '\r', '\0'].flatMap((bad) => Array.from(spoiled(EVERYWHERE, bad)))
  assert.ok(all.length > 200)
  const { status, json } = await inject(server, '/v1/messages/batch', { messages: all })
  assert.equal(status, 200)
  for (const [n, result] of json.results.entries())
    assert.equal(result.error?.code, 'invalid-field', `${JSON.stringify(all[n])} ${JSON.stringify(result)}`)
  const query = await inject(server, '/v1/messages?to=a%40b.test%0d%0aX:y', 'From: a@b.test\r\n\r\n', { 'content-type': 'message/rfc822' })
  assert.deepEqual(code(query), [422, 'invalid-field'])
  assert.deepEqual(code(await inject(server, '/v1/messages', { ...MESSAGE, text: 'a\0b' })), [202, undefined], 'in a text it is encoded')
})

test('a name that every object has is taken as any other, and __proto__ is refused by its name: nothing is left out without a word', async () => {
  for (const field of ['metadata', 'headers', 'data']) {
    const at = (name: string): Promise<Called> =>
      inject(server, '/v1/messages', JSON.stringify(MESSAGE).replace(/}$/, `,"${field}":{"a":"b","${name}":"c"}}`))
    const { status, json } = await at('__proto__')
    assert.deepEqual([status, json.error], [
      422,
      { code: 'invalid-field', message: `${field}.__proto__ is a name that cannot be taken.`, field: `${field}.__proto__` },
    ]) // oxfmt-ignore
    assert.equal((await at('constructor')).status, 202, field)
  }
  const row = await inject(server, '/v1/messages/batch', '{"message":{"from":"ann@sender.test","text":"x"},"recipients":[{"to":"a@a.test","data":{"__proto__":1}}]}') // oxfmt-ignore
  assert.equal(row.json.results[0].error.field, 'recipients[0].data.__proto__')
  const labs = {
    serverId: server.account.id,
    messages: [
      { from: { emailAddress: 'ann@sender.test' }, to: [{ emailAddress: 'bob@a.test' }], textBody: 'x', metadata: [{ key: '__proto__', value: 'x' }] },
      { from: { emailAddress: 'ann@sender.test' }, to: [{ emailAddress: 'bob@a.test' }], textBody: 'x', metadata: [{ key: 'constructor', value: 'x' }] },
    ],
  } // oxfmt-ignore
  const told = await inject(server, '/socketlabs/api/v1/email', labs)
  assert.deepEqual(
    told.json.MessageResults.map((one: { Index: number; ErrorMessage: string }) => [one.Index, one.ErrorMessage]),
    [[0, 'metadata.__proto__ is a name that cannot be taken.']],
  )
  const grid =
    '{"from":{"email":"ann@sender.test"},"subject":"x","content":[{"type":"text/plain","value":"x"}],"personalizations":[{"to":[{"email":"bob@a.test"}],'
  const refused = await inject(server, '/sendgrid/v3/mail/send', `${grid}"custom_args":{"__proto__":"x"}}]}`)
  assert.equal(refused.status, 400)
  assert.match(refused.text, /custom_args\.__proto__ is a name that cannot be taken/)
})

test('what is malformed, too large or not there is told so', async () => {
  const at = (path: string, body: unknown, headers = {}): Promise<Called> => inject(server, path, body, headers)
  assert.deepEqual(code(await at('/v1/messages', '{"from":')), [400, 'invalid-json'])
  assert.deepEqual(code(await at('/v1/messages', Buffer.from([0x7b, 0xff, 0x7d]))), [400, 'invalid-json'])
  assert.deepEqual(code(await at('/v1/messages', '[]')), [422, 'invalid-field'])
  assert.deepEqual(code(await at('/v1/messages', '<xml/>', { 'content-type': 'text/xml' })), [415, 'unsupported-type'])
  assert.deepEqual(code(await at('/v1/messages', 'x', { 'content-type': 'multipart/form-data; boundary=a' })), [400, 'invalid-body'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, attachments: [{ name: 'a', content: '!!!' }] })), [422, 'invalid-field'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, text: 'x'.repeat(600_000) })), [413, 'too-large'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, text: 'x'.repeat(2 ** 20) })), [413, 'too-large'])
  assert.deepEqual(code(await at('/v1/messages/batch', { messages: Array.from({ length: 10_001 }, () => 0) })), [422, 'invalid-field'])
  assert.deepEqual(code(await at('/v1/nothing', MESSAGE)), [404, 'not-found'])
  const get = await fetch(`http://127.0.0.1:${server.portOf('inject.listen')}/v1/messages`)
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, sendAt: 'soon' })), [422, 'invalid-message'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, pool: 'nobody' })), [403, 'not-allowed'])
  assert.deepEqual(code(await at('/v1/messages', { ...MESSAGE, headers: { Bcc: 'x@a.test' } })), [422, 'invalid-field'])
})

test('who may not call, or sends more than is taken, is answered without his body', async () => {
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
  const key = `Authorization: Bearer ${server.account.apiKey}\r\n`
  assert.match(await spoken(`${head}Content-Length: 1000000\r\n\r\n{`), /^HTTP\/1\.1 401 [^]*www-authenticate: Bearer/i)
  assert.match(await spoken(`${head}${key}Content-Length: 100000000\r\n\r\n{`), /^HTTP\/1\.1 413 /)
  assert.match(await spoken(`${head}${key}Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n`), /^HTTP\/1\.1 413 /)
  assert.match(await spoken(`${head}${key}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`), /^HTTP\/1\.1 100 /)
  const chunk = `${(65536).toString(16)}\r\n${'x'.repeat(65536)}\r\n`
  assert.match(await spoken(`${head}${key}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`), /^HTTP\/1\.1 413 /)
})

test('a quota that is used up is 429 with the time after which there is room', async () => {
  const { account } = await server.call('account.add', { name: 'Small' })
  await server.call('account.quota', { id: account.id, quotas: { messagesPerHour: 1 } })
  const made = await server.call('credential.key', { account: account.id, kind: 'api' })
  const headers = { authorization: `Bearer ${'key' in made ? made.key : ''}` }
  assert.equal((await inject(server, '/v1/messages', MESSAGE, headers)).status, 202)
  const second = await inject(server, '/v1/messages', MESSAGE, headers)
  assert.deepEqual(code(second), [429, 'quota'])
  assert.ok(Number(second.headers.get('retry-after')) > 60)
  await server.call('credential.remove', { user: made.user })
  assert.deepEqual(code(await inject(server, '/v1/messages', MESSAGE, headers)), [401, 'not-authenticated'])
})

test('wrong keys are refused, then their network is, and the right one with it', async () => {
  const wrong = { authorization: 'Bearer hms_first_wrong' }
  const answers: number[] = []
  for (let n = 0; n < 60 && !answers.includes(429); n++) answers.push((await inject(server, '/v1/messages', MESSAGE, wrong)).status)
  assert.deepEqual([answers[0], answers.at(-1)], [401, 429])
  assert.ok(Number((await inject(server, '/v1/messages', MESSAGE, wrong)).headers.get('retry-after')) > 0)
})
