import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_RULES, type RulesDocument } from '../../../contract/rules.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { OperationName, OperationParams, OperationResult } from '../../../contract/operations.ts'
import { WARMUP_DEFAULTS } from '../../../contract/warmup.ts'
import type { ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import { openAccess } from '../../../store/sqlite/access/access.ts'
import { JobStore } from '../../../store/sqlite/jobs/jobs.ts'
import { SuppressionStore } from '../../../store/sqlite/suppression/suppression.ts'
import { openEvents } from '../../../store/sqlite/events/events.ts'
import { initSettings } from '../../../store/sqlite/settings/settings.ts'
import { configWith } from '../../../../testkit/engine-home.ts'
import { commitEvents } from '../../../../testkit/event-lines.ts'
import {
  NO_DATA,
  NO_HEALTH,
  NO_HOME,
  NO_LIFECYCLE,
  NO_MACHINE,
  NO_PLUGINS,
  NO_REPORTS,
  NO_TOOLS,
  NO_WEBHOOKS,
} from '../../../../testkit/no-data.ts'
import { delivered, EPOCH, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { EventTail } from '../history/event-tail.ts'
import { createOperations } from '../operations.ts'
import { judgeRules } from '../../../policy/rules/judge.ts'

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

function installation() {
  const folder = temporaryFolder()
  const settings = initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') })
  const events = openEvents(join(folder.path, 'events'))
  const clock = { now: START }
  const operations = createOperations({
    alerts: { tell: () => {}, list: () => [], test: () => ({ mail: false, webhook: false, syslog: false, smtp: false }), reset: () => {} },
    settings,
    events,
    access: openAccess({ file: join(folder.path, 'access.db'), keyFile: join(folder.path, 'key'), firstUsers: () => [] }, 0),
    jobs: new JobStore(join(folder.path, 'jobs.db'), 'epoch'),
    suppression: new SuppressionStore(join(folder.path, 'suppression.db')),
    sent: { find: async () => null, search: async () => [], isAhead: () => false },
    tail: new EventTail('run'),
    looks: null,
    loop: null,
    data: NO_DATA,
    webhooks: NO_WEBHOOKS,
    reports: NO_REPORTS,
    machine: NO_MACHINE,
    home: NO_HOME,
    tools: NO_TOOLS,
    health: NO_HEALTH,
    plugins: NO_PLUGINS,
    lifecycle: NO_LIFECYCLE,
    makePickup: () => {},
    workers: { all: async () => [], some: async () => ({ answers: [], missing: [] }) },
    lookupTxt: async () => ({ kind: 'records', records: [] }),
    delivery: {
      config: configWith(),
      shipped: SHIPPED,
      judge: async (question) => judgeRules(question),
      siteOf: async () => ({ kind: 'trouble', reason: 'no' }),
      signerOf: () => null,
    },
    live: () => ({
      running: true,
      version: '1',
      startedAt: 0,
      workers: [],
      stopping: [],
      alarms: [],
      alerts: [{ at: 0, what: 'Warm-up waits.', mend: '' }],
    }),
    now: () => clock.now,
    refresh: async () => {},
  })
  const callAs = <N extends OperationName>(by: string, name: N, params: OperationParams<N>): Promise<OperationResult<N>> => {
    const run = operations.as({ by, via: 'hms', address: null })[name] as (params: OperationParams<N>) => Promise<OperationResult<N>>
    return run(params)
  }
  const call = <N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>> => callAs('test', name, params)
  let number = 0
  /** Recipients that were sent to under the cap of a provider. */
  const sent = (count: number, provider: string, times = 1): void => {
    const id = formatMessageId(EPOCH, 3 as ShardId, 1)
    const all = Array.from({ length: count }, () => {
      const warmup = [`source=192.0.2.1 provider=${provider}`]
      return { ...delivered(id).event, at: clock.now, id: `3.${++number}`, warmup } as NumberedEvent
    })
    for (let i = 0; i < times; i++) commitEvents(events, all)
  }
  const close = (): void => {
    settings[Symbol.dispose]()
    events[Symbol.dispose]()
    folder[Symbol.dispose]()
  }
  return { settings, events, clock, call, callAs, sent, [Symbol.dispose]: close }
}

test('status tells plan, figures and forecast of each provider that had mail, and what is alarming', async () => {
  using home = installation()
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

async function states({ call, clock }: ReturnType<typeof installation>) {
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
  using home = installation()
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
  using home = installation()
  const rule = { name: 'all', by: 'domain', mask: '*', set: { pool: 'out' } } as const
  const document: RulesDocument = { ...RULES, pools: { out: { a: 1, b: 1 } }, rules: [rule] }
  home.settings.putRules('owner', { document, pinned: false }, { by: 'test', note: '' })
  const { notes } = await home.call('rules.explain', { domain: 'example.com', mx: ['mx.example.com'] })
  assert.deepEqual(notes, [
    "The source a is being warmed up: at most 10 messages in 24 hours and 2 in an hour to all that belong to no provider ('hms warmup status').",
  ])
})

test('what is not warmed up is named, and what is odd refused', async () => {
  using home = installation()
  home.settings.putRules('owner', { document: RULES, pinned: false }, { by: 'test', note: '' })
  await assert.rejects(home.call('warmup.status', { source: 'b' }), { code: 'not-found' })
  await assert.rejects(home.callAs('anna', 'warmup.set', { action: 'hold' }), { code: 'invalid-parameter' })
  await assert.rejects(home.callAs('anna', 'warmup.set', { action: 'jump' as never, source: 'a' }), { code: 'invalid-parameter' })
})

test('figures are kept by day over a restart, counted once, and go after some weeks', () => {
  using home = installation()
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
