// Processes that die at any moment: what was acknowledged is delivered, events and logs are complete and not doubled, and the
// tree comes back by itself.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { dayOf } from '../src/services/logs/log-batch.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { type Letter, SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const letter = (n: number): Letter => ({
  from: 'a@sender.test',
  to: [`r${n}@peer.test`],
  data: `From: a@sender.test\r\nTo: r${n}@peer.test\r\nSubject: ${n}\r\n\r\nhello\r\n`,
})

async function relay(server: TestServer, peer: SmtpPeer): Promise<void> {
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
}

/** Sends until told to stop, over connections that are made again when they break; `acknowledged` has the numbers. */
async function load(server: TestServer, sessions: number, acknowledged: number[], stop: AbortSignal): Promise<void> {
  let next = 0
  const session = async (): Promise<void> => {
    while (!stop.aborted) {
      try {
        using client = await SmtpClient.open(server.smtpPort)
        while (!stop.aborted) {
          const n = next++
          if ((await client.send(letter(n))).code === 250) acknowledged.push(n)
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  await Promise.all(Array.from({ length: sessions }, session))
}

const deliveredTo = (peer: SmtpPeer): string[] => peer.messages.flatMap(({ recipients }) => recipients)

test('a worker killed under load comes back, nothing acknowledged is lost', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 2, config: { 'delivery.retry_first': '1s', 'delivery.retry_longest': '1s' } })
  await relay(server, peer)
  const stop = new AbortController()
  const acknowledged: number[] = []
  const sending = load(server, 6, acknowledged, stop.signal)
  const kills = 4
  for (let i = 0; i <= kills; i++) {
    await until(
      () => acknowledged.length > 100 * (i + 1),
      () => `${acknowledged.length} were acknowledged`,
    )
    if (i < kills) await server.kill9(i % 2)
  }
  stop.abort()
  await sending
  const { alerts } = await server.until(({ workers }) => workers.length === 2)
  assert.ok(
    alerts.some(({ what }) => what.startsWith('Worker 0 ended unexpectedly')),
    JSON.stringify(alerts),
  )
  await server.until(({ queued, workers }) => queued === 0 && workers.length === 2)
  const counts = new Map<string, number>()
  for (const recipient of deliveredTo(peer)) counts.set(recipient, (counts.get(recipient) ?? 0) + 1)
  const lost = acknowledged.filter((n) => !counts.has(`r${n}@peer.test`))
  assert.deepEqual(lost, [])
  const doubled = [...counts.values()].reduce((sum, count) => sum + count - 1, 0)
  assert.ok(doubled <= kills * peer.mostOpen, `${doubled} duplicates in ${kills} kills with at most ${peer.mostOpen} connections`)
})

test('the desk killed under load: every event and log line is there once', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await relay(server, peer)
  const stop = new AbortController()
  const acknowledged: number[] = []
  const sending = load(server, 4, acknowledged, stop.signal)
  for (let i = 0; i < 10; i++) {
    await until(
      () => acknowledged.length > 40 * (i + 1),
      () => `${acknowledged.length} were acknowledged`,
    )
    if (i % 2 === 0) await server.kill9('desk')
  }
  stop.abort()
  await sending
  await peer.waitForMessages(acknowledged.length)
  const status = await server.until(({ queued, delivered }) => queued === 0 && delivered >= acknowledged.length)
  assert.deepEqual([status.accepted, status.delivered], [acknowledged.length, acknowledged.length])
  const folder = join(server.home, 'accounts/1000/logfiles')
  const linesOf = (name: string): string[] =>
    readFileSync(join(folder, dayOf(Date.now()) + name), 'utf8')
      .trimEnd()
      .split('\n')
  const recipients = linesOf('Processed.log').map((line) => line.split(' ')[6] ?? '')
  assert.deepEqual(recipients.toSorted(), acknowledged.map((n) => `r${n}@peer.test`).toSorted())
  const ids = linesOf('Events.jsonl').map((line) => (JSON.parse(line) as { id: string }).id)
  assert.equal(new Set(ids).size, ids.length, 'an event is there twice')
  assert.equal(ids.length, acknowledged.length * 2)
})

test('the launcher killed: workers drain and end, and the home starts again at once', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await relay(server, peer)
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.send(letter(1))).code, 250)
  await peer.waitForMessages(1)
  await server.kill9('launcher')
  await server.startAgain()
  using again = await SmtpClient.open(server.smtpPort)
  assert.equal((await again.send(letter(2))).code, 250)
  await peer.waitForMessages(2)
  assert.deepEqual(deliveredTo(peer), ['r1@peer.test', 'r2@peer.test'])
})

test('a second start on the same home is refused in one sentence, and nothing is hurt', async () => {
  await using server = await startServer()
  await assert.rejects(server.hms('start'), /Another hms is running on the home/)
  assert.equal((await server.get('/readyz')).status, 200)
  assert.equal(await server.stop(), 0)
})

test('a stop waits for the delivery in flight and says so', async () => {
  const taken = Promise.withResolvers<void>()
  const final = () => ({ text: '250 2.0.0 Taken', when: taken.promise })
  await using peer = await SmtpPeer.start({ on: { final } })
  await using server = await startServer()
  await relay(server, peer)
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.send(letter(1))).code, 250)
  await peer.until(() => peer.transcript.some((line) => line.includes('DATA') || line.includes('BDAT')))
  const stopped = server.stop()
  await until(() => server.output().includes('Stopping: worker 0 waits for '), server.output)
  // Clients are sent elsewhere, not left waiting for a greeting.
  await assert.rejects(once(connect(server.smtpPort, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
  taken.resolve()
  assert.equal(await stopped, 0)
  assert.equal(peer.messages.length, 1)
  await server.startAgain()
  const status = await server.until(({ delivered }) => delivered === 1)
  assert.equal(status.queued, 0)
  assert.equal(peer.messages.length, 1, 'it was not sent again')
})
