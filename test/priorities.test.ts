// Priorities and times on a whole server: accounts are set by command, messages ask in their header or over SMTP, and the queue says so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../src/contract/settings.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

interface Entry {
  readonly id: string
  readonly priority: string
  readonly recipients: readonly { readonly address: string; readonly due: number }[]
}

const HOUR = 3_600_000

test('an account has a priority, a weight and a delivery window, and its messages say when they leave', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  const window = 'quiet 00:00-23:59 UTC'
  const options = ['--priority', 'bulk', '--highest-priority', 'normal', '--weight', '3', '--window', window]
  const { priority, highestPriority, weight, window: set } = await server.hms<Account>('account', 'set', '1000', ...options)
  assert.deepEqual([priority, highestPriority, weight, set], ['bulk', 'normal', 3, window])
  await assert.rejects(
    server.hms('account', 'set', '1000', '--window', '08:00-20:00 Mars/Phobos'),
    /no delivery window: it ends with no time zone/,
  )
  await server.hms('account', 'set', '1000', '--window', 'none')
  await server.call('relay.allow', { cidr: '127.0.0.1' })

  using client = await SmtpClient.open(server.smtpPort)
  // Offered to who may send: once it is, the settings that were made before are known too.
  let offered: RegExpExecArray | null = null
  for (
    const end = performance.now() + PATIENCE_MS;
    offered === null;
    offered = /FUTURERELEASE (\d+) (\S+)/.exec((await client.command('EHLO x')).text)
  )
    assert.ok(performance.now() < end, 'FUTURERELEASE is not offered')
  assert.equal(offered[1], String((30 * 24 * HOUR) / 1000))
  assert.ok(Math.abs(Date.parse(offered[2] ?? '') - Date.now() - 30 * 24 * HOUR) < 60_000)
  assert.equal((await client.command('MAIL FROM:<a@sender.test> HOLDFOR=99999999')).code, 501)

  const data = (field: string): string => `${field}\r\nSubject: x\r\n\r\nhello\r\n`
  const send = (to: string, field: string): Promise<{ readonly code: number }> =>
    client.send({ from: 'a@sender.test', to: [to], data: data(field) })
  const sendAt = new Date(Date.now() + HOUR).toISOString()
  assert.equal((await send('later@e.example', `X-xsSendAt: ${sendAt}`)).code, 250)
  assert.equal((await send('never@e.example', 'X-xsSendAt: soon')).code, 550)
  assert.equal((await send('now@e.example', 'X-xsPriority: high')).code, 250)
  await peer.waitForMessages(1)
  assert.deepEqual(
    peer.messages.map(({ recipients }) => recipients),
    [['now@e.example']],
  )
  assert.ok(!peer.messages[0]?.data.toString().includes('X-xs'))

  const { entries } = await server.hms<{ entries: readonly Entry[] }>('queue', 'ls')
  assert.deepEqual(
    entries.map(({ priority: is, recipients }) => [is, recipients[0]?.address]),
    [['bulk', 'later@e.example']],
  )
  assert.ok(Math.abs((entries[0]?.recipients[0]?.due ?? 0) - Date.parse(sendAt)) < 1000)
  assert.match((await server.run('why', 'later@e.example')).stdout, /not to be sent yet/)
  // Nor is it sent with others that are tried again or released; named itself, it is.
  await server.hms('queue', 'retry', '--domain', 'e.example')
  await server.hms('queue', 'hold', '--domain', 'e.example')
  await server.hms('queue', 'release', '--domain', 'e.example')
  await server.hms('queue', 'suspend', '--domain', 'e.example')
  await server.hms('queue', 'resume', '1')
  const steered = await server.hms<{ entries: readonly Entry[] }>('queue', 'ls')
  assert.deepEqual(steered.entries, entries)
  assert.match((await server.run('why', 'later@e.example')).stdout, /not to be sent yet/)
  // It survives a restart.
  await server.stop()
  await server.startAgain()
  const again = await server.hms<{ entries: readonly Entry[] }>('queue', 'ls')
  assert.deepEqual(again.entries, entries)
  assert.equal(peer.messages.length, 1)
  await server.hms('queue', 'retry', entries[0]?.id ?? '')
  await peer.waitForMessages(2)
})
