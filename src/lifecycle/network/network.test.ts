import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { DnsServer, type DnsZones } from '../../../testkit/dns-server.ts'
import { checkOwnResolver, checkPortRange } from './machine.ts'
import { Names } from './names.ts'
import { checkOwnDomain } from './own-domain.ts'
import { checkSender } from './sender.ts'
import { isGeneric } from '../../policy/health/reverse-name.ts'
import { checkSource } from './source.ts'

const ZONES: DnsZones = {
  '1.2.0.192.in-addr.arpa': { PTR: ['mta1.example.test'] },
  'mta1.example.test': { A: ['192.0.2.1'] },
  'other.example.test': { A: ['192.0.2.1'] },
  '2.2.0.192.in-addr.arpa': { PTR: ['liar.example.test'] },
  'liar.example.test': { A: ['198.51.100.9'] },
  '4.2.0.192.in-addr.arpa': { PTR: ['192-0-2-4.pool.example.test'] },
  '192-0-2-4.pool.example.test': { A: ['192.0.2.4'] },
  'good.test': { MX: [[10, 'mta1.example.test']], TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
  'else.test': { MX: [[10, 'liar.example.test']], TXT: ['v=spf1 -all'] },
  'bare.test': {},
}

async function withNames(run: (names: Names) => Promise<void>): Promise<void> {
  await using dns = await DnsServer.start(ZONES)
  dns.behaviour.set('9.2.0.192.in-addr.arpa', { rcode: 'SERVFAIL' })
  using resolver = createResolver({ servers: [dns.address], timeout: 2000, clock: systemClock })
  await run(new Names(resolver))
}

test('a source: its reverse name, the way back, and the name in the greeting', async () => {
  await withNames(async (names) => {
    const states = async (address: string, helo: string): Promise<string[]> =>
      (await checkSource({ address, isLocal: false }, helo, names)).map(({ state, what }) => `${state} ${what}`)
    assert.deepEqual(await states('192.0.2.1', 'MTA1.example.test'), [
      'ok 192.0.2.1 is called mta1.example.test, which leads back to it.',
      'ok It greets as MTA1.example.test, its reverse name.',
    ])
    assert.match((await states('192.0.2.1', 'other.example.test'))[1] ?? '', /^warn .*both lead to it, but they differ/)
    assert.match((await states('192.0.2.1', 'liar.example.test'))[1] ?? '', /^fail .*does not lead to 192\.0\.2\.1/)
    assert.deepEqual(
      (await states('192.0.2.2', 'x.test')).map((one) => one.slice(0, 4)),
      ['fail'],
    )
    assert.match((await states('192.0.2.3', 'x.test'))[0] ?? '', /^fail .*no reverse name/)
    assert.match((await states('192.0.2.4', '192-0-2-4.pool.example.test'))[0] ?? '', /^warn /)
    assert.match((await states('192.0.2.9', 'x.test'))[0] ?? '', /^warn No name server answers/)
    const v6 = await checkSource({ address: '2001:db8::1', isLocal: false }, 'x.test', names)
    assert.match(v6[0]?.mend ?? '', /deliver by IPv4/)
    const notOurs = await checkSource({ address: '192.0.2.1', isLocal: true }, 'x.test', names)
    assert.match(notOurs[0]?.what ?? '', /No interface of this machine has 192\.0\.2\.1/)
  })
})

test('a sender domain: where its bounces go, and whether SPF names the sources', async () => {
  await withNames(async (names) => {
    const found = async (domain: string): Promise<string[]> =>
      (await checkSender({ domain, sources: ['192.0.2.1'], here: ['192.0.2.1'], helo: 'mta1.example.test' }, names)).map(
        ({ state, what, mend }) => `${state} ${what} ${mend ?? ''}`,
      )
    assert.deepEqual(
      (await found('good.test')).map((one) => one.slice(0, 3)),
      ['ok ', 'ok '],
    )
    const other = await found('else.test')
    assert.match(other[0] ?? '', /^warn Bounces to else\.test go to liar\.example\.test/)
    assert.match(other[1] ?? '', /^fail SPF does not let 192\.0\.2\.1 send for else\.test: fail by "-all".*Add ip4:192\.0\.2\.1/)
    const bare = await found('bare.test')
    assert.match(bare[0] ?? '', /^fail bare\.test has no MX/)
    assert.match(bare[1] ?? '', /^fail .*no SPF record.*"v=spf1 ip4:192\.0\.2\.1 -all"/)
  })
})

test('a domain of our own: whether its MX leads here', async () => {
  await withNames(async (names) => {
    const found = async (domain: string): Promise<string> => {
      const { state, what, mend } = await checkOwnDomain(domain, ['192.0.2.1'], names)
      return `${state} ${what} ${mend ?? ''}`
    }
    assert.equal(await found('good.test'), 'ok Mail for good.test comes here, by mta1.example.test. ')
    assert.match(await found('else.test'), /^fail Mail for else\.test goes to liar\.example\.test, .* --address ADDRESS\.$/)
    assert.match(await found('bare.test'), /^fail bare\.test has no MX: no bounce and no complaint comes back\. Publish an MX record/)
  })
})

test('names that receivers take for home connections', () => {
  for (const name of [
    '192-0-2-4.example.test',
    'h4.2.0.192.example.test',
    'ip192000002004.example.test',
    'x.dyn.example.test',
    'dhcp12.example.test',
  ])
    assert.ok(isGeneric(name, '192.0.2.4'), name)
  for (const name of ['mail.example.test', 'mta192.example.test', 'out4-2.example.test', 'statics.example.test'])
    assert.ok(!isGeneric(name, '192.0.2.4'), name)
})

test('the machine: its own resolver, and room for connections', () => {
  assert.equal(checkOwnResolver([{ host: '127.0.0.1', port: 53 }]).state, 'ok')
  assert.equal(
    checkOwnResolver([
      { host: '127.0.0.1', port: 53 },
      { host: '192.0.2.53', port: 53 },
    ]).state,
    'warn',
  )
  assert.equal(checkPortRange('32768\t60999\n', { 'delivery.connections': 5000 }).state, 'ok')
  assert.equal(checkPortRange('32768\t60999\n', { 'delivery.connections': 20_000 }).state, 'warn')
})
