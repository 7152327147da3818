// Alarms over the real server, its time moved on: whatever stops is told within a minute on every way (webhook, syslog over TLS, mail beside the queue),
// and so is its end; a desk that is killed meanwhile tells nothing twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { MINUTE, Watched } from '../testkit/watched.ts'

test('name servers that stop and a worker that is killed are told within a minute on each way, and so are their ends', async () => {
  await using watched = await Watched.start()
  const { server, clock, names } = watched
  await until(() => watched.beats > 0, 'a heartbeat')
  clock.pace(10)
  names.behaviour.set('*', { drop: true })
  assert.ok((await watched.untilTold('begun', 'resolver-failing')) <= MINUTE)
  const beats = watched.beats
  // Killed before it was noted that one has arrived, the desk tells it once more: rather twice than never.
  await until(async () => {
    const { webhook, syslog, smtp } =
      (await server.call('alerts.list', { limit: 100 })).find(({ alarm }) => alarm?.name === 'resolver-failing') ?? {}
    return [webhook, syslog, smtp].every((way) => way === 'sent')
  }, 'noted as told')
  await server.kill9('desk')
  await server.until(({ alarms }) => alarms.some(({ name }) => name === 'resolver-failing'))
  assert.match((await server.run('status')).stdout, /CRITICAL .*No name server answers/)
  await until(async () =>
    (await server.get('/metrics').catch(() => ({ body: '' }))).body.includes(
      'hms_alarms_firing{alarm="resolver-failing",severity="critical"} 1',
    ),
  )
  // A worker is started again in the machine's time.
  clock.pace(3)
  await server.kill9(0)
  assert.ok((await watched.untilTold('begun', 'worker-restarts')) <= MINUTE)
  assert.match((await server.run('alarms', 'ls', '--firing')).stdout, /CRITICAL resolver-failing, since .*\n +Check that/)
  assert.equal(watched.beats, beats, 'no heartbeat while names are not found')
  names.behaviour.clear()
  clock.pace(60)
  await watched.untilTold('ended', 'resolver-failing')
  await until(() => watched.beats > beats, 'heartbeats again')
  await watched.untilTold('ended', 'worker-restarts')
  assert.deepEqual(watched.told('begun', 'resolver-failing'), { webhook: 1, syslog: 1, smtp: 1 }, 'told once, though the desk was killed')
  assert.deepEqual(
    (await server.call('status', {})).alarms.filter(({ severity }) => severity === 'critical'),
    [],
  )
})

test('alarms are changed, silenced, tried and as shipped again, by hms', async () => {
  await using server = await startServer()
  const { stdout } = await server.run('alarms', 'set', 'oldest-due', '--subject', 'mx.test', '--threshold', '6h', '--for', '0s')
  assert.equal(stdout, 'The alarm oldest-due of mx.test fires from 6h, after 0.\n')
  assert.match((await server.run('alarms', 'silence', 'disk-days')).stdout, /fires as before, and nobody is told\.$/m)
  assert.match((await server.run('alarms', 'off', 'clock-off')).stdout, /^The alarm clock-off is off\.$/m)
  const list = await server.run('alarms', 'ls')
  assert.match(list.stdout, /oldest-due +all sites +from 1h +5m[^\n]*\noldest-due +mx\.test +from 6h +0/)
  assert.match(list.stdout, /clock-off +- +off/)
  assert.match((await server.run('alarms', 'reset', 'clock-off')).stdout, /is as shipped/)
  assert.equal((await server.call('alarm.list', {})).find(({ name }) => name === 'clock-off')?.terms?.threshold, 30_000)
  await assert.rejects(server.call('alarm.set', { name: 'trouble', threshold: 2 }), /threshold is 1/)
  await assert.rejects(server.call('alarm.silence', { name: 'no-delivery', subject: 'x' }), /no subjects/)
  assert.match((await server.run('alarms', 'test', 'no-delivery')).stdout, /goes nowhere/)
  const [told] = await server.call('alerts.list', { limit: 1 })
  assert.deepEqual([told?.kind, told?.alarm?.name, told?.syslog], ['test', 'no-delivery', 'none'])
})
