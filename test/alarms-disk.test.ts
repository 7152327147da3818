// A full disk is told by ways that do not need it, the recovery too. A file of its own, so that it runs beside the other alarms.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { cannotMount, SmallDisk } from '../testkit/small-disk.ts'
import { MINUTE, Watched } from '../testkit/watched.ts'

test('a disk without an octet left is told on each way that does not need it, and so is its end', { skip: cannotMount() }, async () => {
  using disk = new SmallDisk()
  await using watched = await Watched.start(join(disk.folder, 'home'))
  const { server, clock } = watched
  await until(() => watched.beats > 0, 'a heartbeat')
  clock.pace(10)
  const from = clock.now()
  const filling = setInterval(() => disk.fill(), 100)
  try {
    assert.ok((await watched.untilTold('begun', 'disk-low', from)) <= MINUTE)
  } finally {
    clearInterval(filling)
  }
  disk.free()
  clock.pace(60)
  await watched.untilTold('ended', 'disk-low')
  const all = await until(async () => {
    const alerts = await server.call('alerts.list', { limit: 100 })
    return alerts.filter(({ alarm }) => alarm?.name === 'disk-low').length === 2 && alerts
  }, 'both in the list')
  for (const { webhook, syslog, smtp } of all.filter(({ alarm }) => alarm?.name === 'disk-low'))
    assert.deepEqual([webhook, syslog, smtp], ['sent', 'sent', 'sent'])
})
