import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { DkimKey, Settings } from '../../contract/settings.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import { dkimRecord } from '../../message/dkim/record.ts'
import { DnsServer } from '../../../testkit/dns-server.ts'
import { configWith, settingsWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { AlertBook } from '../alerts/alert-book.ts'
import { OutsideProbe } from './outside-probe.ts'

const LOOK = 10_000
/** Six hours as chance has it here. */
const NEXT_LOOK = 21_600_000
/** Where something is wrong: five minutes. */
const SOONER = 300_000
const RECORDS = ['dkim-record', 'spf-record', 'ptr-record', 'mx-record'] as const

async function keyOf(domain: string): Promise<DkimKey> {
  const made = await generateDkimKey('ed25519-sha256')
  return { ...made, domain: domain as Domain, selector: 's', account: null, role: 'author', seenAt: 1 }
}

/** A look that began on the way has to end before the last one. */
async function later(clock: FakeClock, span: number): Promise<void> {
  clock.pass(span - LOOK)
  await new Promise((resolve) => void setImmediate(resolve))
  clock.pass(LOOK)
}

test('records that are gone or changed are told, until they are as they were or somebody takes them as right; a silent server says nothing', async () => {
  using folder = temporaryFolder()
  const key = await keyOf('sender.example')
  const { name, value } = dkimRecord(key)
  const good = {
    'sender.example': { TXT: ['v=spf1 mx -all', 'other'] },
    'bounce.test': { MX: [[10, 'mx.bounce.test']] as const },
    '7.2.0.192.in-addr.arpa': { PTR: ['mta.test'] },
    [name]: { TXT: [value] },
  }
  await using names = await DnsServer.start({ ...good })
  const settings: Settings = settingsWith({
    dkimKeys: [key],
    ownDomains: new Map([['bounce.test' as Domain, { domain: 'bounce.test' as Domain, account: null, forwardTo: null, localParts: [] }]]),
  })
  const config = configWith({ 'dns.servers': [names.address], 'delivery.source_address': '192.0.2.7' })
  const log = jsonLog('test', 'error', () => {})
  const file = join(folder.path, 'desk.db')
  const clock = new FakeClock()
  const open = (book: AlertBook): OutsideProbe =>
    new OutsideProbe({ home: folder.path, config, settings: () => settings, book, clock, random: () => 0.5 })
  const told = (probe: OutsideProbe): ReadonlyMap<AlarmName, readonly string[]> =>
    new Map([...probe.readings()].map(([alarm, found]) => [alarm, found.map(({ words }) => words)]))
  const wordsOf = (probe: OutsideProbe): readonly string[] => RECORDS.flatMap((alarm) => told(probe).get(alarm) ?? [])
  const isKnown = (probe: OutsideProbe): boolean => RECORDS.every((alarm) => told(probe).has(alarm))
  {
    using book = new AlertBook(file, { log, now: 0 })
    using probe = open(book)
    clock.pass(LOOK)
    await until(() => isKnown(probe), 'the first look')
    assert.deepEqual(wordsOf(probe), [])
  }
  names.zones = { 'sender.example': { TXT: ['v=spf1 -all'] }, 'bounce.test': { MX: [[10, 'mx.thief.test']] } }
  using book = new AlertBook(file, { log, now: 0 })
  using probe = open(book)
  clock.pass(LOOK)
  assert.equal(isKnown(probe), false, 'nothing is known before all was looked at')
  await until(() => isKnown(probe), 'the look of another process')
  assert.deepEqual(wordsOf(probe), [
    `DKIM, ${name}: there is no record.`,
    'The SPF record of sender.example is now v=spf1 -all; it was v=spf1 mx -all.',
    'The name of 192.0.2.7 is gone; it was mta.test.',
    'The MX of bounce.test is now 10 mx.thief.test; it was 10 mx.bounce.test.',
  ])
  probe.accept('spf-record', 'sender.example')
  clock.pass(LOOK)
  await until(() => isKnown(probe) && wordsOf(probe).length === 3, 'SPF as it is now')
  names.zones = { ...good, 'sender.example': { TXT: ['v=spf1 -all'] } }
  await later(clock, SOONER - LOOK)
  await until(
    () => wordsOf(probe).length === 0,
    () => wordsOf(probe).join('\n'),
  )
})

test('a name server that does not answer says nothing of the records', async () => {
  using folder = temporaryFolder()
  await using names = await DnsServer.start({ 'sender.example': { TXT: ['v=spf1 -all'] } })
  const config = configWith({ 'dns.servers': [names.address] })
  const clock = new FakeClock()
  using book = new AlertBook(join(folder.path, 'desk.db'), { log: jsonLog('test', 'error', () => {}), now: 0 })
  const settings = settingsWith({})
  using probe = new OutsideProbe({ home: folder.path, config, settings: () => settings, book, clock, random: () => 0.5 })
  const spf = (): readonly string[] | undefined => new Map(probe.readings()).get('spf-record')?.map(({ words }) => words)
  clock.pass(LOOK)
  await until(() => spf() !== undefined, 'the first look')
  names.behaviour.set('*', { rcode: 'SERVFAIL' })
  const asked = names.count()
  await later(clock, NEXT_LOOK)
  await until(() => names.count() > asked, 'another look')
  names.behaviour.clear()
  assert.deepEqual(spf(), [])
})
