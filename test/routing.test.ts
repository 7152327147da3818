// Where mail goes, over the real server and a DNS server of the test's own: MX in their order, what DNS says no to for good and for now,
// addresses that are not for the outside, ourselves, and TLS where it is demanded.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DnsServer } from '../testkit/dns-server.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type ServerOptions, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { testCertificate } from '../testkit/certificate.ts'

const LETTER = 'From: a@sender.test\r\nSubject: x\r\n\r\nhello\r\n'
const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let secure: SmtpPeer
let dns: DnsServer

before(async () => {
  peer = opened.use(await SmtpPeer.start({ host: '127.0.0.3' }))
  secure = opened.use(await SmtpPeer.start({ host: '127.0.0.4', port: peer.port, tls: testCertificate('mx4.test') }))
  dns = opened.use(
    await DnsServer.start({
      'mx2.test': { A: ['127.0.0.2'] },
      'mx3.test': { A: ['127.0.0.3'] },
      'mx4.test': { A: ['127.0.0.4'] },
      'mx5.test': { A: ['127.0.0.5'] },
      'order.test': {
        MX: [
          [30, 'mx5.test'],
          [20, 'mx4.test'],
          [10, 'mx3.test'],
        ],
      },
      'next.test': {
        MX: [
          [20, 'mx3.test'],
          [10, 'mx2.test'],
        ],
      },
      'bare.test': { A: ['127.0.0.3'] },
      'null.test': { MX: [[0, '.']] },
      'nothing.test': {},
      'dangling.test': { MX: [[10, 'gone.test']] },
      'clear.test': { MX: [[10, 'mx3.test']] },
      'secure.test': { MX: [[10, 'mx4.test']] },
      'down.test': { MX: [[10, 'mx2.test']] },
      'private.test': {
        MX: [
          [10, 'ten.test'],
          [20, 'mapped.test'],
        ],
      },
      'ten.test': { A: ['10.1.2.3', '192.168.0.1', '169.254.1.1'] },
      'mapped.test': { AAAA: ['::ffff:127.0.0.3', '::1', 'fe80::1'] },
      'self.test': {
        MX: [
          [10, 'mta.hms.test'],
          [20, 'mx3.test'],
        ],
      },
    }),
  )
  dns.behaviour.set('broken.test', { rcode: 'SERVFAIL' })
})
after(() => opened.disposeAsync())

async function serverWith(config: ServerOptions['config'] = {}): Promise<TestServer> {
  const usual = { 'dns.servers': dns.address, 'delivery.port': String(peer.port), 'delivery.allow_private': 'true' }
  const server = await startServer({ config: { ...usual, ...config } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  return server
}

/** What became of a recipient at first: `delivered 127.0.0.3`, or `failed CODE`, with the reason. */
async function outcome(server: TestServer, domain: string): Promise<readonly [what: string, reason: string]> {
  const recipient = `a@${domain}`
  using client = await SmtpClient.open(server.smtpPort)
  const answer = await client.send({ from: 'a@sender.test', to: [recipient], data: LETTER })
  assert.equal(answer.code, 250, answer.text)
  const event = await server.outcome(recipient)
  if (event.kind === 'delivered') return [`delivered ${event.remoteAddress}`, '']
  assert.ok(event.kind === 'failed' || event.kind === 'deferred', event.kind)
  return [event.kind, event.reason]
}

test('MX by preference, the next one where the first refuses connections, the address where there is no MX', async () => {
  await using server = await serverWith()
  assert.deepEqual(await outcome(server, 'order.test'), ['delivered 127.0.0.3', ''])
  assert.deepEqual(await outcome(server, 'next.test'), ['delivered 127.0.0.3', ''])
  assert.deepEqual(await outcome(server, 'bare.test'), ['delivered 127.0.0.3', ''])
  const [down, reason] = await outcome(server, 'down.test')
  assert.equal(down, 'deferred')
  assert.match(reason, /mx2\.test \[127\.0\.0\.2\].*ECONNREFUSED/)
})

test('what DNS denies fails at once; what it cannot say waits', async () => {
  await using server = await serverWith()
  const expected = [
    ['null.test', 'failed', /takes no mail \(null MX/],
    ['missing.test', 'failed', /does not exist/],
    ['nothing.test', 'failed', /no mail host and no address/],
    ['broken.test', 'deferred', /name server .* SERVFAIL/],
  ] as const
  for (const [domain, what, why] of expected) {
    const [was, reason] = await outcome(server, domain)
    assert.equal(was, what, `${domain}: ${reason}`)
    assert.match(reason, why, domain)
  }
  dns.behaviour.delete('broken.test')
  dns.zones['broken.test'] = { MX: [[10, 'mx3.test']] }
  const before = peer.messages.length
  const isThere = async (): Promise<boolean> => {
    await server.hms('queue', 'retry', '--domain', 'broken.test')
    return peer.messages.length > before
  }
  await until(isThere, 'it goes once DNS answers', 200)
  assert.equal(peer.messages.length, before + 1)
})

test('private and loopback addresses found by MX are not connected to, nor do we deliver to ourselves', async () => {
  await using server = await serverWith({ 'delivery.allow_private': 'false' })
  const open = peer.connections
  for (const domain of ['private.test', 'clear.test', 'bare.test']) {
    const [was, reason] = await outcome(server, domain)
    assert.notEqual(was.split(' ')[0], 'delivered', domain)
    assert.match(reason, /addresses that are not public .*delivery\.allow_private/, domain)
  }
  const [was, reason] = await outcome(server, 'self.test')
  assert.equal(was, 'failed')
  assert.match(reason, /best mail host of self\.test is this server/)
  assert.equal(peer.connections, open)
})

test('TLS that is demanded and not offered: the mail waits; where it is offered it is used and told of', async () => {
  await using server = await serverWith({ 'delivery.tls': 'encrypt' })
  const [was, reason] = await outcome(server, 'clear.test')
  assert.equal(was, 'deferred')
  assert.match(reason, /does not offer STARTTLS/)
  assert.deepEqual(await outcome(server, 'secure.test'), ['delivered 127.0.0.4', ''])
  assert.equal(secure.messages.at(-1)?.secure, true)
  const event = await server.outcome('a@secure.test')
  assert.ok(event.kind === 'delivered')
  assert.deepEqual([event.tls?.version, event.tls?.verified], ['TLSv1.3', false])
  await server.call('route.set', { pattern: 'strict.test', url: `smtp://mx4.test:${peer.port}`, tls: 'verify' })
  const [strict, why] = await outcome(server, 'strict.test')
  assert.equal(strict, 'deferred', 'an unknown issuer is not verified')
  assert.match(why, /certificate/i)
  assert.ok(
    peer.transcript.every((line) => !line.includes('clear.test')),
    'nothing was said in the clear',
  )
})
