// Return paths on a running server: what leaves carries a token, the server knows whose it is, also after it was killed in between, and a
// bounce that comes back to it is told of its recipient.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationResult } from '../src/contract/operations.ts'
import type { SentRecipient } from '../src/contract/sent.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage } from '../testkit/report-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

type Opened = OperationResult<'sent.open'>

/** The desk follows the deliveries by a moment. */
async function whose(server: TestServer, token: string): Promise<SentRecipient> {
  const known = async (): Promise<SentRecipient | null> => {
    const { facts, recipient } = await server.hms<Opened>('sent', 'find', token)
    assert.ok(facts !== null, `${token} is no token`)
    return recipient
  }
  return await until(known, `${token} is known`)
}

test('each recipient leaves with a token, which names him also after kills; a retry keeps it', async () => {
  const tried: string[] = []
  const rcpt = (line: string, { mailLine }: { mailLine: string }): string | undefined => {
    if (!line.includes('later@')) return undefined
    return tried.push(mailLine) === 1 ? '451 4.7.1 later' : undefined
  }
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  await using server = await startServer({ config: { 'delivery.retry_first': '1h', 'delivery.retry_longest': '1h' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const account = await server.hms<{ returnPathDomain: string }>(
    'account',
    'set',
    '1000',
    '--return-path',
    'bounces.hms.test',
    '--stream',
    'bulk',
  )
  assert.equal(account.returnPathDomain, 'bounces.hms.test')
  const warned = await server.run('account', 'set', '1000', '--return-path', 'bounces.hms.test')
  assert.match(warned.stdout, /takes no mail for bounces\.hms\.test yet.*'hms inbound add bounces\.hms\.test'/)
  await server.hms('inbound', 'add', 'bounces.hms.test')
  assert.doesNotMatch((await server.run('account', 'set', '1000', '--return-path', 'bounces.hms.test')).stdout, /takes no mail/)
  const to = ['a@peer.test', 'later@peer.test', 'c@peer.test']
  {
    using client = await SmtpClient.open(server.smtpPort)
    const data = 'From: bob@sender.test\r\nSubject: hello\r\nX-xsMailingId: spring\r\n\r\nhello\r\n'
    assert.equal((await client.send({ from: 'bob@sender.test', to, data })).code, 250)
  }
  await peer.waitForMessages(2)
  await peer.until(() => tried.length === 1)
  await server.kill9(0)
  await server.kill9('desk')
  await server.until(({ workers }) => workers.length > 0)
  await server.hms('feedback', 'keys', 'rotate')
  await server.hms('queue', 'retry', '--all', '--yes')
  const messages = await peer.waitForMessages(3)
  assert.deepEqual([tried.length, tried[0]], [2, tried[1]])
  for (const { sender, recipients } of messages) {
    const [token = '', domain] = sender.split('@')
    assert.equal(domain, 'bounces.hms.test')
    const { address, mailing, stream, account: number } = await whose(server, token)
    assert.deepEqual([address, mailing, stream, number], [recipients[0], 'spring', 'bulk', 1000])
  }
  assert.equal(new Set(messages.map(({ sender }) => sender)).size, 3)
  // A bounce says another address, and the token knows better.
  const [first] = messages
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal(
    (await client.send({ from: '', to: [first?.sender.toUpperCase() ?? ''], data: bounceMessage('forwarded@elsewhere.test') })).code,
    250,
  )
  const bounced = await until(async () => (await server.call('events.find', { kinds: ['bounced'], limit: 10 })).events[0])
  assert.ok(bounced.kind === 'bounced')
  assert.deepEqual([bounced.proved, bounced.recipient, bounced.mailing, bounced.stream], [true, first?.recipients[0], 'spring', 'bulk'])
  const found = await server.hms<readonly SentRecipient[]>('sent', 'find', 'LATER@peer.test')
  assert.deepEqual(
    found.map(({ n }) => n),
    [1],
  )
})
