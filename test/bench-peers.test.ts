// The bench's own generator and sink against a real server: what they count is what went through it.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { Ground, type LoadOptions } from '../bench/ground.ts'

const ROOM = { 'spool.low_water': '0', 'spool.low_water_percent': '0', 'spool.reserve': '1MiB' } as const
const LOAD: LoadOptions = { sessions: 4, kept: true, size: 2000, recipients: 1, messages: 40, pipelined: true }

test('kept and one each, in the clear and with TLS and login, at a rate and as fast as it goes', async () => {
  await using ground = await Ground.open({ folder: tmpdir(), hms: { config: ROOM } })
  const loads: readonly LoadOptions[] = [
    LOAD,
    { ...LOAD, pipelined: false, size: 100_000 },
    { ...LOAD, recipients: 10, messages: 4 },
    { ...LOAD, kept: false, starttls: true, login: true },
    { ...LOAD, kept: false, rate: 100 },
  ]
  for (const load of loads) {
    const { told, latency } = await ground.measure(load)
    assert.ok(told > 0 && latency.least > 0 && latency.p50 <= latency.max)
  }
  const { messages, recipients } = await ground.sink.received()
  assert.deepEqual([messages, recipients], [164, 200])
  const rate = await ground.generator.sample()
  // One that opens late may find that its message went over another.
  assert.ok(rate.connections >= 40 && rate.connections <= 40 + LOAD.sessions, `${rate.connections} connections`)
  assert.ok(rate.seconds >= 0.39, `40 messages at 100 a second took ${rate.seconds} s`)
  await assert.rejects(ground.generator.send({ ...ground.loadOf(LOAD), size: 60_000_000, messages: 1, sessions: 1 }), /552/)
})

test('sites by MX, over TLS, that answer late', async () => {
  const sink = { sites: 30, delay: [300, 400] as const, starttls: true }
  await using ground = await Ground.open({
    folder: tmpdir(),
    byMx: true,
    sink,
    hms: { dkim: 'rsa', config: { ...ROOM, 'delivery.tls': 'encrypt' } },
  })
  const began = performance.now()
  await ground.measure({ ...LOAD, messages: 60, domains: 30 })
  assert.ok(performance.now() - began > 300)
  const { messages, connections, secured, mostOpen } = await ground.sink.received()
  assert.equal(messages, 60)
  assert.ok(connections >= 30 && mostOpen >= 30, `${connections} connections, ${mostOpen} at once`)
  assert.equal(secured, connections)
})
