import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type RulesDocument } from '../../../contract/rules.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { WARMUP_DEFAULTS } from '../../../contract/warmup.ts'
import type { ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import { DELIVERY, installation, LIVE } from '../../../../testkit/installation.ts'
import { commitEvents } from '../../../../testkit/event-lines.ts'
import { delivered, EPOCH } from '../../../../testkit/spool-samples.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 11, 1, 12)
const SHIPPED: RulesDocument = {
  ...NO_RULES,
  edition: 1,
  providers: { google: ['*.google.com'] },
  warmups: { standard: { ...WARMUP_DEFAULTS, days: [10, 20, 40], providers: {} } },
}
const RULES: RulesDocument = {
  ...NO_RULES,
  sources: {
    a: { kind: 'address', address: '192.0.2.1', helo: null, warmup: { plan: 'standard', start: null } },
    b: { kind: 'address', address: '192.0.2.2', helo: null },
  },
  domains: { 'new.example': { warmup: { plan: 'standard', start: '2026-12-24' } } },
}

function warmupHouse() {
  const clock = { now: START }
  const at = installation({
    delivery: { ...DELIVERY, shipped: SHIPPED },
    live: () => ({ ...LIVE, alerts: [{ at: 0, what: 'Warm-up waits.', mend: '' }] }),
    now: () => clock.now,
  })
  let number = 0
  /** Recipients that were sent to under the cap of a provider. */
  const sent = (count: number, provider: string, times = 1): void => {
    const id = formatMessageId(EPOCH, 3 as ShardId, 1)
    const all = Array.from({ length: count }, () => {
      const warmup = [`source=192.0.2.1 provider=${provider}`]
      return { ...delivered(id).event, at: clock.now, id: `3.${++number}`, warmup } as NumberedEvent
    })
    for (let i = 0; i < times; i++) commitEvents(at.events, all)
  }
  return { ...at, clock, sent }
}

test('status tells plan, figures and forecast of each provider that had mail, and what is alarming', async () => {
  using home = warmupHouse()
  home.settings.putRules('owner', { document: RULES, pinned: false }, { by: 'test', note: '' })
  home.sent(7, 'google')
  const { units, alerts } = await home.call('warmup.status', {})
  assert.deepEqual(
    units.map(({ unit, names, plan, known, begins }) => ({ unit, names, plan, known, begins })),
    [
      { unit: 'source=192.0.2.1', names: ['a'], plan: 'standard', known: true, begins: null },
      { unit: 'signer=new.example', names: ['new.example'], plan: 'standard', known: true, begins: Date.UTC(2026, 11, 24) },
    ],
  )
  assert.deepEqual(alerts, ['Warm-up waits.'])
  const [google, other] = units[0]?.providers ?? []
  assert.deepEqual([google?.provider, google?.cap, google?.today.sent, google?.mode], ['google', 10, 7, 'warming'])
  assert.deepEqual(
    google?.forecast.map(({ cap }) => cap),
    [10, 20, 40],
  )
  assert.deepEqual([other?.provider, other?.today.sent], ['other', 0])
  assert.equal(units[1]?.providers[0]?.cap, 0)
  // The day after: it has grown before anybody wrote it down, and the day is among those that were.
  home.settings.putWarmups((await states(home)).slice(0, 1), [], 'test')
  home.clock.now = START + DAY
  const [a] = (await home.call('warmup.status', { source: 'a', provider: 'google' })).units
  assert.deepEqual([a?.providers[0]?.cap, a?.providers[0]?.past.map(({ cap, sent }) => [cap, sent])], [20, [[10, 7]]])
})

async function states({ call, clock }: ReturnType<typeof warmupHouse>) {
  const { units } = await call('warmup.status', { source: 'a', provider: 'google' })
  return units.map(({ unit }) => ({
    unit,
    provider: 'google',
    mode: 'warming' as const,
    cap: 10,
    began: clock.now,
    since: clock.now,
    looked: Math.floor(clock.now / DAY) - 1,
    bad: 0,
    idle: 0,
    said: '',
    past: [],
  }))
}

test('by hand, for one provider or for all, with a line in the audit', async () => {
  using home = warmupHouse()
  home.settings.putRules('owner', { document: RULES, pinned: false }, { by: 'test', note: '' })
  home.sent(1, 'google')
  await assert.rejects(home.callAs('anna', 'warmup.set', { action: 'hold', source: 'a', provider: 'gogle' }), /There is no provider gogle/)
  const skipped = await home.callAs('anna', 'warmup.set', { action: 'skip', source: '192.0.2.1', provider: 'google' })
  assert.deepEqual(skipped.changed, [{ unit: 'source=192.0.2.1', names: ['a'], provider: 'google', mode: 'warming', cap: 20 }])
  const held = await home.callAs('anna', 'warmup.set', { action: 'hold', source: 'a' })
  assert.deepEqual(held.changed.map(({ provider, mode }) => `${provider} ${mode}`).toSorted(), ['google held', 'other held'])
  assert.deepEqual((await home.callAs('anna', 'warmup.set', { action: 'hold', source: 'a' })).changed, [])
  assert.deepEqual((await home.callAs('anna', 'warmup.set', { action: 'start', domain: 'new.example' })).changed, [])
  await home.callAs('anna', 'warmup.set', { action: 'finish', domain: 'new.example' })
  const told = home.settings.audit(3).map(({ by, action, subject }) => `${by} ${action} ${subject}`)
  assert.ok(told.includes('anna warmup set source=192.0.2.1 provider=google: held, 20 a day. Held by anna.'), told.join('\n'))
  assert.equal(home.settings.read().warmups.get('source=192.0.2.1 provider=google')?.mode, 'held')
  // The same object as long as nothing of it changed.
  const before = home.settings.read().warmups
  home.settings.note('test', 'x', 'y')
  assert.equal(home.settings.read().warmups, before)
})

test('explain tells what the cap of a source leaves at the destination', async () => {
  using home = warmupHouse()
  const rule = { name: 'all', by: 'domain', mask: '*', set: { pool: 'out' } } as const
  const document: RulesDocument = { ...RULES, pools: { out: { a: 1, b: 1 } }, rules: [rule] }
  home.settings.putRules('owner', { document, pinned: false }, { by: 'test', note: '' })
  const { notes } = await home.call('rules.explain', { domain: 'example.com', mx: ['mx.example.com'] })
  assert.deepEqual(notes, [
    "The source a is being warmed up: at most 10 messages in 24 hours and 2 in an hour to all that belong to no provider ('hms warmup status').",
  ])
})

test('what is not warmed up is named, and what is odd refused', async () => {
  using home = warmupHouse()
  home.settings.putRules('owner', { document: RULES, pinned: false }, { by: 'test', note: '' })
  await assert.rejects(home.call('warmup.status', { source: 'b' }), { code: 'not-found' })
  await assert.rejects(home.callAs('anna', 'warmup.set', { action: 'hold' }), { code: 'invalid-parameter' })
  await assert.rejects(home.callAs('anna', 'warmup.set', { action: 'jump' as never, source: 'a' }), { code: 'invalid-parameter' })
})

test('figures are kept by day over a restart, counted once, and go after some weeks', () => {
  using home = warmupHouse()
  home.clock.now = Date.now() - 40 * DAY
  home.sent(2, 'google')
  home.clock.now = Date.now()
  // A crash before the cursor was on the disk brings a batch again.
  home.sent(3, 'other', 2)
  assert.deepEqual(
    home.events.warmupDays().map(({ provider, sent }) => [provider, sent]),
    [
      ['google', 2],
      ['other', 3],
    ],
  )
  home.events.prune(0)
  assert.deepEqual(
    home.events.warmupDays().map(({ provider, sent }) => [provider, sent]),
    [['other', 3]],
  )
})
