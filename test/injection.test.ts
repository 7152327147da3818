// Injection by HTTP as an application sees it: a message with all that it can have arrives, and what is wrong with a call is told.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let server: TestServer
let peer: SmtpPeer
before(async () => {
  server = opened.use(await startServer())
  peer = opened.use(await SmtpPeer.start())
  await server.hms('route', 'set', '*.test', `smtp://127.0.0.1:${peer.port}`)
})
after(() => opened.disposeAsync())

const MESSAGE = { from: 'Ann <ann@sender.test>', to: ['bob@a.test'], subject: 'Hello', text: 'Hello Bob' }

test('a first message is answered with its id, arrives, and its events name the key', async () => {
  const { status, json } = await inject(server, '/v1/messages', { ...MESSAGE, messageId: 'order-1', mailing: 'autumn' })
  assert.equal(status, 202)
  assert.deepEqual(json, { id: json.id, messageId: 'order-1', status: 'queued' })
  assert.equal((await server.outcome('bob@a.test')).kind, 'delivered')
  const { events } = await server.call('events.find', { message: json.id, kinds: ['accepted'], limit: 2 })
  assert.deepEqual(
    events.map((event) => event.kind === 'accepted' && [event.user, event.protocol, event.clientId, event.mailing, event.sender]),
    [['api:first', 'HTTP', 'order-1', 'autumn', 'ann@sender.test']],
  )
})

test('a batch has a result for each of its messages, in order', async () => {
  const messages = [{ ...MESSAGE, to: ['one@a.test'] }, { ...MESSAGE, to: ['no address'] }, { ...MESSAGE, to: ['two@a.test'] }, { from: 1 }]
  const { status, json } = await inject(server, '/v1/messages/batch', { messages })
  assert.equal(status, 200)
  const told = json.results.map((result: { status?: string; error?: { field: string } }) => result.status ?? result.error?.field)
  assert.deepEqual(told, ['queued', 'to[0]', 'queued', 'messages[3].from'])
  for (const name of ['one', 'two']) assert.equal((await server.outcome(`${name}@a.test`)).kind, 'delivered')
})
