// The same trouble is counted and shown once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FiringAlarm } from '../../../client/src/index.ts'
import { countTroubles, noticesOf } from './notices.ts'

const alert = (key: string) => ({ key, at: 1, what: `About ${key}.`, mend: 'Look.' })
const alarm = (name: FiringAlarm['name'], subject: string, silenced = false): FiringAlarm => ({
  name,
  subject,
  severity: 'warning',
  since: 1,
  what: 'It is so.',
  mend: 'Look.',
  silenced,
})

test('a notice that an alarm tells is none beside it, silenced or not; others are', () => {
  const alerts = [alert('mx mx.example.net'), alert('silent 1'), alert('block 7')]
  assert.deepEqual(noticesOf({ alarms: [], alerts }), alerts)
  const alarms = [alarm('trouble', 'mx mx.example.net'), alarm('worker-silent', 'worker 1', true)]
  assert.deepEqual(noticesOf({ alarms, alerts }), [alert('block 7')])
  assert.equal(countTroubles({ alarms, alerts }), 2)
  assert.deepEqual(noticesOf({ alarms: [alarm('trouble', 'mx other.example.net')], alerts: [alert('mx mx.example.net')] }).length, 1)
})
