// Messages are found by what people know of them: the address, words of the subject, the caller's id, the Message-ID; however they were handed in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedEvent } from '../src/contract/events.ts'
import { inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

interface Found {
  readonly events: readonly NumberedEvent[]
  readonly next: string | null
  readonly isCut: boolean
}

async function send(server: TestServer, to: string, header: string): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  const reply = await client.send({ from: 'app@sender.test', to: [to], data: `From: app@sender.test\r\n${header}\r\n\r\nhello\r\n` })
  assert.equal(reply.code, 250, reply.text)
}

async function begin(config: Parameters<typeof startServer>[0]): Promise<{ server: TestServer; peer: SmtpPeer } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const peer = opened.use(await SmtpPeer.start())
  const server = opened.use(await startServer(config))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const held = opened.move()
  return { server, peer, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

test('a message is found by its address, subject and ids, handed in by SMTP and HTTP', async () => {
  await using home = await begin({})
  const { server } = home
  const encoded =
    'Subject: =?UTF-8?Q?Ihre_Gr=C3=B6=C3=9Fe?= =?UTF-8?Q?_4711?=\r\nMessage-ID: <a.4711@app.example>\r\nX-xsMessageId: order-4711'
  await send(server, 'ann@shop.test', encoded)
  await send(server, 'bob@shop.test', 'Subject: Something else')
  await send(server, 'eve@other.test', 'X-Nothing: here')
  const message = { from: 'ann@sender.test', subject: 'Hello {{ first }}', text: 'x' }
  const recipients = [{ to: 'carl@merged.test', data: { first: 'Carl' }, messageId: 'm-1' }]
  assert.equal((await inject(server, '/v1/messages/batch', { message, recipients })).status, 200)
  await server.until(({ delivered }) => delivered === 4)
  const found = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await server.hms<Found>('events', ...args)).events.map(({ kind, recipient }) => `${kind} ${recipient}`)
  const ann = ['delivered ann@shop.test', 'accepted ann@shop.test']
  for (const [name, asked, expected] of [
    ['--recipient', 'Ann@shop.test', ann],
    ['--client-id', 'order-4711', ann],
    ['--recipient', 'a*@shop.test', ann],
    ['--recipient', '*@*.test', 8],
    ['--recipient', '@shop.test', 4],
    ['--subject', 'grösse IHRE', ann.slice(1)],
    ['--subject', '"Ihre Größe 4711"', ann.slice(1)],
    ['--subject', '*rösse 47*', ann.slice(1)],
    ['--subject', 'ihre gross', []],
    ['--subject', 'hello first', ['accepted carl@merged.test']],
    ['--header-id', '<a.4711@app.example>', ann.slice(1)],
    ['--client-id', 'm-1', 2],
    ['--client-id', 'order-47', []],
  ] as const) {
    const rows = await found(name, asked)
    assert.deepEqual(typeof expected === 'number' ? rows.length : rows, expected, `${name} ${asked}`)
  }
  const { events } = await server.call('events.find', { recipient: 'ann@shop.test', kinds: ['accepted'], limit: 1 })
  const [event] = events
  assert.deepEqual(await found('--message', event?.message ?? ''), ann)
  assert.ok(event?.kind === 'accepted')
  assert.deepEqual([event.subject, event.headerId], ['Ihre Größe 4711', 'a.4711@app.example'])
  const eve = (await server.call('events.find', { recipient: 'eve@other.test', kinds: ['accepted'], limit: 1 })).events[0]
  assert.ok(eve !== undefined && !('subject' in eve) && !('headerId' in eve))
  await assert.rejects(server.call('events.find', { before: '@x', limit: 1 }), /before is no event id/)
})

test('an owner who wants no subjects and no ids in events has none', async () => {
  await using home = await begin({ config: { 'events.subject': 'false', 'events.header_id': 'false' } })
  await send(home.server, 'ann@shop.test', 'Subject: secret\r\nMessage-ID: <a@app.example>')
  await home.server.until(({ delivered }) => delivered === 1)
  const { events } = await home.server.call('events.find', { limit: 9 })
  assert.ok(events.length === 2 && !JSON.stringify(events).includes('secret') && !JSON.stringify(events).includes('app.example'))
})
