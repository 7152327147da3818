import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsServer, type DnsZones } from '../../../testkit/dns-server.ts'
import type { Domain } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { MailRoute } from '../../engine/ports/resolver.ts'
import { createMailResolver, type MailResolverOptions } from './mail-resolver.ts'
import { createResolver } from './resolver.ts'

const PUBLIC = ['192.42.116.1', '192.42.116.2', '192.42.116.3', '192.42.116.4'] as const

async function withZones(zones: DnsZones, more: Partial<MailResolverOptions>, run: (kit: Kit) => Promise<void>): Promise<void> {
  await using server = await DnsServer.start(zones)
  using resolver = createResolver({ servers: [server.address], timeout: 300, clock: systemClock })
  const mail = createMailResolver({ resolver, hostName: 'hms.example.test', listeners: [], port: 25, allowPrivate: false, ...more })
  await run({ server, route: (domain) => mail.resolve(domain as Domain), addresses: mail.addresses })
}
interface Kit {
  readonly server: DnsServer
  readonly route: (domain: string) => Promise<MailRoute>
  readonly addresses: (host: string, allowPrivate: boolean) => Promise<{ addresses: readonly string[]; trouble: string | null }>
}

function hostsOf(route: MailRoute): string[] {
  assert.equal(route.kind, 'hosts', JSON.stringify(route))
  return route.kind === 'hosts' ? route.hosts.map(({ host, addresses }) => `${host} ${addresses.join(' ')}`) : []
}

test('hosts come by preference, with their addresses by turns, under one site name', async () => {
  const zones: DnsZones = {
    'example.test': { MX: [[20, 'b.mx.test'], [10, 'a.mx.test']], ttl: 500 },
    'a.mx.test': { A: [PUBLIC[0], PUBLIC[1]], AAAA: ['2a00:1450::1'], ttl: 120 },
    'b.mx.test': { A: [PUBLIC[2]], ttl: 3600 },
  } // prettier-ignore
  await withZones(zones, { random: () => 0.99 }, async ({ route }) => {
    const found = await route('example.test')
    assert.deepEqual(hostsOf(found), [`a.mx.test 2a00:1450::1 ${PUBLIC[0]} ${PUBLIC[1]}`, `b.mx.test ${PUBLIC[2]}`])
    assert.ok(found.kind === 'hosts')
    assert.equal(found.site, '(a|b).mx.test')
    // The lowest of all answers: that there is no AAAA of b is known for 60 s only.
    assert.ok(found.ttl > 55_000 && found.ttl <= 60_000, `${found.ttl}`)
  })
})

test('hosts of one preference are shuffled', async () => {
  const names = ['a.mx.test', 'b.mx.test', 'c.mx.test', 'd.mx.test']
  const zones: DnsZones = { 'example.test': { MX: names.map((name) => [10, name] as const) } }
  names.forEach((name, i) => (zones[name] = { A: [PUBLIC[i] ?? ''] }))
  await withZones(zones, {}, async ({ route }) => {
    const first = new Set<string>()
    for (let i = 0; i < 200; i++) first.add(hostsOf(await route('example.test'))[0] ?? '')
    assert.equal(first.size, 4)
  })
})

test('null MX, no domain, no MX and nothing at all are told apart', async () => {
  const zones: DnsZones = {
    'null.test': { MX: [[0, '.']] },
    'implicit.test': { A: [PUBLIC[0]] },
    'bare.test': { TXT: ['here'] },
    'dangling.test': { MX: [[10, 'gone.test']] },
    'numeric.test': { MX: [[10, PUBLIC[0]]] },
  }
  await withZones(zones, {}, async ({ route }) => {
    assert.equal((await route('null.test')).kind, 'null-mx')
    assert.equal((await route('nobody.test')).kind, 'no-such-domain')
    const implicit = await route('implicit.test')
    assert.deepEqual(hostsOf(implicit), [`implicit.test ${PUBLIC[0]}`])
    assert.ok(implicit.kind === 'hosts' && implicit.site === 'implicit.test')
    assert.deepEqual({ ...(await route('bare.test')), ttl: 0 }, { kind: 'no-address', forbidden: null, ttl: 0 })
    assert.deepEqual({ ...(await route('dangling.test')), ttl: 0 }, { kind: 'no-address', forbidden: null, ttl: 0 })
    assert.equal((await route('numeric.test')).kind, 'trouble')
  })
})

test('an address literal needs no DNS', async () => {
  await withZones({}, { allowPrivate: true }, async ({ server, route }) => {
    assert.deepEqual(hostsOf(await route('[192.42.116.1]')), ['192.42.116.1 192.42.116.1'])
    assert.deepEqual(hostsOf(await route('[ipv6:2A00:0::1]')), ['2A00:0::1 2a00::1'])
    assert.deepEqual(hostsOf(await route('[127.0.0.1]')), ['127.0.0.1 127.0.0.1'])
    assert.equal(server.count(), 0)
  })
})

test('trouble of the DNS is temporary, and a host in trouble does not hold up the others', async () => {
  const zones: DnsZones = {
    'example.test': { MX: [[10, 'bad.mx.test'], [20, 'good.mx.test']] },
    'good.mx.test': { A: [PUBLIC[0]], AAAA: ['2a00::1'] },
    'poor.test': { MX: [[10, 'bad.mx.test']] },
    'half.test': { MX: [[10, 'half.mx.test']] },
    'half.mx.test': { A: [PUBLIC[1]] },
  } // prettier-ignore
  await withZones(zones, {}, async ({ server, route }) => {
    server.behaviour.set('bad.mx.test', { rcode: 'SERVFAIL' })
    server.behaviour.set('silent.test', { drop: true })
    server.behaviour.set('half.mx.test AAAA', { drop: true })
    const partial = await route('example.test')
    assert.deepEqual(
      hostsOf(partial),
      [`good.mx.test 2a00::1 ${PUBLIC[0]}`].map((line) => line),
    )
    const poor = await route('poor.test')
    assert.ok(poor.kind === 'trouble' && poor.reason.includes('SERVFAIL'))
    assert.equal((await route('silent.test')).kind, 'trouble')
    assert.deepEqual(hostsOf(await route('half.test')), [`half.mx.test ${PUBLIC[1]}`])
  })
})

test('what resolves to an address that is not public is refused, unless the owner allows it', async () => {
  const zones: DnsZones = {
    'inside.test': { MX: [[10, 'inside.mx.test']] },
    'inside.mx.test': { A: ['127.0.0.1', '10.1.2.3'], AAAA: ['::ffff:192.168.1.1', '::1'] },
    'mixed.test': { MX: [[5, 'inside.mx.test'], [10, 'outside.mx.test']] },
    'outside.mx.test': { A: ['169.254.169.254', PUBLIC[0]] },
  } // prettier-ignore
  await withZones(zones, {}, async ({ route, addresses }) => {
    const refused = await route('inside.test')
    assert.equal(refused.kind, 'no-address')
    assert.ok(refused.kind === 'no-address' && refused.forbidden !== null)
    assert.deepEqual(hostsOf(await route('mixed.test')), [`outside.mx.test ${PUBLIC[0]}`])
    assert.deepEqual((await route('[127.0.0.1]')).kind, 'no-address')
    assert.deepEqual(await addresses('inside.mx.test', false), { addresses: [], trouble: null })
    assert.equal((await addresses('inside.mx.test', true)).addresses.length, 4)
  })
  await withZones(zones, { allowPrivate: true }, async ({ route }) => assert.equal(hostsOf(await route('inside.test')).length, 1))
})

test('where we are the best host, mail would go in circles', async () => {
  const zones: DnsZones = {
    'ours.test': { MX: [[10, 'HMS.example.test'], [20, 'backup.mx.test']] },
    'second.test': { MX: [[10, 'best.mx.test'], [20, 'us.mx.test'], [20, 'equal.mx.test'], [30, 'backup.mx.test']] },
    'us.mx.test': { A: ['127.0.0.5'] },
    'best.mx.test': { A: [PUBLIC[0]] },
    'equal.mx.test': { A: [PUBLIC[1]] },
    'backup.mx.test': { A: [PUBLIC[2]] },
    'implicit.test': { A: ['127.0.0.5'] },
    'other-port.test': { A: ['127.0.0.6'] },
  } // prettier-ignore
  const listeners = [{ host: '127.0.0.5', port: 25 }, { host: '127.0.0.6', port: 2525 }] // prettier-ignore
  await withZones(zones, { listeners, allowPrivate: true }, async ({ route }) => {
    assert.equal((await route('ours.test')).kind, 'loop')
    assert.deepEqual(hostsOf(await route('second.test')), [`best.mx.test ${PUBLIC[0]}`])
    assert.equal((await route('implicit.test')).kind, 'loop')
    assert.equal((await route('[127.0.0.5]')).kind, 'loop')
    assert.deepEqual(hostsOf(await route('other-port.test')), ['other-port.test 127.0.0.6'])
  })
  await withZones(zones, { listeners: [{ host: '::', port: 25 }], allowPrivate: true }, async ({ route }) =>
    assert.equal((await route('other-port.test')).kind, 'loop'),
  )
})
