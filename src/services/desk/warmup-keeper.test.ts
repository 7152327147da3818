import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ShardId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import { WARMUP_DEFAULTS } from '../../contract/warmup.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { initSettings } from '../../store/sqlite/settings/settings.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { delivered, EPOCH, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { WarmupKeeper } from './warmup-keeper.ts'

const START = Date.UTC(2026, 11, 1, 20)
const HOUR = 3_600_000
const KEY = 'source=192.0.2.1 provider=google'
const SHIPPED: RulesDocument = { ...NO_RULES, edition: 1, warmups: { standard: { ...WARMUP_DEFAULTS, days: [10, 20, 40], providers: {} } } }

function rules(plan: string): RulesDocument {
  return { ...NO_RULES, sources: { a: { kind: 'address', address: '192.0.2.1', helo: null, warmup: { plan, start: null } } } }
}

test('what is committed as events by day moves the cap some minutes after midnight, over restarts of the desk; steps back are told', () => {
  using folder = temporaryFolder()
  using settings = initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') })
  using events = openEvents(join(folder.path, 'events'))
  settings.putRules('owner', { document: rules('standard'), pinned: false }, { by: 'test', note: '' })
  const clock = new FakeClock(START)
  const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
  let number = 0
  const sent = (count: number, failed = 0): void => {
    const one = delivered(formatMessageId(EPOCH, 3 as ShardId, 1)).event
    const base = { ...one, at: clock.now(), warmup: [KEY] }
    const bad = { ...base, kind: 'failed', failureCode: 2001, reason: 'no', reply: { code: 550, enhanced: null, text: 'no such user' } }
    const all = Array.from(
      { length: count },
      (_unused, i) => ({ ...(i < failed ? bad : base), id: `3.${++number}` }) as unknown as NumberedEvent,
    )
    commitEvents(events, all)
  }
  const capNow = (): number | undefined => settings.read().warmups.get(KEY)?.cap
  const parts = { settings, events, shipped: () => SHIPPED, log, clock }
  {
    using _keeper = new WarmupKeeper(parts)
    sent(8)
    clock.pass(60_000)
    assert.equal(capNow(), 10)
    clock.pass(4 * HOUR)
    assert.equal(capNow(), 10)
    clock.pass(6 * 60_000)
    assert.equal(capNow(), 20)
    sent(20)
  }
  // Nobody looks for a day and a half.
  clock.pass(36 * HOUR)
  assert.equal(capNow(), 20)
  using keeper = new WarmupKeeper(parts)
  clock.pass(60_000)
  assert.equal(capNow(), 40)
  assert.deepEqual(keeper.alerts(), [])
  sent(40, 20)
  clock.pass(24 * HOUR)
  assert.equal(capNow(), 20)
  assert.match(
    keeper.alerts()[0]?.what ?? '',
    /^Warm-up of source a \(192\.0\.2\.1\) at google: Stepped back from 40 a day: bounced for good: 50 %/,
  )
  const steps = settings.audit(20).filter(({ subject }) => subject.startsWith(KEY))
  assert.equal(steps.length, 4)
  settings.putRules('owner', { document: rules('lost'), pinned: false }, { by: 'test', note: '' })
  assert.match(keeper.alerts()[0]?.what ?? '', /there is no plan lost/)
  settings.putRules('owner', { document: NO_RULES, pinned: false }, { by: 'test', note: '' })
  clock.pass(60_000)
  assert.equal(settings.read().warmups.size, 0)
})
