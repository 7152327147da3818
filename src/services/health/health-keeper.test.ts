import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { DomainHealth } from '../../contract/health.ts'
import { type DkimKey, newAccount, type SenderDomain, type Settings } from '../../contract/settings.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import { dkimRecord } from '../../message/dkim/record.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { DnsServer, type DnsZones } from '../../../testkit/dns-server.ts'
import { configWith, settingsWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { ComplaintCounter } from './complaint-counter.ts'
import { HealthKeeper, isDue } from './health-keeper.ts'

const ADDRESS = '11.22.33.44'
const ZEN = '44.33.22.11.zen.spamhaus.org'
/** rfc:5782#5 */
const TEST_ENTRY = { '2.0.0.127.zen.spamhaus.org': { A: ['127.0.0.2', '127.0.0.10'] } }
const DOMAIN = 'd.test' as Domain
const SENDER: SenderDomain = { domain: DOMAIN, account: 1001 as AccountId, token: 't', verifiedAt: 1 }
const config = configWith({
  'delivery.source_address': ADDRESS,
  'delivery.allow_private': true,
  'host.name': 'mta.d.test',
  'dns.timeout': 2000,
})
const key: DkimKey = {
  ...(await generateDkimKey('ed25519-sha256')),
  domain: DOMAIN,
  selector: 's',
  account: null,
  role: 'author',
  seenAt: 1,
}
const settings: Settings = settingsWith({
  accounts: new Map([[SENDER.account, { ...newAccount(SENDER.account, 'shop'), returnPathDomain: 'b.d.test' as Domain }]]),
  senderDomains: new Map([[DOMAIN, SENDER]]),
  ownDomains: new Map([['b.d.test' as Domain, { domain: 'b.d.test' as Domain, account: null, forwardTo: null, localParts: [] }]]),
  dkimKeys: [key],
})
/** What everybody's name servers know. */
const COMMON: DnsZones = {
  'd.test': { NS: ['ns.d.test'] },
  'ns.d.test': { A: ['127.0.0.1'] },
  '44.33.22.11.in-addr.arpa': { PTR: ['mta.d.test'] },
}
/** What the zone's own have. */
const own = (): DnsZones => ({
  'd.test': { TXT: ['v=spf1 -all'] },
  'mta.d.test': { A: [ADDRESS] },
  'b.d.test': { MX: [[10, 'mta.d.test']], TXT: ['v=spf1 a:mta.d.test -all'] },
  '_dmarc.d.test': { TXT: ['v=DMARC1; p=reject; aspf=s'] },
  [dkimRecord(key).name]: { TXT: [dkimRecord(key).value] },
})

interface Around {
  readonly keeper: HealthKeeper
  readonly common: DnsServer
  readonly zone: DnsServer
  readonly clock: FakeClock
  readonly now: { settings: Settings }
  readonly file: string
}

/** What alarms were told, newest last. */
class Told implements AlarmFacts {
  readonly all: (readonly [string, readonly string[]])[] = []
  report(alarm: string, readings: readonly Reading[]): void {
    this.all.push([alarm, readings.map(({ subject, words }) => `${subject}: ${words}`)])
  }
}
const quiet = { readings: () => null }

async function within(run: (around: Around) => Promise<void>, change: Partial<Config> = {}): Promise<void> {
  using folder = temporaryFolder()
  await using common = await DnsServer.start({ ...COMMON })
  await using zone = await DnsServer.start(own())
  using resolver = createResolver({ servers: [common.address], timeout: change['dns.timeout'] ?? 2000, clock: systemClock, mostEntries: 0 })
  const [clock, file] = [new FakeClock(), join(folder.path, 'desk.db')]
  const now = { settings }
  using keeper = new HealthKeeper({
    config: { ...config, 'dns.servers': [common.address], ...change },
    settings: () => now.settings,
    resolver,
    file,
    clock,
    log: jsonLog('test', 'error', () => {}),
    port: zone.port,
  })
  await run({ keeper, common, zone, clock, now, file })
}

const told = ({ findings }: DomainHealth, aspect: string): readonly string[] =>
  findings.filter((one) => one.aspect === aspect).map(({ state, subject, found }) => `${state} ${subject}: ${found}`)

test("a domain in order, as its own name servers have it; a blocklist's word; a record that is gone", async () => {
  await within(async ({ keeper, common, zone }) => {
    const first = await keeper.check(SENDER)
    assert.deepEqual(told(first, 'spf'), [`ok ${ADDRESS}: pass by "a:mta.d.test" of b.d.test, 1 of 10 lookups`])
    assert.match(told(first, 'dkim')[0] ?? '', /^ok s\._domainkey\.d\.test/)
    assert.deepEqual(told(first, 'dmarc'), ['ok _dmarc.d.test: v=DMARC1; p=reject; aspf=s'])
    assert.deepEqual(told(first, 'alignment'), ['wrong return path b.d.test: b.d.test', 'ok signature: d=d.test'])
    assert.deepEqual(told(first, 'return-path'), ['ok b.d.test: mta.d.test'])
    assert.deepEqual(told(first, 'reverse-name'), [`ok ${ADDRESS}: mta.d.test, which resolves back to it`])
    assert.deepEqual(
      first.findings.filter(({ aspect, state }) => aspect === 'blocklist' && state !== 'ok'),
      [],
    )
    assert.deepEqual(first.indirect, [])
    assert.equal(first.requirements.find(({ provider, wanted }) => provider === 'microsoft' && wanted.includes('aligned'))?.state, 'ok')
    assert.ok(zone.count('b.d.test TXT') > 0 && common.count('b.d.test TXT') === 0, "the zone's own servers were asked")

    delete zone.zones[dkimRecord(key).name]
    zone.zones['_dmarc.d.test'] = { TXT: ['v=DMARC1; p=none'] }
    const second = await keeper.check(SENDER)
    assert.match(told(second, 'dkim')[0] ?? '', /^missing/)
    assert.match(told(second, 'alignment')[0] ?? '', /^ok return path/)
    assert.deepEqual(keeper.kept(DOMAIN), second)
    const { at, ...counts } = keeper.sums().get(DOMAIN) ?? { at: 0 }
    assert.equal(at, second.at)
    assert.deepEqual(
      counts,
      Object.fromEntries(
        ['ok', 'wrong', 'missing', 'unknown'].map((state) => [state, second.findings.filter((one) => one.state === state).length]),
      ),
    )
  })
})

test('a list counts where it answers as it documents; what is refused or shared cannot be told', async () => {
  const zen = (health: DomainHealth): string | undefined => told(health, 'blocklist')[0]?.split(':')[0]
  await within(async ({ keeper, common }) => {
    common.zones[ZEN] = { A: ['127.255.255.254'] }
    assert.equal(zen(await keeper.check(SENDER)), `unknown ${ADDRESS}`)
    Object.assign(common.zones, TEST_ENTRY, { [ZEN]: { A: ['127.0.0.2'] } })
    assert.equal(zen(await keeper.check(SENDER)), `wrong ${ADDRESS}`, 'what could not be told is asked again')
    await keeper.check(SENDER)
    assert.equal(common.count(`${ZEN} A`), 2, 'what was told is kept for an hour')
  })
  await within(
    async ({ keeper, common }) => {
      assert.equal(zen(await keeper.check(SENDER)), `unknown ${ADDRESS}`)
      assert.equal(common.count(`${ZEN} A`), 0, 'no list is asked by a name server that everybody shares')
    },
    { 'dns.servers': ['9.9.9.9'] },
  )
  using folder = temporaryFolder()
  const file = join(folder.path, 'key')
  writeFileSync(file, 'abcdefghij0123456789\n')
  await within(
    async ({ keeper, common }) => {
      common.zones['44.33.22.11.abcdefghij0123456789.zen.dq.spamhaus.net'] = { A: ['127.0.0.3'] }
      common.zones['2.0.0.127.abcdefghij0123456789.zen.dq.spamhaus.net'] = { A: ['127.0.0.2'] }
      assert.equal(zen(await keeper.check(SENDER)), `wrong ${ADDRESS}`, 'who has a key may ask by any name server')
    },
    { 'dns.servers': ['9.9.9.9'], 'health.spamhaus_key_file': file },
  )
  await within(
    async ({ keeper }) => {
      assert.deepEqual(told(await keeper.check(SENDER), 'blocklist'), [])
      assert.deepEqual(await keeper.listings(), [])
    },
    { 'health.blocklists': false },
  )
})

test('alarms hear of a listing each hour; a list that cannot be asked changes nothing', async () => {
  await within(async ({ keeper, common, clock }) => {
    const facts = new Told()
    const next = async (count: number): Promise<readonly string[]> => {
      await until(() => {
        clock.pass(60_000)
        return facts.all.length >= count
      })
      const [alarm, readings] = facts.all.at(-1) ?? []
      assert.equal(alarm, 'source-listed')
      return readings ?? []
    }
    Object.assign(common.zones, TEST_ENTRY, { [ZEN]: { A: ['127.0.0.2'] } })
    keeper.begin({ facts, refusals: quiet })
    const [reading = ''] = await next(1)
    assert.match(reading, /^11\.22\.33\.44: Spamhaus ZEN lists 11\.22\.33\.44: SBL/)
    assert.deepEqual(
      (await keeper.listings()).map(({ list, state }) => `${list} ${state}`),
      ['Spamhaus ZEN listed', 'SpamCop not-listed', 'Barracuda not-listed'],
    )
    common.behaviour.set(ZEN, { rcode: 'REFUSED' })
    assert.deepEqual(await next(facts.all.length + 1), [reading])
    common.behaviour.clear()
    delete common.zones[ZEN]
    assert.deepEqual(await next(facts.all.length + 1), [])
  })
})

test('complaints count against what their provider took, by account; imported rates by domain', async () => {
  await within(async ({ keeper, clock, file }) => {
    const at = clock.now()
    const event = (kind: string, domain: string, more: object = {}): LinedEvent => ({
      event: { kind, at, account: SENDER.account, domain, ...more } as unknown as NumberedEvent,
      number: 1,
      start: 0,
      end: 0,
    })
    using counter = new ComplaintCounter(
      file,
      clock,
      jsonLog('test', 'error', () => {}),
    )
    const sink = await counter.begin()
    for (let i = 0; i < 100; i++) sink.add(event('delivered', 'yahoo.com'))
    sink.add(event('delivered', 'gmail.com'))
    sink.add(event('delivered', 'shop.example'))
    const complained = { proved: true, feedbackType: 'abuse' }
    sink.add(event('complained', 'yahoo.com', complained))
    sink.add(event('complained', 'yahoo.com', { ...complained, proved: false }))
    sink.add(event('complained', 'yahoo.com', { ...complained, feedbackType: 'not-spam' }))
    await sink.commit()
    clock.pass(15_000)
    keeper.importRates(DOMAIN, 'gmail', [
      { day: new Date(at).toISOString().slice(0, 10), rate: 0.004 },
      { day: '2020-01-01', rate: 0.9 },
    ])
    const of = { account: SENDER.account, domain: '' }
    assert.deepEqual(keeper.complaints(), [
      { ...of, provider: 'gmail', delivered: 1, complaints: 0, rate: null },
      { ...of, provider: 'yahoo', delivered: 100, complaints: 1, rate: 0.01 },
      { ...of, domain: DOMAIN, provider: 'gmail', delivered: null, complaints: null, rate: 0.004 },
    ])
    const { requirements } = await keeper.check(SENDER)
    assert.deepEqual(
      requirements.filter(({ wanted }) => wanted.startsWith('complaints')).map(({ provider, state, found }) => [provider, state, found]),
      [
        ['gmail', 'wrong', '0.4 % (as imported)'],
        ['yahoo', 'wrong', '1 % (1 of 100 delivered)'],
      ],
    )
  })
})

test('who asks does not wait for those that are looked at by themselves and do not answer', async () => {
  await within(
    async ({ keeper, common, clock, now }) => {
      const silent = Array.from({ length: 6 }, (_, i): SenderDomain => ({ ...SENDER, domain: `silent${i}.test` as Domain }))
      for (const { domain } of silent) common.behaviour.set(`${domain} NS`, { drop: true })
      now.settings = { ...settings, senderDomains: new Map([...silent, SENDER].map((one) => [one.domain, one])) }
      keeper.begin({ facts: new Told(), refusals: quiet })
      clock.pass(60_000)
      await until(() => common.count('silent0.test NS') > 0 && common.count('silent1.test NS') > 0)
      assert.equal((await keeper.check(SENDER)).domain, DOMAIN)
      assert.equal(keeper.sums().size, 1)
    },
    { 'dns.timeout': 60_000 },
  )
})

test('each domain is looked at by itself, once a day, and forgotten where it is gone', async () => {
  await within(async ({ keeper, clock, now }) => {
    keeper.begin({ facts: new Told(), refusals: quiet })
    clock.pass(60_000)
    await until(() => keeper.kept(DOMAIN) !== null)
    now.settings = { ...settings, senderDomains: new Map() }
    await until(() => {
      clock.pass(60_000)
      return keeper.sums().size === 0
    })
  })
  const day = 86_400_000
  for (const name of ['a.test', 'b.test', 'example.com'])
    assert.deepEqual([isDue(name, 0, 0.89 * day), isDue(name, 0, 1.1 * day)], [false, true])
  assert.ok(isDue('a.test', undefined, 0))
})

test('the reverse names of what mail leaves from are told with what to do, and asked again after some minutes', async () => {
  await within(async ({ keeper, common, clock }) => {
    const name = '44.33.22.11.in-addr.arpa'
    const told = async (): Promise<readonly unknown[]> =>
      (await keeper.reverse()).map(({ subject, sources, helo, state, record }) => [subject, sources, helo, state, record?.value ?? null])
    common.zones[name] = {}
    assert.deepEqual(await told(), [[ADDRESS, [], 'mta.d.test', 'missing', 'mta.d.test.']])
    Object.assign(common.zones, { [name]: { PTR: ['mta.d.test'] }, 'mta.d.test': { A: [ADDRESS] } })
    assert.deepEqual((await told()).length, 1)
    assert.equal((await keeper.reverse())[0]?.state, 'missing')
    clock.pass(301_000)
    assert.deepEqual(await told(), [[ADDRESS, [], 'mta.d.test', 'ok', null]])
    clock.pass(301_000)
    common.behaviour.set(name, { rcode: 'SERVFAIL' })
    assert.equal((await keeper.reverse())[0]?.state, 'unknown')
    common.behaviour.clear()
    assert.equal((await keeper.reverse())[0]?.state, 'ok', 'what could not be told is asked again at once')
  })
})
