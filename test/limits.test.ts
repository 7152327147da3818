// Limits hold for the whole server, whatever becomes of its processes: what the receiving side sees is what counts.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { NO_RULES, type RuleSet } from '../src/contract/rules.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, limitsFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { SinkApart } from '../testkit/apart.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

/** Rules for all mail. */
async function limit(server: TestServer, set: RuleSet): Promise<void> {
  using settings = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  const document = { ...NO_RULES, rules: [{ name: 'all', by: 'domain', mask: '*', set } as const] }
  settings.putRules('owner', { document, pinned: false }, { by: 'test', note: '' })
  await server.settled()
}

async function serverTo(sink: { readonly port: number }, workers: number, set: RuleSet, clock?: TreeClock): Promise<TestServer> {
  const server = await startServer({ workers, ...(clock && { environment: clock.environment }) })
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await limit(server, set)
  return server
}

/** Over several connections, which the kernel spreads over the workers. */
async function submit(server: TestServer, messages: number, connections = 1): Promise<string[]> {
  const recipients = Array.from({ length: messages }, (_unused, i) => `r${i}@e.example.test`)
  const send = async (mine: readonly string[]): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    for (const to of mine) {
      const { code } = await client.send({ from: 'a@sender.test', to: [to], data: Buffer.from('Subject: x\r\n\r\nhello\r\n') })
      assert.equal(code, 250)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_unused, n) => send(recipients.filter((_one, i) => i % connections === n))))
  return recipients
}

test('a rate is what the receiver sees, over one worker and over two, and all of it is used', async () => {
  for (const workers of [1, 2]) {
    await using clock = await TreeClock.start()
    await using sink = await SinkApart.start(null, clock.environment)
    // 40 a second.
    await using server = await serverTo(sink, workers, { messages_per_minute: { limit: 2400 } }, clock)
    clock.pace(20)
    const recipients = await submit(server, 200, 12)
    assert.deepEqual(await sink.missing(recipients), [])
    const times = [...(await sink.taken()).times.values()].flat().toSorted((a, b) => a - b)
    const lasted = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
    assert.ok(lasted >= (200 - 14) / 40, `${workers} workers: 200 of 40 a second within ${lasted} s`)
    assert.ok(lasted <= 200 / 40 / 0.98 + 1, `${workers} workers: 200 of 40 a second took ${lasted} s`)
    const most = Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 1000).length))
    assert.ok(most <= 40 + 14, `${workers} workers: ${most} within one second`)
  }
})

test('with a limit of one connection there is never a second, whatever worker has mail, and all of it goes', async () => {
  for (const workers of [2, 3]) {
    await using sink = await CountingSink.start()
    sink.delay = 5
    await using server = await serverTo(sink, workers, { connections: { limit: 1 } })
    const recipients = await submit(server, 120, 12)
    await server.until(({ workers: all }) => all.length === workers)
    assert.deepEqual(await sink.until(recipients), [])
    assert.equal(sink.mostOpen, 1)
    assert.equal(sink.duplicates, 0)
  }
})

test('control that is killed costs no connection and lets nobody have a second', async () => {
  await using sink = await CountingSink.start()
  sink.delay = 20
  await using server = await serverTo(sink, 2, { connections: { limit: 1 } })
  const recipients = await submit(server, 150, 8)
  for (let kills = 0; kills < 3; kills++) {
    await server.kill9('control')
    await pause(300)
  }
  await server.kill9(1)
  assert.deepEqual(await sink.until(recipients), [])
  assert.ok(sink.mostOpen === 1, `${sink.mostOpen} at once`)
})

test('a daily limit is not forgotten by a restart, nor by a kill', async () => {
  await using sink = await CountingSink.start()
  await using server = await serverTo(sink, 1, { messages_per_day: { limit: 10, burst: 10 } })
  await submit(server, 6)
  while (sink.received < 6) await pause(20)
  await server.stop()
  await server.startAgain()
  await submit(server, 30)
  while (sink.received < 10) await pause(20)
  await server.kill9(0)
  await server.until(({ workers }) => workers.length === 1)
  await pause(1000)
  assert.equal(sink.received, 10)
  const [entry] = (await server.call('queue.list', { selection: {}, limit: 1 })).entries
  assert.match(entry?.recipients[0]?.lastReply ?? '', /messages_per_day 10/)
})

test('a restore never sets back what was counted, and brings it where nothing is', async () => {
  await using sink = await CountingSink.start()
  await using server = await serverTo(sink, 1, { messages_per_day: { limit: 10, burst: 10 } })
  await submit(server, 6)
  while (sink.received < 6) await pause(20)
  const { file } = await server.hms<{ file: string }>('backup')
  await submit(server, 20)
  while (sink.received < 10) await pause(20)
  await server.stop()
  await server.hms('restore', file, '--yes')
  await server.startAgain()
  await pause(1000)
  assert.equal(sink.received, 10)
  await server.stop()
  for (const end of ['', '-wal', '-shm']) rmSync(`${limitsFile(server.home)}${end}`, { force: true })
  await server.hms('restore', file, '--yes')
  await server.startAgain()
  // Six of ten were counted then, and one more that may have been sent.
  while (sink.received < 13) await pause(20)
  await pause(500)
  assert.equal(sink.received, 13)
})
