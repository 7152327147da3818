import assert from 'node:assert/strict'
import { Resolver } from 'node:dns/promises'
import { test } from 'node:test'
import { DnsServer } from './dns-server.ts'

test('the DNS server of the kit answers a resolver that is not ours', async () => {
  await using server = await DnsServer.start({
    'example.test': { MX: [[10, 'mx.example.test']], TXT: ['v=spf1 -all', 'x'.repeat(300)] },
    'mx.example.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
    'alias.example.test': { CNAME: 'mx.example.test' },
  })
  const resolver = new Resolver({ tries: 1, timeout: 2000 })
  resolver.setServers([server.address])
  assert.deepEqual(
    (await resolver.resolveMx('example.test')).map((mx) => [mx.priority, mx.exchange]),
    [[10, 'mx.example.test']],
  )
  assert.deepEqual(await resolver.resolve6('mx.example.test'), ['2001:db8::1'])
  assert.deepEqual(await resolver.resolve4('alias.example.test'), ['192.0.2.1'])
  assert.deepEqual((await resolver.resolveTxt('example.test')).map((parts) => parts.join('').length).sort(), [11, 300])
  await assert.rejects(resolver.resolve4('nobody.example.test'), { code: 'ENOTFOUND' })
  await assert.rejects(resolver.resolve4('example.test'), { code: 'ENODATA' })
  server.behaviour.set('mx.example.test', { truncate: true })
  assert.deepEqual(await resolver.resolve4('mx.example.test'), ['192.0.2.1'])
  assert.equal(server.asked.at(-1), 'mx.example.test A tcp')
  server.behaviour.set('*', { rcode: 'SERVFAIL' })
  await assert.rejects(resolver.resolve4('other.example.test'), { code: 'ESERVFAIL' })
  assert.equal(server.count('example.test MX'), 1)
})
