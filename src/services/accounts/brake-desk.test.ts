// Brakes at the desk over real stores: complaints, networks and peaks, over restarts, by settings, and never twice for what was looked at.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import { brakeOperations } from '../../api/operations/senders/brakes.ts'
import type { NewsOfAccount } from '../../api/operations/context.ts'
import { changeState, type StateContext } from '../../api/operations/senders/account-states.ts'
import type { MailEvent } from '../../contract/events.ts'
import { newAccount, type Settings } from '../../contract/settings.ts'
import { AccountHistory } from '../../store/sqlite/desk/account-history.ts'
import { initSettings } from '../../store/sqlite/settings/settings.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { BrakeDesk } from './brake-desk.ts'

const ID = 1001 as AccountId
const HOUR = 3_600_000
const NOON = Date.UTC(2026, 0, 20, 12)

function deskAt(now = NOON) {
  const opened = new DisposableStack()
  const folder = opened.use(temporaryFolder())
  const settings = opened.use(initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') }))
  settings.putAccount(newAccount(ID, 'shop'), 'test')
  const clock = new FakeClock(now)
  const told: NewsOfAccount[] = []
  const seen: { stale: Settings | null } = { stale: null }
  const context: StateContext = {
    settings,
    workers: { all: async () => [], some: async () => ({ answers: [], missing: [] }) },
    now: () => clock.now(),
    isRunning: () => true,
    tell: (news) => void told.push(...news),
  }
  const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
  const start = (): BrakeDesk => {
    const history = opened.use(new AccountHistory(join(folder.path, 'desk.db')))
    return new BrakeDesk({ settings: () => seen.stale ?? settings.read(), clock, log, history, ready: Promise.resolve(context) })
  }
  const base = { account: ID, message: 'm' as MessageId, clientId: null, mailing: null, sender: 'a@shop.test', size: 1 }
  const accepted = (recipients: number, client = '192.0.2.1'): MailEvent => {
    const told_ = { recipients, recipient: 'r@e.test', protocol: 'ESMTPA', client, user: 'shop' }
    return { kind: 'accepted', at: clock.now(), ...base, ...told_ }
  }
  const outcome = {
    recipient: 'r@e.test',
    domain: 'e.test' as Domain,
    attempt: 1,
    site: null,
    remoteHost: null,
    remoteAddress: null,
    localAddress: null,
    tls: null,
  }
  const strange = (): MailEvent => ({ ...accepted(99_999), recipient: 'token@bounces.test', user: null }) as MailEvent
  const delivered = (): MailEvent => ({
    kind: 'delivered',
    at: clock.now(),
    ...base,
    ...outcome,
    reply: { code: 250, enhanced: null, text: '' },
    queuedFor: 1,
  })
  const complained = (proved: boolean): MailEvent => {
    const { account, message, clientId, mailing } = base
    const about = { account, message, clientId, mailing, stream: null, recipient: 'r@e.test', domain: 'e.test' as Domain }
    return { kind: 'complained', at: clock.now(), ...about, report: message, reporter: 'fbl.test', proved, feedbackType: 'abuse' }
  }
  const state = (): string => settings.read().accounts.get(ID)?.state ?? ''
  const free = async (): Promise<void> => {
    clock.pass(1000)
    await changeState(context, settings.read().accounts.get(ID) ?? assert.fail(), { state: 'active', reason: '', by: 'ann', until: null })
    clock.pass(1000)
  }
  return Object.assign(seen, { opened, settings, clock, told, start, accepted, strange, delivered, complained, state, free, context })
}

async function see(desk: BrakeDesk, events: readonly MailEvent[]): Promise<void> {
  const batch = desk.begin()
  for (const event of events) batch.add(event)
  batch.committed()
  // What is decided is written a moment later.
  await new Promise((resolve) => setImmediate(resolve))
}

const many = (count: number, make: () => MailEvent): readonly MailEvent[] => Array.from({ length: count }, make)

test('proved complaints warn and hold, over a restart; those that nobody stands behind do nothing', async () => {
  const at = deskAt()
  using _opened = at.opened
  let desk = at.start()
  await see(desk, many(2000, at.delivered))
  await see(
    desk,
    many(50, () => at.complained(false)),
  )
  assert.deepEqual([at.state(), at.told.length], ['active', 0])
  await see(
    desk,
    many(2, () => at.complained(true)),
  )
  assert.deepEqual(
    at.told.map(({ kind, what }) => `${kind} ${what}`),
    [
      'account.warned Account 1001: 2 of 2000 (0.1 %) were complaints that are proved to be about its mail within 1d (complaints warns at 0.1 %, holds at 0.3 %).',
    ],
  )
  desk[Symbol.dispose]()
  desk = at.start()
  at.clock.pass(HOUR)
  await see(
    desk,
    many(4, () => at.complained(true)),
  )
  assert.equal(at.state(), 'held')
  assert.equal(at.settings.read().accounts.get(ID)?.standing?.by, 'brake complaints')
  await at.free()
  await see(desk, [...many(1000, at.delivered), at.complained(true)])
  assert.equal(at.state(), 'active', 'what was looked at is not held against it again')
  desk[Symbol.dispose]()
})

test('five times its own peak holds, the measure is remembered over restarts; a new network is told', async () => {
  const at = deskAt()
  using _opened = at.opened
  let desk = at.start()
  await see(desk, [at.accepted(90_000)])
  assert.deepEqual([at.state(), at.told.length], ['active', 0], 'who never sent has no peak, and no network that was known')
  desk[Symbol.dispose]()
  at.clock.pass(24 * HOUR)
  desk = at.start()
  at.settings.putOwnDomain({ domain: 'bounces.test' as Domain, account: ID, forwardTo: null, localParts: [] }, 'test')
  await see(desk, [at.accepted(440_000), at.accepted(1, '198.51.100.7'), at.strange()])
  assert.equal(at.state(), 'active')
  assert.deepEqual(at.told.map(({ by }) => by).toSorted(), ['brake new-network', 'brake peak'])
  await see(desk, [at.accepted(10_000)])
  assert.equal(at.state(), 'held')
  // Events of before that come with one of after, before this process has seen what was decided.
  const late = at.accepted(10_000)
  const before = at.settings.read()
  await at.free()
  at.stale = before
  await see(desk, [late, at.delivered()])
  assert.equal(at.state(), 'active')
  at.stale = null
  await see(desk, [at.accepted(440_000)])
  assert.equal(at.state(), 'active')
  desk[Symbol.dispose]()
})

test('brakes are set and switched off for all or for one account, and what makes no sense is refused', async () => {
  const at = deskAt()
  using _opened = at.opened
  const operations = brakeOperations({ ...at.context, by: 'ann' } as never)
  const set = operations['brakes.set']
  const changed = await set({ name: 'complaints', account: ID, hold: null })
  assert.deepEqual([changed.account, changed.terms?.hold, changed.terms?.warn, changed.by], [ID, null, 0.001, 'ann'])
  using desk = at.start()
  await see(desk, [...many(1000, at.delivered), ...many(100, () => at.complained(true))])
  assert.deepEqual([at.state(), at.told.map(({ kind }) => kind)], ['active', ['account.warned']])
  assert.equal((await operations['brakes.off']({ name: 'peak' })).terms, null)
  const all = await operations['brakes.list']({ account: ID })
  assert.deepEqual(
    all.filter(({ by }) => by !== null).map(({ name, account }) => `${name} ${account}`),
    ['complaints 1001', 'peak null'],
  )
  assert.deepEqual(await operations['brakes.reset']({ name: 'peak' }), { removed: true })
  assert.deepEqual(await operations['brakes.reset']({ name: 'peak' }), { removed: false })
  for (const wrong of [
    { name: 'complaints', warn: 0.5, hold: 0.1 },
    { name: 'complaints', hold: 1.5 },
    { name: 'complaints', hold: 0 },
    { name: 'new-network', hold: 1.5 },
    { name: 'peak', window: 2 * HOUR },
    { name: 'complaints', warn: null, hold: null },
    { name: 'complaints', account: 1999 as AccountId, hold: 0.1 },
  ] as const)
    await assert.rejects(set(wrong), { name: 'Fault', blame: 'caller' }, JSON.stringify(wrong))
})
