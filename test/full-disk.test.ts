// The disk is filled to the last byte under load, and freed: clients are told 452 or 451, nothing that was acknowledged is
// lost, outcomes are still committed from the reserve, and all heals without a restart. Needs root for a small tmpfs.
// `node test/full-disk.test.ts --long`: full for 60 s, with a kill -9 in between.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { CountingSink } from '../testkit/counting-sink.ts'
import { startServer } from '../testkit/server.ts'
import { cannotMount, SmallDisk } from '../testkit/small-disk.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'

const LONG = process.argv.includes('--long')

async function fullDisk(t: TestContext, seconds: number, kill: boolean): Promise<void> {
  using disk = new SmallDisk()
  await using sink = await CountingSink.start()
  const config = { 'delivery.retry_first': '1s', 'delivery.retry_longest': '2s', 'delivery.connections_per_site': '5' } as const
  await using server = await startServer({ home: join(disk.folder, 'home'), config })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await using load = new SmtpLoad({ port: server.smtpPort, connections: 10 }).start()
  await load.until(200)
  const until = performance.now() + seconds * 1000
  let killed = false
  while (performance.now() < until) {
    disk.fill()
    if (kill && !killed && performance.now() > until - seconds * 500) {
      killed = true
      await server.kill9(0)
    }
    await wait(100)
  }
  disk.free()
  await load.until(load.acknowledged.size + 200)
  await load.stop()
  assert.deepEqual((await sink.until(load.acknowledged)).slice(0, 5), [], 'lost on a full disk')
  assert.ok(sink.duplicates <= (kill ? sink.mostOpen : 0), `${sink.duplicates} duplicates of ${sink.mostOpen} connections`)
  const refusals = [...load.refusals.keys()].filter((reply) => !reply.startsWith('421'))
  assert.ok(refusals.length > 0, 'the disk was full and nobody was refused')
  for (const reply of refusals) assert.match(reply, /^45[12] /)
  await server.until(({ queued, workers }) => queued === 0 && workers.every(({ health }) => health === 'ok'))
  t.diagnostic(`${seconds} s full, ${load.acknowledged.size} acknowledged, 0 lost, ${sink.duplicates} repeated; ${refusals.join(' ')}`)
}

const skip = cannotMount()
test('a disk without a byte left loses nothing and heals', { skip }, (t) => fullDisk(t, LONG ? 60 : 4, false))
test('nor with a kill -9 in between', { skip }, (t) => fullDisk(t, LONG ? 60 : 4, true))
