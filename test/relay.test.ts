// A message goes in by SMTP and out to the recipient's server: the same octets, once, and told of.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dayOf } from '../src/services/logs/log-batch.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const BODY = `.leading dot\r\n..two\r\n8-bit: \xe9\xff\r\n\tTabs  and trailing  \r\n${'x'.repeat(990)}\r\n\r\n. \r\nend\r\n`
const FIELDS = [
  'From: a@sender.test',
  'To: b@peer.test',
  'Subject: test',
  'Date: Sun, 22 Nov 2026 07:00:00 +0000',
  'Message-ID: <1@sender.test>',
].join('\r\n')
const MESSAGE = Buffer.from(`${FIELDS}\r\nX-xsMessageId: my-1\r\nX-xsMailingId: spring\r\n\r\n${BODY}`, 'latin1')

test('what goes in comes out octet by octet, with our edits of the header alone', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  const answer = await client.send({ from: 'a@sender.test', to: ['b@peer.test', 'c@peer.test'], data: MESSAGE })
  assert.equal(answer.code, 250)
  assert.match(answer.text, /^2\.6\.0 Message received and queued/)
  const [received] = await peer.waitForMessages(1)
  assert.ok(received)
  assert.equal(received.sender, 'a@sender.test')
  assert.deepEqual(received.recipients.toSorted(), ['b@peer.test', 'c@peer.test'])
  const text = received.data.toString('latin1')
  assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), BODY)
  const header = text.slice(0, text.indexOf('\r\n\r\n'))
  assert.match(header, /^Received: from client\.test/)
  assert.ok(header.endsWith(`\r\n${FIELDS}`), header)
  assert.ok(!/x-xs/i.test(header), 'ids of the caller leave the message')
  const status = await server.until(({ delivered }) => delivered === 2)
  assert.deepEqual([status.accepted, status.queued, status.failed, status.deferred], [2, 0, 0, 0])
  const log = readFileSync(join(server.home, 'accounts/1000/logfiles', `${dayOf(Date.now())}Processed.log`), 'utf8')
  assert.match(log, /^\S+ \S+ Sent 1000 my-1 spring [bc]@peer\.test a@sender\.test \d+ /)
  assert.equal(log.trimEnd().split('\n').length, 2)
  const { events } = await server.call('events.find', { mailing: 'spring', limit: 10 })
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['delivered', 'delivered', 'accepted'],
  )
  const metrics = await server.get('/metrics')
  assert.match(metrics.body, /^hms_recipients_delivered_total 2$/m)
  assert.equal(await server.stop(), 0)
})

test('whatever way a message came, its dots and line ends leave as they were meant', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ config: { 'smtp.bare_newline': 'repair' } })
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  const head = `${FIELDS}\r\n\r\n`
  const large = 'sixteen octets..\r\n'.repeat(20_000)
  // What is sent after DATA, dots stuffed, without its end; and the body that has to arrive.
  const byData = [
    ['plain\r\n', 'plain\r\n'],
    ['..\r\n', '.\r\n'],
    ['a\r\n..b\r\n', 'a\r\n.b\r\n'],
    ['a\n.b\nc\r\n', 'a\r\n.b\r\nc\r\n'],
    [large, large],
    [`${large}..end\r\n`, `${large}.end\r\n`],
    [`${large}a\n.b\r\n`, `${large}a\r\n.b\r\n`],
  ] as const
  // By BDAT dots are text, and the last line may lack its end.
  const byChunks = [
    ['.a\r\nb', '.a\r\nb\r\n'],
    ['a\r\n.', 'a\r\n.\r\n'],
  ] as const
  const begin = async (): Promise<void> => {
    await client.command('MAIL FROM:<a@sender.test>')
    await client.command('RCPT TO:<b@peer.test>')
  }
  for (const [sent] of byData) {
    await begin()
    await client.command('DATA')
    assert.equal((await client.command(`${head}${sent}.`)).code, 250)
  }
  for (const [sent] of byChunks) {
    await begin()
    client.write(`BDAT ${head.length + sent.length} LAST\r\n${head}${sent}`)
    assert.equal((await client.reply()).code, 250)
  }
  const bodies = [...byData, ...byChunks].map(([, body]) => body)
  const received = await peer.waitForMessages(bodies.length)
  const arrived = received.map(({ data }) => data.subarray(data.indexOf('\r\n\r\n') + 4).toString('latin1'))
  assert.deepEqual(arrived.toSorted(), bodies.toSorted())
  // `wire` is without its end: nothing in it looks like one to anybody.
  for (const { wire, how } of received) if (how === 'data') assert.equal(wire.toString('latin1').split(/\r?\n\.\r?\n/).length, 1)
})

test('a temporary refusal is tried again and delivered, a permanent one fails at once', async () => {
  let refusals = 0
  const rcpt = (line: string): string | undefined => {
    if (line.includes('never@')) return '550 5.1.1 No such user'
    if (line.includes('later@') && refusals++ < 2) return '451 4.2.0 Try later'
    return undefined
  }
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  await using server = await startServer({ config: { 'delivery.retry_first': '1s', 'delivery.retry_longest': '1s' } })
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: 'peer.test', url: `smtp://127.0.0.1:${peer.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  await client.send({ from: 'a@sender.test', to: ['later@peer.test', 'never@peer.test', 'now@peer.test'], data: MESSAGE })
  const status = await server.until(({ delivered, failed }) => delivered === 2 && failed === 1)
  assert.deepEqual([status.accepted, status.queued, status.deferred], [3, 0, 2])
  assert.equal(peer.messages.length, 2)
})
