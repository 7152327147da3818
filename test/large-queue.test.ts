// A large queue, in small: shards of workers that are gone are adopted, memory does not follow the mail under way, a smart host
// that refuses our login costs no message, and expiry holds in every state. The large figures are `npm run bench:queue`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../src/base/brand.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { runLarge } from '../testkit/large-messages.ts'
import { watchTree } from '../bench/processes.ts'
import { fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

async function killAll(server: TestServer, workers: number): Promise<void> {
  // The launcher first, so that nothing is started again.
  const pids = [server.pidOf('desk'), ...Array.from({ length: workers }, (_, slot) => server.pidOf(slot))]
  await server.kill9('launcher')
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await server.stop()
}

test('what four workers queued is delivered by one, once, after a stop and after a kill', async () => {
  const [messages, workers] = [2000, 4]
  await using sink = await CountingSink.start()
  await using server = await startServer({ workers })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}`, tls: 'none' })
  await server.stop()
  await fillQueue({ home: server.home, messages, recipientsEach: 1, domains: 50, size: 500, dueIn: 0, shards: workers })
  // Slow enough that most of it is left when the stop and the kill come, whatever the machine has to do.
  sink.delay = 300
  await server.startAgain()
  await server.until(({ delivered }) => delivered > 100)
  assert.equal(await server.stop(), 0)
  assert.equal(sink.duplicates, 0)
  const stoppedAt = sink.counts.size
  assert.ok(stoppedAt < messages, 'the stop came too late to prove anything')
  await server.startAgain()
  await server.until(({ delivered }) => delivered > stoppedAt + 100)
  await killAll(server, workers)
  assert.ok(sink.counts.size < messages, 'the kill came too late to prove anything')
  sink.delay = 0
  server.configure({ workers: '1' })
  await server.startAgain()
  // The shards of the others are adopted one after the other: until then nobody counts what is in them.
  const all = Array.from({ length: messages }, (_, n) => `r${n}@d${n % 50}.example.test`)
  assert.deepEqual(await sink.until(all), [])
  await server.until(({ queued }) => queued === 0)
  // Twice at most what was between the peer's answer and the commit: one message for each open connection.
  assert.ok(sink.duplicates <= sink.mostOpen, `${sink.duplicates} duplicates, ${sink.mostOpen} connections`)
  const { workers: now } = await server.status()
  assert.deepEqual(now[0]?.shards.toSorted(), [0, 1, 2, 3])
})

test('the memory of the tree does not follow the octets that are under way', async () => {
  const [messages, size] = [30, 10_000_000]
  const { delivered, idleMiB, peakMiB } = await runLarge(messages, size)
  assert.equal(delivered, messages)
  assert.ok(peakMiB - idleMiB < 150, `${Math.round(idleMiB)} MiB before, ${Math.round(peakMiB)} MiB at the most`)
})

test('the memory of the tree does not follow the recipients that move', async () => {
  const recipients = 200_000
  await using sink = await CountingSink.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}`, tls: 'none' })
  await server.stop()
  await fillQueue({ home: server.home, messages: 1, recipientsEach: recipients, domains: 10_000, size: 500, dueIn: 0 })
  await server.startAgain()
  const end = watchTree(server.pidOf('launcher'))
  await server.until(({ delivered }) => delivered === recipients)
  const { peakMiB } = end()
  assert.deepEqual([sink.counts.size, sink.duplicates], [recipients, 0])
  // 460 to 520 were seen: 260 to 280 of the worker, 70 of the desk's loop, 60 to 70 of its thread that counts events for reports. Each recipient
  // in memory, or each event, would be more than 100 above.
  assert.ok(peakMiB < 580, `${Math.round(peakMiB)} MiB at the most`)
})

test('a smart host that refuses our login fails no message; all go out when it takes it again', async () => {
  const messages = 1000
  let refuses = true
  const login = { user: 'relay', password: 'secret' }
  await using peer = await SmtpPeer.start({
    auth: login,
    on: { auth: () => (refuses ? '535 5.7.8 Authentication credentials invalid' : undefined) },
  })
  await using server = await startServer({ config: { 'delivery.retry_first': '1s', 'delivery.retry_longest': '2s' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none', ...login })
  await server.stop()
  await fillQueue({ home: server.home, messages, recipientsEach: 1, domains: 20, size: 500, dueIn: 0 })
  await server.startAgain()
  const { alerts } = await server.until((status) => status.alerts.length > 0)
  assert.match(alerts[0]?.what ?? '', /The route smtp:\/\/127\.0\.0\.1:\d+ backs off: .* refuses us .*535/)
  // Those of the first moment, then one at a time.
  const first = peer.connections
  await peer.until(() => peer.connections >= first + 3)
  const { connections } = peer
  const refused = await server.status()
  assert.deepEqual([refused.queued, refused.failed, refused.delivered], [messages, 0, 0])
  assert.ok(refused.deferred <= 10, `${refused.deferred} deferrals: the messages are tried, not the route`)
  assert.ok(first <= 20 && connections <= first + 5, `${first}, then ${connections} connections: nothing backs off`)
  refuses = false
  const status = await server.until(({ delivered }) => delivered === messages)
  assert.deepEqual([status.queued, status.failed], [0, 0])
  assert.equal(new Set(peer.messages.flatMap(({ recipients }) => recipients)).size, messages)
  assert.equal(peer.messages.length, messages)
  await server.until((now) => now.alerts.length === 0)
})

test('expiry holds in every state: waiting, held, site down, no DNS', async () => {
  await using server = await startServer()
  await server.call('route.set', { pattern: 'down.test', url: 'smtp://127.0.0.1:9', tls: 'none' })
  await server.stop()
  const all = { home: server.home, messages: 5, recipientsEach: 1, domains: 1, size: 500, expiresIn: 4000, dueIn: 0 }
  await fillQueue({ ...all, domain: 'waits.test', dueIn: 3_600_000 })
  await fillQueue({ ...all, domain: 'held.test', held: true })
  await fillQueue({ ...all, domain: 'down.test' })
  await fillQueue({ ...all, domain: 'no-dns.test' })
  await server.startAgain()
  const status = await server.until(({ failed }) => failed === 20)
  assert.equal(status.queued, 0)
  const { events } = await server.call('events.find', { kinds: ['expired'], limit: 100 })
  const counts = Map.groupBy(events, (event) => ('domain' in event ? event.domain : ('' as Domain)))
  assert.deepEqual([...counts].map(([domain, { length }]) => `${domain} ${length}`).toSorted(), [
    'down.test 5',
    'held.test 5',
    'no-dns.test 5',
    'waits.test 5',
  ])
})
