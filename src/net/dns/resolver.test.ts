import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsServer, type DnsBehaviour } from '../../../testkit/dns-server.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { PATIENCE_MS, until } from '../../../testkit/patience.ts'
import { systemClock } from '../../base/clock.ts'
import { createResolver } from './resolver.ts'
import { parseResolvConf, parseServer } from './servers.ts'

const ZONES = {
  'example.test': { MX: [[20, 'Backup.example.test'], [10, 'mx.example.test']] as const, TXT: ['v=spf1 -all', 'ü'.repeat(200)] },
  'mx.example.test': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'], ttl: 60 },
  'alias.example.test': { CNAME: 'Other.example.test', ttl: 30 },
  'other.example.test': { CNAME: 'mx.example.test' },
  'circle.example.test': { CNAME: 'ring.example.test' },
  'ring.example.test': { CNAME: 'circle.example.test' },
} // prettier-ignore

function resolverFor(servers: readonly DnsServer[], timeout = PATIENCE_MS) {
  return createResolver({ servers: servers.map((server) => server.address), timeout, clock: systemClock })
}

test('records come with their TTL, whatever the spelling of the name', async () => {
  await using server = await DnsServer.start(ZONES)
  using resolver = resolverFor([server])
  const mx = await resolver.query('EXAMPLE.test.', 'MX')
  assert.equal(mx.kind, 'records')
  if (mx.kind === 'records')
    assert.deepEqual(mx.records.toSorted((a, b) => a.preference - b.preference), [
      { preference: 10, exchange: 'mx.example.test' },
      { preference: 20, exchange: 'backup.example.test' },
    ]) // prettier-ignore
  assert.deepEqual(await resolver.query('mx.example.test', 'AAAA'), { kind: 'records', records: ['2001:db8::1'], ttl: 60_000 })
  const txt = await resolver.query('example.test', 'TXT')
  assert.ok(txt.kind === 'records')
  assert.deepEqual(txt.records.map((text) => Buffer.from(text, 'latin1').toString()).sort(), ['v=spf1 -all', 'ü'.repeat(200)])
})

test('a chain of aliases is followed, its lowest TTL counts, and a circle is trouble', async () => {
  await using server = await DnsServer.start(ZONES)
  using resolver = resolverFor([server])
  assert.deepEqual(await resolver.query('alias.example.test', 'A'), { kind: 'records', records: ['192.0.2.1', '192.0.2.2'], ttl: 30_000 })
  const circle = await resolver.query('circle.example.test', 'A')
  assert.equal(circle.kind, 'trouble')
})

test('what is not there is told apart from what has no such records, and kept as long as the SOA says', async () => {
  await using server = await DnsServer.start(ZONES)
  server.soaMinimum = 3600
  const clock = new FakeClock()
  using resolver = createResolver({ servers: [server.address], timeout: PATIENCE_MS, clock })
  assert.deepEqual(await resolver.query('nobody.example.test', 'A'), { kind: 'nxdomain', ttl: 300_000 })
  assert.deepEqual(await resolver.query('example.test', 'A'), { kind: 'nodata', ttl: 300_000 })
  clock.pass(299_000)
  assert.deepEqual(await resolver.query('nobody.example.test', 'A'), { kind: 'nxdomain', ttl: 1000 })
  assert.equal(server.count(), 2)
  clock.pass(1000)
  server.zones = { ...ZONES, 'nobody.example.test': { A: ['192.0.2.9'] } }
  assert.deepEqual(await resolver.query('nobody.example.test', 'A'), { kind: 'records', records: ['192.0.2.9'], ttl: 300_000 })
})

test('an answer is kept for its TTL and asked again after it', async () => {
  await using server = await DnsServer.start(ZONES)
  const clock = new FakeClock()
  using resolver = createResolver({ servers: [server.address], timeout: PATIENCE_MS, clock })
  await resolver.query('mx.example.test', 'A')
  clock.pass(59_999)
  assert.deepEqual(await resolver.query('mx.example.test', 'A'), { kind: 'records', records: ['192.0.2.1', '192.0.2.2'], ttl: 1 })
  assert.equal(server.count(), 1)
  clock.pass(1)
  await resolver.query('mx.example.test', 'A')
  assert.equal(server.count(), 2)
  assert.equal(clock.timers, 0)
})

test('a thousand who ask at once are one query', async () => {
  await using server = await DnsServer.start(ZONES)
  using resolver = resolverFor([server])
  const answers = await Promise.all(Array.from({ length: 1000 }, () => resolver.query('mx.example.test', 'A')))
  assert.ok(answers.every((answer) => answer.kind === 'records'))
  assert.equal(server.count(), 1)
})

test('a thousand names at once are all answered, each from a port of its own', async () => {
  await using server = await DnsServer.start({})
  using resolver = resolverFor([server])
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => resolver.query(`n${i}.example.test`, 'MX')))
  assert.ok(answers.every((answer) => answer.kind === 'nxdomain'))
  assert.equal(server.count(), 1000)
  assert.ok(new Set(server.ports).size > 100)
  assert.equal(resolver.asking, 0)
})

test('the cache is bounded, the least lately used goes', async () => {
  await using server = await DnsServer.start(ZONES)
  using resolver = createResolver({ servers: [server.address], timeout: PATIENCE_MS, clock: systemClock, mostEntries: 2 })
  for (const name of ['mx.example.test', 'a.example.test', 'mx.example.test', 'b.example.test', 'mx.example.test'])
    await resolver.query(name, 'A')
  assert.equal(server.count('mx.example.test A'), 1)
  await resolver.query('a.example.test', 'A')
  assert.equal(server.count('a.example.test A'), 2)
})

test('a truncated answer is asked for over TCP', async () => {
  await using server = await DnsServer.start({
    'big.example.test': { A: Array.from({ length: 300 }, (_, i) => `192.0.${i >> 8}.${i & 255}`) },
  })
  server.behaviour.set('*', { truncate: true })
  using resolver = resolverFor([server])
  const answer = await resolver.query('big.example.test', 'A')
  assert.ok(answer.kind === 'records')
  assert.equal(answer.records.length, 100)
  assert.deepEqual(server.asked, ['big.example.test A', 'big.example.test A tcp'])
})

for (const spoof of ['id', 'question', 'garbage', 'port'] as const)
  test(`a forged answer (${spoof}) is passed over`, async () => {
    await using server = await DnsServer.start(ZONES)
    server.behaviour.set('*', { spoof })
    using resolver = resolverFor([server])
    assert.deepEqual(await resolver.query('mx.example.test', 'A'), { kind: 'records', records: ['192.0.2.1', '192.0.2.2'], ttl: 60_000 })
  })

for (const [what, behaviour] of [['silent', { drop: true }], ['failing', { rcode: 'SERVFAIL' }]] as const satisfies [string, DnsBehaviour][])
  test(`a ${what} server is passed over, and the one that answers is asked first from then on`, async () => {
    await using bad = await DnsServer.start(ZONES)
    await using good = await DnsServer.start(ZONES)
    bad.behaviour.set('*', behaviour)
    const clock = new FakeClock()
    using resolver = createResolver({ servers: [bad.address, good.address], timeout: 200, clock })
    const first = resolver.query('mx.example.test', 'A')
    await until(() => bad.count() === 1)
    clock.pass(200)
    assert.equal((await first).kind, 'records')
    assert.equal((await resolver.query('mx.example.test', 'AAAA')).kind, 'records')
    assert.equal(bad.count(), 1)
    assert.equal(good.count(), 2)
  }) // prettier-ignore

test('trouble is said as such, kept for seconds only, and heals', async () => {
  await using server = await DnsServer.start(ZONES)
  const clock = new FakeClock()
  using resolver = createResolver({ servers: [server.address], timeout: PATIENCE_MS, clock })
  server.behaviour.set('*', { rcode: 'SERVFAIL' })
  const answer = await resolver.query('mx.example.test', 'A')
  assert.deepEqual(answer, { kind: 'trouble', reason: 'the name server 127.0.0.1 answered: SERVFAIL', ttl: 10_000 })
  server.behaviour.clear()
  assert.equal((await resolver.query('mx.example.test', 'A')).kind, 'trouble')
  clock.pass(10_000)
  assert.equal((await resolver.query('mx.example.test', 'A')).kind, 'records')
})

test('a server that is not there is trouble at once, and disposing ends what is open', async () => {
  const gone = await DnsServer.start({})
  await gone.close()
  using resolver = createResolver({ servers: ['127.0.0.1:9'], timeout: 5000, clock: systemClock })
  assert.equal((await resolver.query('example.test', 'MX')).kind, 'trouble')
  await using server = await DnsServer.start({})
  server.behaviour.set('*', { drop: true })
  const waiting = createResolver({ servers: [server.address], timeout: 60_000, clock: systemClock })
  const answer = waiting.query('example.test', 'MX')
  setTimeout(() => waiting[Symbol.dispose](), 20)
  assert.equal((await answer).kind, 'trouble')
})

test('a server that there is no way to is trouble at once, and hurts nobody', async () => {
  // The system refuses to connect to the broadcast address, as it does to any where there is no network.
  using resolver = createResolver({ servers: ['255.255.255.255'], timeout: 20_000, clock: systemClock })
  assert.equal((await resolver.query('example.test', 'MX')).kind, 'trouble')
})

test('a name that no query can hold does not exist, without asking', async () => {
  await using server = await DnsServer.start({})
  using resolver = resolverFor([server])
  for (const name of ['', '.', 'a..b', `${'x'.repeat(64)}.test`, 'ü.test', 'a b.test', `${'abcdefg.'.repeat(40)}test`])
    assert.equal((await resolver.query(name, 'A')).kind, 'nxdomain', name)
  assert.equal(server.count(), 0)
})

test('name servers are read as the owner and the system write them', () => {
  assert.deepEqual(parseServer('192.0.2.53'), { host: '192.0.2.53', port: 53 })
  assert.deepEqual(parseServer('192.0.2.53:5353'), { host: '192.0.2.53', port: 5353 })
  assert.deepEqual(parseServer('2001:db8::53'), { host: '2001:db8::53', port: 53 })
  assert.deepEqual(parseServer('[2001:db8::53]:5353'), { host: '2001:db8::53', port: 5353 })
  for (const text of ['', 'ns.example.test', '1.2.3', '192.0.2.53:0', '192.0.2.53:70000', '[::1']) assert.throws(() => parseServer(text))
  const conf = 'search x\nnameserver 192.0.2.1\n  nameserver ::1 \n# nameserver 192.0.2.2\nnameserver nonsense\n'
  assert.deepEqual(parseResolvConf(conf), [{ host: '192.0.2.1', port: 53 }, { host: '::1', port: 53 }]) // prettier-ignore
  assert.deepEqual(parseResolvConf(''), [{ host: '127.0.0.1', port: 53 }])
})
