import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsServer } from '../../../testkit/dns-server.ts'
import { systemClock } from '../../base/clock.ts'
import { createResolver } from './resolver.ts'
import { isTrustedServer, parseServer } from './servers.ts'

test('a server on this machine is believed about DNSSEC, or one that is listed with its port', () => {
  const listed = ['192.0.2.53', '[2001:db8::53]:5353'].map(parseServer)
  for (const [server, trusted] of [
    ['127.0.0.53', true],
    ['127.1.2.3:5300', true],
    ['::1', true],
    ['192.0.2.53', true],
    ['192.0.2.53:5300', false],
    ['[2001:db8::53]:5353', true],
    ['192.0.2.54', false],
    ['12.7.0.1', false],
  ] as const)
    assert.equal(isTrustedServer(parseServer(server), listed), trusted, server)
})

test('an answer is secure where the server says so, is believed, and every part of the chain is', async () => {
  await using server = await DnsServer.start({
    'secure.test': { A: ['192.0.2.1'], secure: true },
    'plain.test': { A: ['192.0.2.2'] },
    'good.test': { CNAME: 'secure.test', secure: true },
    'bad.test': { CNAME: 'secure.test' },
    'ends.test': { CNAME: 'plain.test', secure: true },
    test: { secure: true },
  })
  const ask = async (servers: string, name: string): Promise<unknown[]> => {
    using resolver = createResolver({ servers: [servers], timeout: 2000, clock: systemClock })
    const answer = await resolver.query(name, 'A')
    return answer.kind === 'trouble' ? [answer.reason] : [answer.kind, answer.secure ?? false, 'alias' in answer ? answer.alias : null]
  }
  const { address } = server
  assert.deepEqual(await ask(address, 'secure.test'), ['records', true, null])
  assert.deepEqual(await ask(address, 'plain.test'), ['records', false, null])
  assert.deepEqual(await ask(address, 'good.test'), ['records', true, 'secure.test'])
  assert.deepEqual(await ask(address, 'bad.test'), ['records', false, null])
  assert.deepEqual(await ask(address, 'ends.test'), ['records', false, null])
  assert.deepEqual(await ask(address, 'none.test'), ['nxdomain', true, null])
  // The same server by an address that does not say that it is this machine.
  for (const name of ['secure.test', 'good.test']) assert.deepEqual(await ask(`0.0.0.0:${server.port}`, name), ['records', false, null])
})
