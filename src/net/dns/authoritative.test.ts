import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../base/clock.ts'
import { DnsServer, type DnsZones } from '../../../testkit/dns-server.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { AuthoritativeResolver } from './authoritative.ts'
import { createResolver } from './resolver.ts'

/** As name servers that everybody asks have it: what is old. */
const KEPT: DnsZones = {
  'd.test': { NS: ['ns1.d.test'], TXT: ['old'] },
  'ns1.d.test': { A: ['127.0.0.1'] },
  'h.d.test': { A: ['192.0.2.1'] },
  'other.test': { A: ['192.0.2.3'], TXT: ['elsewhere'] },
  '1.2.0.192.in-addr.arpa': { PTR: ['h.d.test'] },
}
/** As the zone's own server has it. */
const OWN: DnsZones = {
  'd.test': { TXT: ['new'] },
  'h.d.test': { A: ['192.0.2.2'] },
  'away.d.test': { CNAME: 'other.test' },
  'other.test': {},
}

async function between(
  run: (ask: AuthoritativeResolver, servers: { readonly kept: DnsServer; readonly own: DnsServer }) => Promise<void>,
  { allowPrivate = true, clock = systemClock as Clock } = {},
): Promise<void> {
  await using kept = await DnsServer.start(KEPT)
  await using own = await DnsServer.start(OWN)
  own.soaMinimum = null
  using resolver = createResolver({ servers: [kept.address], timeout: 2000, clock: systemClock, mostEntries: 0 })
  using ask = new AuthoritativeResolver({ resolver, allowPrivate, timeout: 2000, within: 20_000, clock, port: own.port })
  await run(ask, { kept, own })
}

const textOf = async (ask: AuthoritativeResolver, name: string): Promise<unknown> => {
  const answer = await ask.query(name, 'TXT')
  return answer.kind === 'records' ? answer.records : answer.kind
}

test("a zone's own servers are asked, once for each record, and what lies outside of it by its own way", async () => {
  await between(async (ask, { kept, own }) => {
    assert.deepEqual(await textOf(ask, 'D.test.'), ['new'])
    assert.deepEqual(await textOf(ask, 'd.test'), ['new'])
    assert.deepEqual(await ask.query('h.d.test', 'A').then((answer) => answer.kind === 'records' && answer.records), ['192.0.2.2'])
    assert.deepEqual(await textOf(ask, 'gone.d.test'), 'nxdomain')
    assert.deepEqual(await textOf(ask, 'away.d.test'), ['elsewhere'])
    const names = await ask.query('1.2.0.192.in-addr.arpa', 'PTR')
    assert.deepEqual(names.kind === 'records' && names.records, ['h.d.test'])
    assert.equal(own.count('d.test TXT'), 1)
    assert.equal(kept.count('d.test NS'), 1)
    assert.equal(kept.count('d.test TXT'), 0)
    assert.deepEqual(ask.indirect, [])
  })
})

test('where they do not answer, or are in a private network, the resolver is believed, and that is said', async () => {
  await between(async (ask, { own }) => {
    own.behaviour.set('*', { rcode: 'REFUSED' })
    assert.deepEqual(await textOf(ask, 'd.test'), ['old'])
    assert.deepEqual(ask.indirect, ['d.test'])
  })
  await between(
    async (ask, { own }) => {
      assert.deepEqual(await textOf(ask, 'd.test'), ['old'])
      assert.equal(own.count(), 0, 'nobody in a private network is asked')
      assert.deepEqual(ask.indirect, ['d.test'])
    },
    { allowPrivate: false },
  )
})

test('a look ends in time, whatever does not answer', async () => {
  const clock = new FakeClock()
  await between(
    async (ask, { own }) => {
      own.behaviour.set('*', { drop: true })
      const answer = ask.query('d.test', 'TXT')
      clock.pass(20_000)
      assert.deepEqual(await answer.then(({ kind }) => kind), 'trouble')
      assert.equal((await ask.query('h.d.test', 'A')).kind, 'trouble')
    },
    { clock },
  )
})
