// Warm-up on a whole server: what the receiving side sees from each address is what counts.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { WarmupReport } from '../src/contract/source-operations.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const [COLD, WARM] = ['127.0.0.21', '127.0.0.22']

async function apply(server: TestServer, pool: string): Promise<void> {
  const file = join(server.home, 'rules.yaml')
  const text = `format: 1
warmups: { test: { days: [6, 12], spread: 1h, overflow: 1m } }
sources:
  cold: { address: ${COLD}, helo: cold.example, warmup: test }
  warm: { address: ${WARM}, helo: warm.example }
pools: { out: { sources: ${pool} } }
rules: [{ name: all, domain: '*', set: { pool: out } }]
`
  writeFileSync(file, text)
  await server.hms('apply', '-f', file)
}

async function submit(server: TestServer, messages: number): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  for (let i = 0; i < messages; i++) {
    const { code } = await client.send({
      from: 'a@sender.test',
      to: [`r${i}@e.example.test`],
      data: Buffer.from('Subject: x\r\n\r\nhello\r\n'),
    })
    assert.equal(code, 250)
  }
}

const status = async (server: TestServer): Promise<WarmupReport | undefined> =>
  (await server.hms<{ units: readonly WarmupReport[] }>('warmup', 'status', '--source', 'cold', '--provider', 'other')).units[0]

test('a cold source sends what its cap allows and warm ones the rest; a kill gives nothing twice; what waits for it goes when it is warm', async () => {
  await using peer = await SmtpPeer.start()
  const by = (address: string): number => peer.messages.filter(({ from }) => from === address).length
  await using server = await startServer({ workers: 2 })
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await apply(server, '{ cold: 10, warm: 1 }')
  await submit(server, 40)
  await peer.waitForMessages(40)
  assert.equal(by(COLD), 1)
  assert.equal(by(WARM), 39)
  const report = await status(server)
  assert.deepEqual([report?.providers[0]?.cap, report?.providers[0]?.forecast.map(({ cap }) => cap)], [6, [6, 12]])
  await server.until(({ delivered }) => delivered === 40)
  assert.equal((await status(server))?.providers[0]?.today.sent, 1)
  // Without a warm one it waits, also after kills of all that counts.
  await apply(server, '{ cold: 1 }')
  await submit(server, 5)
  await server.kill9('control')
  await server.kill9(0)
  await server.kill9(1)
  await server.until(({ workers }) => workers.length === 2)
  const holds = async (): Promise<boolean> => {
    const { entries } = await server.call('queue.list', { selection: {}, limit: 10 })
    return (
      entries.length === 5 &&
      entries.every(({ recipients: [one] }) => /warm-up of source \w+ \(127\.0\.0\.21\) at /.test(one?.lastReply ?? ''))
    )
  }
  await until(holds, 'a cap is named')
  assert.equal(by(COLD), 1)
  await server.hms('warmup', 'finish', '--source', 'cold')
  await peer.waitForMessages(45)
  assert.equal(by(COLD), 6)
  assert.equal((await status(server))?.providers[0]?.mode, 'warm')
})
