import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'node:test'
import { CountingSink } from './counting-sink.ts'
import { SmtpLoad } from './smtp-load.ts'

test('what the load says was taken is what the sink counted', async () => {
  await using sink = await CountingSink.start()
  const load = new SmtpLoad({ port: sink.port, connections: 3 }).start()
  await load.until(200)
  await load.stop()
  assert.equal(load.unsure.size, 0)
  assert.deepEqual([...sink.counts.keys()].toSorted(), [...load.acknowledged].toSorted())
  assert.equal(sink.duplicates, 0)
  assert.deepEqual(await sink.until(load.acknowledged), [])
})

test('what was on its way when the connections broke is unsure, never acknowledged', async () => {
  await using sink = await CountingSink.start()
  const load = new SmtpLoad({ port: sink.port, connections: 4 }).start()
  await load.until(20)
  sink.delay = 300
  await wait(100)
  await load.cut()
  assert.equal(load.unsure.size, 4)
  assert.deepEqual(sink.missing(load.acknowledged), [])
})
