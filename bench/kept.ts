// `npm run bench:kept`: what a message leaves on the disk by kind, one recipient each, delivered at once: octets in all that was measured before and
// after by the server itself, as messages of the first half are there already.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ANONYMOUS_ACCOUNT, type Domain } from '../src/base/brand.ts'
import type { DataKind } from '../src/contract/data-kept.ts'
import { Eraser } from '../src/policy/kept/erasure.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HELP = `npm run bench:kept -- [--messages N]
  --messages N  how many (4000)`
const BODY = 'x'.repeat(70).concat('\r\n').repeat(55)
const SESSIONS = 10

async function send(server: TestServer, count: number, from: number): Promise<void> {
  const each = async (session: number): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    for (let i = session; i < count; i += SESSIONS) {
      const to = `person.${from + i}@people-${i % 50}.test`
      const header = `From: app@sender.test\r\nTo: ${to}\r\nX-xsMailingId: spring-2026\r\nX-xsMessageId: order-${from + i}\r\nSubject: news\r\n`
      const { code, text } = await client.send({ from: 'app@sender.test', to: [to], data: `${header}\r\n${BODY}` })
      if (code !== 250) throw new Error(text)
    }
  }
  await Promise.all(Array.from({ length: SESSIONS }, (_, session) => each(session)))
  await server.until(({ queued, delivered }) => queued === 0 && delivered >= from + count, 120_000)
}

async function bytes(server: TestServer): Promise<ReadonlyMap<DataKind, number>> {
  // Measured at most once a second, and less often where it takes long.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  return new Map((await server.call('disk.use', {})).kinds.map((one) => [one.kind, one.bytes]))
}

/** What files of the logs become once their day is over. */
function packed(home: string): { readonly plain: number; readonly gz: number } {
  const folder = join(home, 'accounts/1000/logfiles')
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  const sum = (all: readonly Uint8Array[]): number => all.reduce((total, { length }) => total + length, 0)
  return { plain: sum(files), gz: sum(files.map((file) => gzipSync(file))) }
}

/** How fast events are read to erase somebody, by octets as they are stored. */
async function erasing(home: string): Promise<string> {
  using events = openEvents(join(home, 'events'))
  const begun = performance.now()
  const eraser = new Eraser('nobody@people-1.test')
  for (const day of events.dayNames()) await events.erase(day, eraser, true, async () => {})
  return `${Math.round(performance.now() - begun)} ms`
}

const { values } = parseArgs({ options: { messages: { type: 'string', default: '4000' }, help: { type: 'boolean' } } })
if (values.help === true) process.stdout.write(`${HELP}\n`)
else {
  const count = Number(values.messages)
  await using peer = await SmtpPeer.start({})
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  // Each recipient is known by a return path of his own: the index of what was sent has him.
  await server.call('inbound.add', { domain: 'bounce.test' })
  await server.call('account.set', { id: ANONYMOUS_ACCOUNT, change: { returnPathDomain: 'bounce.test' as Domain } })
  await send(server, count, 0)
  const before = await bytes(server)
  const logs = packed(server.home)
  await send(server, count, count)
  const after = await bytes(server)
  for (const [kind, now] of after)
    process.stdout.write(`${kind}: ${((now - (before.get(kind) ?? 0)) / count).toFixed(0)} octets a message\n`)
  const { plain, gz } = packed(server.home)
  process.stdout.write(
    `logs, compressed: ${((gz - logs.gz) / count).toFixed(0)} of ${((plain - logs.plain) / count).toFixed(0)} octets a message\n`,
  )
  await server.stop()
  process.stdout.write(
    `read to erase somebody from the events: ${await erasing(server.home)} for ${2 * count} messages, ${after.get('events') ?? 0} octets\n`,
  )
}
