// `hms why` and `hms top` over a real server: a message from its waiting to its outcome, mail of a domain, and what nobody knows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Why, SitesNow } from '../src/contract/why.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

test('a message is followed from its first deferral to its outcome, and its domain and site with it', async () => {
  let isReady = false
  await using peer = await SmtpPeer.start({ on: { rcpt: () => (isReady ? undefined : '450 4.2.1 try again later') } })
  const config = { 'delivery.retry_first': '1h', 'delivery.retry_longest': '1h' }
  await using server = await startServer({ config })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  const send = (to: string) => client.send({ from: 'a@sender.test', to: [to], data: 'Subject: x\r\n\r\nhello\r\n' })
  assert.equal((await send('Ann@e.test')).code, 250)
  await server.outcome('Ann@e.test')
  await server.until(({ deferred }) => deferred === 1)

  const byAddress = await server.hms<Why>('why', 'ann@e.test')
  const [message = assert.fail()] = byAddress.messages
  assert.equal(message.recipients[0]?.hold.kind, 'retry')
  assert.deepEqual(
    byAddress.events.map(({ kind }) => kind),
    ['accepted', 'deferred'],
  )
  const { stdout } = await server.run('why', message.id)
  assert.match(stdout, /^Message \w{16} from a@sender\.test, account 1000/)
  assert.match(stdout, /waits +Deferred once.*450 4\.2\.1 try again later/)
  assert.match(stdout, /moves +about \d{4}-/)
  assert.match(stdout, /deferred +\w{16} +Ann@e\.test/)
  assert.match(
    (await server.run('why', 'e.test')).stdout,
    /Mail for e\.test: 1 recipient waits, .*; it goes to smtp:.*\n\n.*\n +1 +Deferred/,
  )
  assert.match(
    (await server.run('top')).stdout,
    /1 site; 1 recipient queued\nSITE.*\nsmtp:\/\/127\.0\.0\.1:\d+ +1 +0 +0 +\d\/20 +1 .*450 4\.2\.1/,
  )

  await server.hms('queue', 'hold', message.id)
  const held = await server.hms<Why>('why', message.id)
  const { hold } = held.messages[0]?.recipients[0] ?? assert.fail()
  assert.equal(hold.kind, 'held')
  assert.match(hold.by ?? '', /^hms \(/)
  assert.ok(Date.now() - (hold.since ?? 0) < 60_000)
  await server.hms('queue', 'release', message.id)
  isReady = true
  await server.hms('queue', 'retry', message.id)
  await server.until(({ delivered }) => delivered === 1)
  const done = await server.run('why', message.id)
  assert.match(done.stdout, /^It is done\.\nAnn@e\.test: delivered .*250/)
  const top = await server.hms<SitesNow>('top', '--by', 'rate', '--domain', 'e.test')
  assert.deepEqual(top.total.queued, 0)
})

test('what nobody knows, and a server that does not run, are told in a sentence', async () => {
  await using server = await startServer()
  for (const [what, says, exit = 1] of [
    ['00000000000000ZZ', /Nothing is known of 00000000000000ZZ: it is not in the queue, and no event names it/],
    ['nobody@nowhere.test', /Nothing is known of nobody@nowhere\.test/],
    ['nowhere.test', /No mail for nowhere\.test is in the queue/],
    ['no domain', /is no message id, no address and no domain/, 64],
  ] as const) {
    const { code, stderr } = await server.run('why', what)
    assert.equal(code, exit, what)
    assert.match(stderr, says)
  }
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await server.hms('send', '--to', 'a@e.test', '--no-follow')
  await server.until(({ deferred }) => deferred === 1)
  await server.stop()
  assert.match((await server.run('why', 'a@e.test')).stdout, /waits +The server is not running: start it with 'hms start'/)
  assert.match((await server.run('why', 'e.test')).stdout, /1 +The server is not running/)
})
