// MTA-STS end to end: real DNS, a real HTTPS server with policies, receiving servers with and without good certificates. One domain's
// policy is no matter of its neighbours at the same hosts.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { testCertificate } from '../testkit/certificate.ts'
import { DnsServer, type DnsZones } from '../testkit/dns-server.ts'
import { EngineHome, type HomeOptions } from '../testkit/engine-home.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const good = testCertificate('good.mx.test')
const wrong = testCertificate('other.test')
const opened = new AsyncDisposableStack()
let policies: PolicyServer
/** 127.0.0.3: a certificate that proves it; .4: one for another name; .5: no TLS. */
let proven: SmtpPeer
let unproven: SmtpPeer
let clear: SmtpPeer

const DOMAINS = ['enforced', 'fails', 'sibling', 'testing', 'strange', 'second'].map((name) => `${name}.test`)
const zones: DnsZones = {
  'good.mx.test': { A: ['127.0.0.3'] },
  'bad.mx.test': { A: ['127.0.0.4'] },
  'clear.mx.test': { A: ['127.0.0.5'] },
  'enforced.test': { MX: [[10, 'good.mx.test']] },
  'fails.test': { MX: [[10, 'bad.mx.test']] },
  'sibling.test': { MX: [[10, 'bad.mx.test']] },
  'testing.test': { MX: [[10, 'clear.mx.test']] },
  'strange.test': { MX: [[10, 'good.mx.test']] },
  // The best host is not named by the policy: whoever put it there gets no mail.
  'second.test': {
    MX: [
      [10, 'clear.mx.test'],
      [20, 'good.mx.test'],
    ],
  },
}

before(async () => {
  policies = opened.use(await PolicyServer.start(...DOMAINS.map((domain) => `mta-sts.${domain}`)))
  proven = opened.use(await SmtpPeer.start({ host: '127.0.0.3', tls: good }))
  unproven = opened.use(await SmtpPeer.start({ host: '127.0.0.4', port: proven.port, tls: wrong }))
  clear = opened.use(await SmtpPeer.start({ host: '127.0.0.5', port: proven.port }))
  for (const domain of DOMAINS) zones[`mta-sts.${domain}`] = { A: ['127.0.0.1'] }
  for (const domain of DOMAINS.filter((name) => name !== 'sibling.test')) zones[`_mta-sts.${domain}`] = { TXT: ['v=STSv1; id=1'] }
  policies.publish('enforced.test', 'mode: enforce', 'mx: good.mx.test', 'max_age: 86400')
  policies.publish('fails.test', 'mode: enforce', 'mx: *.mx.test', 'max_age: 86400')
  policies.publish('testing.test', 'mode: testing', 'mx: good.mx.test', 'max_age: 86400')
  policies.publish('strange.test', 'mode: enforce', 'mx: else.where.test', 'max_age: 86400')
  policies.publish('second.test', 'mode: enforce', 'mx: good.mx.test', 'max_age: 86400')
})
after(() => opened.disposeAsync())

function homeWith(config: HomeOptions['config'] = {}): Promise<EngineHome> {
  const usual = { 'delivery.port': proven.port, 'delivery.allow_private': true } as const
  return EngineHome.start({ zones, policies, trust: [good.cert, wrong.cert], config: { ...usual, ...config } })
}

test('enforce: TLS with a certificate that proves a host that the policy names, or no delivery', async () => {
  await using home = await homeWith()
  await home.submit({ to: ['a@enforced.test'] })
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.tls?.verified, true)
  await home.submit({ to: ['a@fails.test'] })
  await home.submit({ to: ['a@strange.test'] })
  const deferred = await home.waitFor('deferred', 2)
  const reasons = new Map(deferred.map(({ domain, reason }) => [domain as string, reason]))
  assert.match(reasons.get('fails.test') ?? '', /as MTA-STS asks for: the certificate does not prove the host: it is for another name/)
  assert.match(reasons.get('strange.test') ?? '', /The MTA-STS policy of strange\.test \(enforce\) names none of its mail hosts/)
  assert.equal(unproven.messages.length, 0)
})

test('a neighbour at the same hosts without a policy gets its mail, before and after', async () => {
  await using home = await homeWith()
  for (const to of ['a@sibling.test', 'a@fails.test', 'b@sibling.test']) {
    await home.submit({ to: [to] })
    await (to.includes('fails') ? home.waitFor('deferred') : home.waitFor('delivered', to.startsWith('b') ? 2 : 1))
  }
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 1)
  // One message to both at once: it is two transactions, of which one has no place to go.
  await home.submit({ to: ['c@sibling.test', 'c@fails.test'] })
  const delivered = await home.waitFor('delivered', 3)
  assert.deepEqual(delivered.map(({ recipient }) => recipient).toSorted(), ['a@sibling.test', 'b@sibling.test', 'c@sibling.test'])
})

test('a host that the policy does not name is not connected to, however good its preference', async () => {
  await using home = await homeWith()
  const before = clear.connections
  await home.submit({ to: ['a@second.test'] })
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.remoteHost, 'good.mx.test')
  assert.equal(clear.connections, before)
})

test('testing changes nothing', async () => {
  await using home = await homeWith()
  await home.submit({ to: ['a@testing.test'] })
  const [delivered] = await home.waitFor('delivered')
  assert.deepEqual([delivered?.remoteHost, delivered?.tls], ['clear.mx.test', null])
})

test('switched off, nothing is looked up and nothing asked for', async () => {
  for (const config of [{ 'delivery.mta_sts': false }, { 'delivery.tls': 'none' }] as const) {
    await using home = await homeWith(config)
    await home.submit({ to: ['a@fails.test'] })
    await home.waitFor('delivered')
    assert.ok(!home.dns.asked.some((asked) => asked.startsWith('_mta-sts')))
  }
})

test('a policy outlives a restart of the real server, so that hiding its record gains nothing', async () => {
  using folder = temporaryFolder()
  await using dns = await DnsServer.start({ ...zones })
  const roots = join(folder.path, 'roots.pem')
  writeFileSync(roots, `${policies.root}${good.cert}`)
  await using server = await startServer({
    config: { 'dns.servers': dns.address, 'delivery.port': String(proven.port), 'delivery.allow_private': 'true' },
    environment: { HMS_TEST_HTTPS_PORT: String(policies.port), NODE_EXTRA_CA_CERTS: roots },
  })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const send = async (recipient: string): Promise<string> => {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.send({ from: 'a@sender.test', to: [recipient], data: 'Subject: x\r\n\r\nhello\r\n' })).code, 250)
    const event = await server.outcome(recipient)
    return 'reason' in event ? event.reason : `${event.kind} ${'tls' in event ? event.tls?.verified : ''}`
  }
  assert.equal(await send('a@enforced.test'), 'delivered true')
  assert.match(await send('a@fails.test'), /as MTA-STS asks for/)
  assert.deepEqual(readdirSync(join(server.home, 'trust/sts')), ['enforced.test', 'fails.test'])
  const looks = ['enforced', 'fails', 'testing', 'strange', 'second', 'sibling'].map((name) => server.run('trust', `${name}.test`))
  const [enforced, fails, testing, strange, second, sibling] = await Promise.all(looks)
  assert.match(
    enforced?.stdout ?? '',
    /^MX +not proved[^]*enforce: good\.mx\.test[^]*verify \(MTA-STS\)[^]*with the proof that MTA-STS asks for/,
  )
  assert.match(fails?.stdout ?? '', /bad\.mx\.test +10 +- +verify \(MTA-STS\)/)
  assert.match(testing?.stdout ?? '', /may \(delivery\.tls\)[^]*being tested/)
  assert.match(strange?.stdout ?? '', /Mail would be deferred: The MTA-STS policy of strange\.test/)
  assert.match(second?.stdout ?? '', /clear\.mx\.test +10 +- +not used: the policy does not name it/)
  assert.match(sibling?.stdout ?? '', /no policy[^]*the domain asks for no more/)
  assert.deepEqual([enforced?.code, strange?.code], [0, 1])
  // What the server does not know it does not learn from the shell.
  assert.deepEqual(readdirSync(join(server.home, 'trust/sts')), ['enforced.test', 'fails.test'])
  await server.stop()
  delete dns.zones['_mta-sts.fails.test']
  dns.zones['mta-sts.fails.test'] = {}
  await server.startAgain()
  assert.match(await send('b@fails.test'), /as MTA-STS asks for/)
})
