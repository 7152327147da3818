import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import { NO_RULES } from '../../contract/rules.ts'
import { WARMUP_DEFAULTS } from '../../contract/warmup.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { WarmupBook } from '../../policy/warmup/book.ts'
import { Alerts } from '../alerts.ts'
import { type WarmingSite, WarmRoom } from './warm-room.ts'

const START = Date.UTC(2026, 11, 1)
const HOUR = 3_600_000
const KEY = 'source=192.0.2.1 provider=other'

interface TestSite extends WarmingSite {
  readonly queue: { length: number }
  backlog: number
}

/** One cold source, 8 messages an hour, and a warm one. */
function room({ workers = 1, now = START, start = null as string | null } = {}) {
  const clock = new FakeClock(now)
  const owner = {
    ...NO_RULES,
    warmups: { p: { ...WARMUP_DEFAULTS, days: [64, 100], providers: {} } },
    sources: {
      cold: { kind: 'address', address: '192.0.2.1', helo: null, warmup: { plan: 'p', start } },
      warm: { kind: 'address', address: '192.0.2.2', helo: null },
    },
  } as const
  const warmups = new WarmupBook({ smart: NO_RULES, owner, states: new Map(), now })
  const book = new RuleBook({ smart: NO_RULES, owner, config: configWith(), warmups })
  const alerts = new Alerts(
    clock,
    jsonLog('test', 'error', () => {}),
  )
  const parked = new Map<string, number>()
  const site: TestSite = {
    source: { name: 'cold' },
    effective: { provider: null, settings: { expiry: 4 * 24 * HOUR } },
    queue: { length: 0 },
    limits: { parkedUnderCaps: () => parked },
    backlog: 0,
  }
  const moved: TestSite[] = []
  const warm = new WarmRoom<TestSite>({
    around: { rules: () => book, clock, workers },
    alerts,
    sites: () => [site],
    backlog: ({ backlog }) => backlog,
    overflow: (sites) => void moved.push(...sites),
  })
  return { warm, clock, site, parked, moved, alerts }
}

test('mail is taken for a cold source as long as it would leave soon enough, over all workers; a warm one takes all', () => {
  for (const [workers, most] of [
    [1, 9],
    [4, 3],
  ] as const) {
    const { warm } = room({ workers })
    let taken = 0
    while (taken < 100 && !warm.isFull('cold', null, 1)) {
      warm.took('cold', null)
      taken++
    }
    assert.equal(taken, most)
    assert.equal(warm.isFull('warm', null, 1), false)
  }
})

test('what waits there is counted anew: as it leaves, there is room again', () => {
  const { warm, site, clock } = room()
  site.queue.length = 30
  assert.equal(warm.isFull('cold', null, 1), true)
  site.queue.length = 2
  clock.pass(1000)
  assert.equal(warm.isFull('cold', null, 1), false)
})

test('when the cap of the day is used up, what waits moves over, once, and nothing more is taken until soon before there is room', () => {
  const { warm, clock, moved, site } = room()
  warm.refused(KEY, Infinity, 1)
  warm.refused(KEY, START + HOUR / 2, 1)
  clock.pass(1)
  assert.deepEqual(moved, [])
  warm.refused(KEY, START + 20 * HOUR, 1)
  warm.refused(KEY, START + 20 * HOUR + 1, 1)
  clock.pass(1)
  assert.deepEqual(moved, [site])
  assert.equal(warm.isFull('cold', null, 1), true)
  clock.pass(19 * HOUR)
  assert.equal(warm.isFull('cold', null, 1), false)
})

test('before its date nothing is taken for it', () => {
  const { warm } = room({ start: '2026-12-24' })
  assert.equal(warm.isFull('cold', null, 1), true)
})

test('what will expire before it can leave is told, until it is not so', () => {
  const { warm, site, parked, alerts } = room()
  parked.set(KEY, 20)
  warm.tidy()
  assert.deepEqual(alerts.list(), [])
  site.backlog = 20_000
  Object.assign(site, { effective: { provider: null, settings: { expiry: 24 * HOUR } } })
  warm.tidy()
  assert.match(
    alerts.list()[0]?.what ?? '',
    /^Warm-up of source cold \(192\.0\.2\.1\) at other: what waits takes 2 days .* expires after 1\.0 days\.$/,
  )
  parked.clear()
  warm.tidy()
  assert.deepEqual(alerts.list(), [])
})

test('what somebody waits for never waits for a cold source, and what nobody waits for does through the day', () => {
  const { warm, site, moved, clock } = room()
  assert.equal(warm.isFull('cold', null, 2), false)
  site.queue.length = 1
  clock.pass(1000)
  assert.equal(warm.isFull('cold', null, 2), true)
  site.queue.length = 60
  clock.pass(1000)
  assert.deepEqual([warm.isFull('cold', null, 1), warm.isFull('cold', null, 0)], [true, false])
  // The next may leave in ten minutes: soon enough for most.
  warm.refused(KEY, clock.now() + HOUR / 6, 1)
  clock.pass(1)
  assert.deepEqual(moved, [])
  warm.refused(KEY, clock.now() + HOUR / 6, 2)
  clock.pass(1)
  assert.deepEqual(moved, [site])
})
