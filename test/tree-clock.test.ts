// The time of a tree of processes in a test: all of them see it, schedules and time-outs of mail keep it, and a release has none of it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SILENCE } from '../testkit/smtp-script.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

const MINUTE = 60_000

test('the whole tree runs sixty times faster: the next attempt, a time-out of SMTP, and what is told of both', async () => {
  await using clock = await TreeClock.start()
  let attempts = 0
  await using peer = await SmtpPeer.start({ on: { rcpt: () => (attempts++ === 0 ? '451 4.3.0 Later' : undefined) } })
  await using mute = await SmtpPeer.start({ on: { data: () => SILENCE } })
  const config = { 'delivery.retry_first': '1m', 'delivery.timeout_data': '30s' }
  await using server = await startServer({ workers: 2, config, environment: clock.environment })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('route.set', { pattern: 'b.test', url: `smtp://127.0.0.1:${mute.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  const sentAt = clock.now()
  for (const to of ['later@a.test', 'silent@b.test'])
    assert.equal((await client.send({ from: 'a@sender.test', to: [to], data: 'From: a@sender.test\r\n\r\nhello\r\n' })).code, 250)
  clock.pace(60)
  await peer.waitForMessages(1)
  const silent = await server.outcome('silent@b.test')
  clock.pace(1)
  const later = (await server.call('events.find', { recipient: 'later@a.test', limit: 10 })).events
  const at = (kind: string): number => later.find((event) => event.kind === kind)?.at ?? Number.NaN
  assert.ok(at('delivered') - at('deferred') >= 0.9 * MINUTE, `${at('delivered') - at('deferred')} ms between two attempts`)
  assert.ok(silent.kind === 'deferred' && silent.at - sentAt >= MINUTE / 2, `${silent.at - sentAt} ms until it was given up`)
  assert.ok(at('delivered') <= clock.now(), 'nothing is told before its time')
  const { startedAt } = await server.status()
  assert.ok(startedAt !== null && startedAt <= sentAt)
  assert.match((await server.run('status')).stdout, /started \d+ ?[ms]/)
})

test('without the test kit, as a release is, the variable is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-release-'))
  try {
    mkdirSync(join(folder, 'dist/base'), { recursive: true })
    cpSync(join(import.meta.dirname, '../dist/base/clock.js'), join(folder, 'dist/base/clock.mjs'))
    const run = (environment: Readonly<Record<string, string>>): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [join(folder, 'dist/base/clock.mjs')], { env: { ...process.env, ...environment }, encoding: 'utf8' })
    assert.equal(run({}).status, 0)
    const refused = run({ HMS_TEST_CLOCK: '/nowhere' })
    assert.equal(refused.status, 78)
    assert.match(String(refused.stderr), /^hms: HMS_TEST_CLOCK is set, which is for tests/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
