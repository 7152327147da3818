// Reports on TLS (rfc:8460) end to end: sessions are counted under the policies of domains, outlive a restart, and are reported the day after
// to those that want it, by mail that is signed and by HTTPS.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { issue, tlsaData } from '../testkit/authority.ts'
import { testCertificate } from '../testkit/certificate.ts'
import { DnsServer, type DnsZones } from '../testkit/dns-server.ts'
import { EngineHome } from '../testkit/engine-home.ts'
import { FakeClock } from '../testkit/fake-clock.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import { jsonLog } from '../src/base/log.ts'
import { encodeResults, ResultCounts, type SessionResult } from '../src/policy/trust/tls-results.ts'
import { ResultBook, ResultFolder } from '../src/store/trust/result-files.ts'

const quiet = jsonLog('test', 'error', () => undefined)
const good = testCertificate('good.mx.test')
const own = issue({ subject: 'own', names: ['own.test'] }, null)
const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let policies: PolicyServer
let zones: DnsZones

before(async () => {
  peer = opened.use(await SmtpPeer.start({ host: '127.0.0.3', tls: good }))
  const { port } = peer
  opened.use(await SmtpPeer.start({ host: '127.0.0.4', port }))
  opened.use(await SmtpPeer.start({ host: '127.0.0.5', port, tls: { cert: own.cert, key: own.key } }))
  policies = opened.use(
    await PolicyServer.start(...['kept', 'broken', 'testing', 'hidden'].map((name) => `mta-sts.${name}.test`), 'reports.test'),
  )
  policies.publish('kept.test', 'mode: enforce', 'mx: *.mx.test', 'max_age: 86400')
  policies.publish('broken.test', 'mode: enforce', 'mx: clear.mx.test', 'max_age: 86400')
  policies.publish('testing.test', 'mode: testing', 'mx: *.mx.test', 'max_age: 86400')
  const secure = true
  zones = {
    'good.mx.test': { A: ['127.0.0.3'] },
    'clear.mx.test': { A: ['127.0.0.4'] },
    'own.mx.test': { A: ['127.0.0.5'], secure },
    [`_${port}._tcp.own.mx.test`]: { TLSA: [[3, 1, 1, tlsaData(own, 1, 1)]], secure },
    'kept.test': { MX: [[10, 'good.mx.test']] },
    'broken.test': { MX: [[10, 'clear.mx.test']] },
    'testing.test': { MX: [[10, 'clear.mx.test']] },
    'hidden.test': { MX: [[10, 'good.mx.test']] },
    'dane.test': { MX: [[10, 'own.mx.test']], secure },
    'plain.test': { MX: [[10, 'good.mx.test']] },
    'mail.test': { MX: [[10, 'good.mx.test']] },
    'reports.test': { A: ['127.0.0.1'] },
  }
  for (const name of ['kept', 'broken', 'testing', 'hidden']) {
    zones[`_mta-sts.${name}.test`] = { TXT: ['v=STSv1; id=1'] }
    zones[`mta-sts.${name}.test`] = { A: ['127.0.0.1'] }
  }
})
after(() => opened.disposeAsync())

test('a session counts once for each domain that it serves, under the policy that it was under', async () => {
  const seen: SessionResult[] = []
  const config = { 'delivery.port': peer.port, 'delivery.allow_private': true }
  const tlsResults = { count: (result: SessionResult): number => seen.push(result) }
  await using home = await EngineHome.start({ zones, policies, trust: [good.cert], config, tlsResults })
  const domains = ['kept', 'kept', 'testing', 'hidden', 'dane', 'plain'].map((name) => `${name}.test`)
  for (const [i, domain] of domains.entries()) {
    await home.submit({ to: [`a${i}@${domain}`] })
    await home.waitFor('delivered', i + 1)
  }
  await home.submit({ to: ['a@broken.test'] })
  await home.waitFor('deferred')
  const told = seen.map(({ domain, policy, failure }) => `${domain} ${policy.type} ${failure?.type ?? 'ok'} ${failure?.host ?? ''}`.trim())
  assert.deepEqual(told.toSorted(), [
    'broken.test sts starttls-not-supported clear.mx.test',
    'dane.test tlsa ok',
    'hidden.test sts sts-policy-fetch-error good.mx.test',
    'kept.test sts ok',
    'testing.test sts starttls-not-supported clear.mx.test',
  ])
  const kept = seen.find(({ domain }) => domain === 'kept.test')
  assert.deepEqual(kept?.policy, {
    type: 'sts',
    strings: ['version: STSv1', 'mode: enforce', 'mx: *.mx.test', 'max_age: 86400'],
    mx: ['*.mx.test'],
  })
})

const RESULT: SessionResult = { domain: 'd.test', policy: { type: 'sts', strings: ['mode: enforce'], mx: [] }, failure: null }

test('counts outlive a restart, are by day and worker, and are put together', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock(Date.UTC(2026, 10, 22, 23, 59))
  const bookOf = (name: string): ResultBook => new ResultBook({ folder: folder.path, name, clock, log: quiet })
  const read = async (day: string): Promise<number | undefined> =>
    (await new ResultFolder(folder.path).read(day)).get('d.test')?.[0]?.successes
  for (let i = 0; i < 3; i++) {
    await using first = bookOf('a0')
    await using second = bookOf('a1')
    first.count(RESULT)
    second.count(RESULT)
  }
  assert.equal(await read('2026-11-22'), 6)
  {
    await using book = bookOf('a0')
    book.count(RESULT)
    clock.pass(120_000)
    book.count(RESULT)
  }
  assert.deepEqual([await read('2026-11-22'), await read('2026-11-23')], [7, 1])
  assert.deepEqual(await new ResultFolder(folder.path).days(), ['2026-11-22', '2026-11-23'])
  // Other hands were at a file: the others count all the same.
  writeFileSync(join(folder.path, '2026-11-22.a9'), '{"format":1,"domains":[null]}')
  assert.equal(await read('2026-11-22'), 7)
})

interface Report {
  readonly policies: readonly { readonly policy: Record<string, unknown>; readonly summary: Record<string, number> }[]
}

test('the real server reports the days before once, to all places that want it, and to nobody else', async () => {
  using folder = temporaryFolder()
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
  await using dns = await DnsServer.start({
    ...zones,
    '_smtp._tls.kept.test': { TXT: [`v=TLSRPTv1; rua=mailto:tls@mail.test,https://reports.test:${policies.port}/tls?x=1`] },
    '_smtp._tls.dane.test': { TXT: ['v=TLSRPTv1; rua=mailto:dane@mail.test'] },
  })
  const roots = join(folder.path, 'roots.pem')
  writeFileSync(roots, `${policies.root}${good.cert}`)
  policies.answers.set('reports.test', { status: 201 })
  await using server = await startServer({
    config: { 'dns.servers': dns.address, 'delivery.port': String(peer.port), 'delivery.allow_private': 'true' },
    environment: { HMS_TEST_HTTPS_PORT: String(policies.port), NODE_EXTRA_CA_CERTS: roots },
  })
  await server.hms('dkim', 'create', 'mta.hms.test')
  await server.hms('dkim', 'verify', 'mta.hms.test', '--force')
  await server.stop()
  const results = join(server.home, 'trust/results')
  mkdirSync(results, { recursive: true })
  const counts = new ResultCounts()
  for (const domain of ['kept.test', 'dane.test', 'nobody.test']) counts.add({ ...RESULT, domain })
  for (const worker of ['a0', 'b7']) writeFileSync(join(results, `${day}.${worker}`), encodeResults(counts.results()))
  const before = peer.messages.length
  await server.startAgain()
  const messages = await peer.waitForMessages(before + 2)
  const mail = messages.find(({ recipients }) => recipients.includes('tls@mail.test'))
  const text = mail?.data.toString() ?? ''
  assert.match(text, /^DKIM-Signature: [^]*d=mta\.hms\.test[^]*\r\nFrom: <postmaster@mta\.hms\.test>\r\n/)
  assert.match(text, /\r\nTLS-Report-Domain: kept\.test\r\n[^]*report-type="tlsrpt"/)
  assert.match(mail?.mailLine ?? '', /^MAIL FROM:<>/)
  const base64 = /filename="[^"]+"\r\n\r\n([^]*?)\r\n--/.exec(text)?.[1] ?? ''
  const report = JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString()) as Report
  assert.equal(report.policies[0]?.summary['total-successful-session-count'], 2)
  assert.ok(messages.some(({ recipients }) => recipients.includes('dane@mail.test')))
  const [posted, ...more] = policies.posted
  assert.deepEqual([posted?.host, posted?.path, posted?.type, more.length], ['reports.test', '/tls?x=1', 'application/tlsrpt+gzip', 0])
  assert.deepEqual(JSON.parse(gunzipSync(posted?.body ?? Buffer.alloc(0)).toString()), report)
  while (readdirSync(results).some((name) => name.startsWith(day))) await new Promise((resolve) => setTimeout(resolve, 50))
})
