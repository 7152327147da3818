// `kill -9` between the acceptance of a bounce and its event: it is told, and told once.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NumberedEvent } from '../src/contract/events.ts'
import type { CrashPoint } from '../src/base/crash-point.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage } from '../testkit/report-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

/** The first commit is that of the acceptance, the second that of the event. */
const MOMENTS: readonly (readonly [CrashPoint, number])[] = [
  ['commit-done', 1],
  ['commit-begun', 2],
  ['commit-written', 2],
  ['commit-done', 2],
  ['events-pulled', 1],
  ['events-committed', 1],
]

async function bouncedOf(server: TestServer): Promise<readonly string[]> {
  const { events } = await server.call('events.find', { kinds: ['bounced'], limit: 100 })
  return events.map((event: NumberedEvent) => (event.kind === 'bounced' ? event.recipient : ''))
}

/** The server may just have been killed. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(() => holds().catch(() => false), what)
}

/** The connection may end before the answer. */
async function send(server: TestServer, recipient: string): Promise<void> {
  try {
    using client = await SmtpClient.open(server.smtpPort)
    await client.send({ from: '', to: ['bounces@bounce.test'], data: bounceMessage(recipient) })
  } catch {}
}

test('a crash at any moment between acceptance and event tells a bounce once', async () => {
  const crashFile = join(tmpdir(), `hms-inbound-crash-${process.pid}`)
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crashFile } })
  await server.hms('inbound', 'add', 'bounce.test')
  const sent: string[] = []
  for (const [i, [point, nth]] of MOMENTS.entries()) {
    const recipient = `r${i}@example.net`
    writeFileSync(crashFile, `${point} ${nth}`)
    await send(server, recipient)
    await eventually(`${point} was never met`, async () => !existsSync(crashFile))
    await eventually(`${point}: no event`, async () => (await bouncedOf(server)).includes(recipient))
    sent.push(recipient)
  }
  await send(server, 'last@example.net')
  await eventually('the last event', async () => (await bouncedOf(server)).includes('last@example.net'))
  // A repeat would be left out as one; each message came to its end once all the same.
  const { events } = await server.call('events.find', { kinds: ['accepted', 'delivered'], recipient: 'bounces@bounce.test', limit: 1000 })
  const idsOf = (kind: string): string[] => events.flatMap((event) => (event.kind === kind ? [event.message] : [])).toSorted()
  assert.deepEqual(idsOf('delivered'), idsOf('accepted'))
  assert.deepEqual((await bouncedOf(server)).filter((recipient) => recipient !== 'last@example.net').toSorted(), sent)
})
