import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { AlarmSetting } from '../../contract/alarms.ts'
import { Baseline } from './baseline.ts'
import { ClockWatch } from './clock-watch.ts'
import { AlarmMachine, type AlarmState, type Reading } from './machine.ts'
import { DeliveryPulse } from './pulse.ts'
import { AlarmRules } from './terms.ts'
import { alertsOf } from './words.ts'

const START = 1_700_000_000_000
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const SHIPPED = new AlarmRules([])

function setting(name: AlarmName, of: Partial<AlarmSetting>): AlarmSetting {
  return { name, subject: null, terms: null, silence: null, by: 'ann', at: START, ...of }
}

function reading(subject: string | null, value = 1, words = `${subject} is wrong.`): Reading {
  return { subject, value, words }
}

/** Looks each second; what is told is written with its second. */
class Watch {
  readonly told: string[] = []
  machine = new AlarmMachine()
  rules = SHIPPED
  readonly kept = new Map<string, AlarmState>()
  second = 0

  until(second: number, seen: (second: number) => Readonly<Partial<Record<AlarmName, readonly Reading[]>>>): void {
    for (; this.second < second; this.second++) {
      const now = START + this.second * SECOND
      const { news, changed } = this.machine.look(new Map(Object.entries(seen(this.second)) as [AlarmName, Reading[]][]), this.rules, now)
      for (const { kind, what } of news.flatMap((one) => alertsOf(one, now))) this.told.push(`${this.second} ${kind} ${what}`)
      for (const key of changed) {
        const state = this.machine.stateOf(key)
        if (state === undefined) this.kept.delete(key)
        else this.kept.set(key, { ...state })
      }
    }
  }

  /** A new process with what the one before kept. */
  restart(): void {
    this.machine = new AlarmMachine(JSON.parse(JSON.stringify([...this.kept.values()])) as AlarmState[], START + this.second * SECOND)
  }
}

test('what is wrong for a while is told when it comes and when it is gone, once each, however it flickers', () => {
  const watch = new Watch()
  watch.until(1200, (second) => {
    const isThere = second < 600 && second % 100 < 50
    const one = reading('shard 0', 1, 'Shard 0 is full.')
    const blink = second === 3 ? [reading('worker 1', 1, 'Worker 1 does not answer.')] : []
    return { trouble: [...(isThere ? [one] : []), ...blink] }
  })
  assert.deepEqual(watch.told, ['10 trouble.begun Shard 0 is full.', '849 trouble.ended Resolved: Shard 0 is full.'])
})

test('thresholds count from or below, for the time that is set, for all or for one subject; off is off', () => {
  const watch = new Watch()
  watch.rules = new AlarmRules([
    setting('oldest-due', { terms: { threshold: 2 * HOUR, for: 0 } }),
    setting('oldest-due', { subject: 'slow.test', terms: 'off' }),
    setting('disk-low', { terms: { threshold: 3, for: 30 * SECOND } }),
  ])
  watch.until(60, (second) => ({
    'oldest-due': [reading('a.test', second < 20 ? HOUR : 3 * HOUR), reading('slow.test', 99 * HOUR)],
    'disk-low': [reading(null, second < 5 ? 3 : 2.9, 'Little room.')],
  }))
  assert.deepEqual(watch.told, ['20 trouble.begun a.test is wrong.', '35 trouble.begun Little room.'])
})

test('a restart tells nothing again and forgets no recovery; what cannot be looked at stays as it is', () => {
  const watch = new Watch()
  watch.until(60, () => ({ 'resolver-failing': [reading(null, 1, 'No answer.')] }))
  watch.restart()
  watch.until(2000, () => ({}))
  watch.restart()
  watch.until(2060, () => ({ 'resolver-failing': [reading(null, 1, 'No answer.')] }))
  watch.restart()
  watch.until(3000, () => ({ 'resolver-failing': [] }))
  assert.deepEqual(watch.told, ['10 trouble.begun No answer.', '2360 trouble.ended Resolved: No answer.'])
})

test('what is silenced is not told until the silence ends; an end is told to whoever heard of the beginning', () => {
  const watch = new Watch()
  const silence = { until: START + 100 * SECOND }
  watch.rules = new AlarmRules([setting('worker-silent', { silence }), setting('trouble', { subject: 'x', silence: { until: null } })])
  const wrong = { 'worker-silent': [reading('worker 0')], trouble: [reading('x'), reading('y')] }
  watch.until(200, () => wrong)
  assert.deepEqual(watch.told, ['10 trouble.begun y is wrong.', '100 trouble.begun worker 0 is wrong.'])
  watch.rules = new AlarmRules([setting('trouble', { silence: { until: null } })])
  assert.equal(watch.machine.firing(watch.rules, START).filter(({ silenced }) => silenced).length, 2)
  watch.until(600, () => ({ 'worker-silent': [], trouble: [] }))
  assert.deepEqual(watch.told.slice(2).toSorted(), [
    '499 trouble.ended Resolved: worker 0 is wrong.',
    '499 trouble.ended Resolved: y is wrong.',
  ])
})

test('an alarm that is switched off while it fires is over at once', () => {
  const watch = new Watch()
  watch.until(20, () => ({ trouble: [reading('x')] }))
  watch.rules = new AlarmRules([setting('trouble', { terms: 'off' })])
  watch.until(60, () => ({ trouble: [reading('x')] }))
  assert.deepEqual(watch.told, ['10 trouble.begun x is wrong.', '20 trouble.ended Resolved: x is wrong.'])
})

test('one that comes and goes is over later each time', () => {
  const watch = new Watch()
  // Six minutes wrong and six right: longer than the first quiet, so that it ends once, and holds then.
  watch.until(2 * 3600, (second) => ({ trouble: Math.floor(second / 360) % 2 === 0 ? [reading('x')] : [] }))
  assert.deepEqual(
    watch.told.map((line) => line.split(' ', 2).join(' ')),
    ['10 trouble.begun', '659 trouble.ended', '730 trouble.begun'],
  )
})

test('very many at once are one sentence, and those that follow wait for each other', () => {
  const watch = new Watch()
  const sites = (count: number): readonly Reading[] => Array.from({ length: count }, (_, n) => reading(`s${n}.test`, 9 * HOUR))
  watch.rules = new AlarmRules([setting('oldest-due', { terms: { threshold: HOUR, for: 0 } })])
  watch.until(120, (second) => ({ 'oldest-due': sites(Math.min(2 + second * 20, 3000)) }))
  assert.ok(watch.told.length <= 2 + 4, watch.told.join('\n'))
  assert.match(
    watch.told[2] ?? '',
    /^30 trouble\.begun .*, at 600 sites: s2\.test, s3\.test, .* and 590 more\. The first: s2\.test is wrong\.$/,
  )
  assert.ok(watch.kept.size <= 1000)
})

test('a record is right as it was first seen; another, or none, is wrong until somebody takes it', () => {
  const baseline = new Baseline()
  assert.deepEqual(baseline.compare('mx-record', 'a.test', []).words, null)
  assert.deepEqual(baseline.compare('mx-record', 'a.test', ['20 b', '10 a']).words, null)
  const { fresh } = baseline.compare('spf-record', 'a.test', ['v=spf1 -all'])
  const again = new Baseline(fresh === null ? [] : [fresh])
  assert.equal(again.compare('spf-record', 'a.test', ['v=spf1 -all']).words, null)
  assert.equal(again.compare('spf-record', 'a.test', []).words, 'is gone; it was v=spf1 -all')
  assert.equal(baseline.compare('mx-record', 'a.test', ['10 a', '20 b']).words, null)
  assert.equal(baseline.compare('mx-record', 'a.test', ['10 x']).words, 'is now 10 x; it was 10 a, 20 b')
  assert.deepEqual(baseline.forget('mx-record', null), ['mx-record a.test'])
  assert.equal(baseline.compare('mx-record', 'a.test', ['10 x']).words, null)
})

test('nothing delivered counts from when mail that is due came, not over a quiet night nor for mail of tomorrow', () => {
  const pulse = new DeliveryPulse({ accepted: 0, delivered: 0 })
  assert.equal(pulse.look({ accepted: 0, delivered: 0 }, false, START), null)
  assert.equal(pulse.look({ accepted: 50, delivered: 1 }, true, START + HOUR)?.still, 0)
  const later = (accepted: number, isDue: boolean, at: number): number | undefined =>
    pulse.look({ accepted, delivered: 1 }, isDue, START + at)?.still
  assert.equal(later(200, false, 3 * HOUR), 0)
  assert.equal(later(200, true, 4 * HOUR), 0)
  assert.equal(later(210, true, 4 * HOUR + 5 * MINUTE), 5 * MINUTE)
  assert.equal(pulse.look({ accepted: 211, delivered: 2 }, true, START + 5 * HOUR)?.still, 0)
})

test('a clock that was set, or is far from that of a server, is off for a while', () => {
  const watch = new ClockWatch()
  assert.equal(watch.look(START, 0), null)
  assert.deepEqual(watch.look(START + 5000, 5000)?.by, 0)
  assert.equal(watch.look(START + HOUR, 10_000)?.words, 'The clock was set forward by 3590 s.')
  assert.equal(watch.look(START + HOUR + 11 * MINUTE, 10_000 + 11 * MINUTE)?.by, 0)
  const now = START + 2 * HOUR
  watch.look(now, 10_000 + HOUR)
  const other = new ClockWatch()
  other.look(now, 0)
  other.heard(now - 40_000, now)
  assert.equal(other.look(now + 1000, 1000)?.words, 'The clock is 40 s ahead of that of a server that answered.')
  other.heard(now, now + 1000)
  assert.equal(other.look(now + 2000, 2000)?.by, 0)
})
