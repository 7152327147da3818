import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { jsonLog } from '../base/log.ts'
import { Alerts } from './alerts.ts'

const log = jsonLog('test', 'error', () => {})

test('however many receivers are in trouble, what only this server can have stays told', () => {
  const alerts = new Alerts(new FakeClock(), log)
  alerts.raise('source a', 'The source a is out.', '')
  for (let i = 0; i < 1000; i++) alerts.raise(`mx${i}.example`, `The site mx${i}.example backs off.`, '', true)
  const keys = alerts.list().map(({ key }) => key)
  assert.equal(keys.length, 200)
  assert.deepEqual([keys[0], keys[1], keys.at(-1)], ['source a', 'mx801.example', 'mx999.example'])
  for (let i = 0; i < 300; i++) alerts.raise(`shard ${i}`, `Shard ${i} is full.`, '')
  alerts.raise('mx.example', 'The site mx.example backs off.', '', true)
  assert.equal(alerts.list().length, 200)
  assert.ok(alerts.list().every(({ key }) => key.startsWith('shard ')))
})
