// Injection by HTTP as an application sees it: a message with all that it can have arrives, and what is wrong with a call is told.
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { after, before, test } from 'node:test'
import type { Labels } from '../src/contract/events.ts'
import { inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let server: TestServer
let peer: SmtpPeer
before(async () => {
  server = opened.use(await startServer({ config: { 'inject.tls_listen': '127.0.0.1:0' } }))
  peer = opened.use(await SmtpPeer.start())
  await server.call('route.set', { pattern: '*.test', url: `smtp://127.0.0.1:${peer.port}` })
})
after(() => opened.disposeAsync())

const LABELS = { tags: ['welcome', 'Größe'], metadata: { order: '1', 'a.b': 'ü' } }
const MESSAGE = { from: 'Ann <ann@sender.test>', to: ['bob@a.test'], subject: 'Hello', text: 'Hello Bob' }

test('a first message is answered with its id, arrives, and its events name the key', async () => {
  const { status, json } = await inject(server, '/v1/messages', { ...MESSAGE, messageId: 'order-1', mailing: 'autumn', ...LABELS })
  assert.equal(status, 202)
  assert.deepEqual(json, { id: json.id, messageId: 'order-1', status: 'queued' })
  const { kind, tags, metadata } = (await server.outcome('bob@a.test')) as { kind: string } & Labels
  assert.deepEqual([kind, { tags, metadata }], ['delivered', LABELS])
  const { events } = await server.call('events.find', { message: json.id, kinds: ['accepted'], limit: 2 })
  assert.deepEqual(
    events.map(
      (event) => event.kind === 'accepted' && [event.user, event.protocol, event.clientId, event.mailing, event.sender, event.tags],
    ),
    [['api:first', 'HTTP', 'order-1', 'autumn', 'ann@sender.test', LABELS.tags]],
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

const MIME = 'From: Ann <ann@sender.test>\nTo: Cy <cy@b.test>\nBcc: di@b.test\nSubject: Raw\n\n.dot\nline\n'

test('a whole MIME message comes in base64, as it is with its envelope in the query, or as a file of a form', async () => {
  const before = peer.messages.length
  const inJson = await inject(server, '/v1/messages', { raw: Buffer.from(MIME).toString('base64'), messageId: 'raw-1' })
  const asItIs = await inject(server, '/v1/messages?to=ed%40b.test&to=fy%40b.test&mailing=m1&sender=bounce%40sender.test', MIME, {
    'content-type': 'message/rfc822',
  })
  const form = new FormData()
  form.set('raw', new File([MIME], 'message.eml'))
  form.set('message', JSON.stringify({ to: ['gil@b.test'] }))
  const inForm = await fetch(`http://127.0.0.1:${server.portOf('inject.listen')}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.account.apiKey}` },
    body: form,
  })
  assert.deepEqual([inJson.status, asItIs.status, inForm.status], [202, 202, 202], `${inJson.text} ${asItIs.text} ${await inForm.text()}`)
  const got = await peer.waitForMessages(before + 3)
  const found = new Map(
    got.slice(before).map(({ recipients, data, sender }) => [recipients.toSorted().join(' '), { sender, text: data.toString() }]),
  )
  assert.deepEqual([...found.keys()].toSorted(), ['cy@b.test di@b.test', 'ed@b.test fy@b.test', 'gil@b.test'])
  assert.equal(found.get('ed@b.test fy@b.test')?.sender, 'bounce@sender.test')
  for (const { text } of found.values()) {
    assert.match(text, /^Subject: Raw\r\n\r\n\.dot\r\nline\r\n$/m)
    assert.doesNotMatch(text, /Bcc|(?<!\r)\n/)
  }
})

test('texts, HTML, files and an image within the HTML arrive as they were given, by JSON and by a form', async () => {
  const before = peer.messages.length
  const octets = Buffer.from(Array.from({ length: 3000 }, (_, n) => n % 256))
  const parts = {
    ...MESSAGE,
    to: [{ email: 'hal@c.test', name: 'Hal Größe' }],
    subject: 'Grüße',
    html: '<p>Größe <img src="cid:logo.png"></p>',
    headers: { 'X-Campaign': 'a b' },
  }
  const attachments = [
    { name: 'Preis.pdf', type: 'application/pdf', content: octets.toString('base64') },
    { name: 'logo.png', type: 'image/png', content: octets.toString('base64'), contentId: 'logo.png', inline: true },
  ]
  assert.equal((await inject(server, '/v1/messages', { ...parts, attachments })).status, 202)
  const form = new FormData()
  form.set('message', JSON.stringify(parts))
  form.set('attachment', new File([octets], 'Preis.pdf', { type: 'application/pdf' }))
  form.set('inline', new File([octets], 'logo.png', { type: 'image/png' }))
  const url = `http://127.0.0.1:${server.portOf('inject.listen')}/v1/messages`
  assert.equal(
    (await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${server.account.apiKey}` }, body: form })).status,
    202,
  )
  for (const { data } of (await peer.waitForMessages(before + 2)).slice(before)) {
    const text = data.toString()
    assert.match(text, /^X-Campaign: a b\r$/m)
    assert.match(text, /^To: =\?utf-8\?B\?[\w+/=]+\?= <hal@c\.test>\r$/m)
    const encoded = [...text.matchAll(/Content-Transfer-Encoding: base64\r\n\r\n([\w+/=\r\n]+)\r\n--/g)].map(([, base64 = '']) =>
      Buffer.from(base64, 'base64'),
    )
    assert.equal(encoded.filter((one) => one.equals(octets)).length, 2)
    assert.match(
      text,
      /multipart\/mixed[^]*multipart\/alternative[^]*text\/plain[^]*multipart\/related[^]*text\/html[^]*Content-ID: <logo\.png>[^]*filename="Preis\.pdf"/,
    )
  }
})

test('/openapi.json says what can be called, to anybody', async () => {
  const response = await fetch(`http://127.0.0.1:${server.portOf('inject.listen')}/openapi.json`)
  const document = (await response.json()) as { paths: object; components: { schemas: Record<string, object> } }
  assert.deepEqual(Object.keys(document.paths), ['/v1/messages', '/v1/messages/batch'])
  const named = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name)
  assert.ok(named.includes('Message') && named.every((name) => name in document.components.schemas))
})

test('over HTTPS the certificate of SMTP is shown, and the message says how it came', async () => {
  const body = JSON.stringify({ ...MESSAGE, to: ['ida@d.test'] })
  const headers = {
    authorization: `Bearer ${server.account.apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const target = { host: '127.0.0.1', port: server.portOf('inject.tls_listen'), path: '/v1/messages', rejectUnauthorized: false }
  const status = await new Promise((resolve, reject) => {
    const call = request({ ...target, method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
    call.once('error', reject)
    call.end(body)
  })
  assert.equal(status, 202)
  assert.equal((await server.outcome('ida@d.test')).kind, 'delivered')
  const text = peer.messages.find(({ recipients }) => recipients.includes('ida@d.test'))?.data.toString() ?? ''
  assert.match(text, /by mta\.hms\.test with HTTPS id \w{16}\r\n\t\(TLSv1\.3 \w+\)/)
})
