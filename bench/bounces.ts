// `npm run bench:bounces`: bounce messages of 4 KiB that come back to return paths of our own. How long each takes from its first command
// to its event, at a steady pace, and how many a second are taken, proved, judged and told when they come as fast as they can.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { NumberedEvent } from '../src/contract/events.ts'
import { bounceMessage } from '../testkit/report-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { machine, treeOf, watchTree } from './processes.ts'

const HELP = `npm run bench:bounces -- [--paced N] [--flood N] [--rate N]
  --paced N  bounces at a steady pace (2000)
  --flood N  bounces as fast as they can, over 20 sessions (10000)
  --rate N   of the first, a second (100)`
const DOMAIN = 'bounce.test'
const RECIPIENTS_EACH = 1000
const PADDING = 3400
const SESSIONS = 20
/** The first ones load what later ones have: they are not counted. */
const WARM_UP = 200

interface Target {
  readonly recipient: string
  readonly returnPath: string
}

/** Sends to so many recipients, and gives the return path that each got. */
async function targets(server: TestServer, peer: SmtpPeer, count: number): Promise<readonly Target[]> {
  using client = await SmtpClient.open(server.smtpPort)
  for (let from = 0; from < count; from += RECIPIENTS_EACH) {
    const to = Array.from({ length: Math.min(RECIPIENTS_EACH, count - from) }, (_, i) => `r${from + i}@people.test`)
    const { code, text } = await client.send({
      from: 'app@sender.test',
      to,
      data: 'From: app@sender.test\r\nSubject: news\r\n\r\nhello\r\n',
    })
    if (code !== 250) throw new Error(text)
  }
  await peer.waitForMessages(count, 120_000)
  await server.until(({ queued }) => queued === 0)
  return peer.messages.map(({ sender, recipients: [recipient = ''] }) => ({ recipient, returnPath: sender }))
}

async function bounce(client: SmtpClient, { recipient, returnPath }: Target): Promise<void> {
  const { code, text } = await client.send({ from: '', to: [returnPath], data: bounceMessage(recipient, { padding: PADDING }) })
  if (code !== 250) throw new Error(text)
}

/** When the bounce of each recipient was told; waits until all are. */
async function told(home: string, wanted: readonly Target[]): Promise<ReadonlyMap<string, number>> {
  const folder = join(home, 'accounts', '1000', 'logfiles')
  for (const end = performance.now() + 120_000; ; await wait(500)) {
    const at = new Map<string, number>()
    for (const name of readdirSync(folder).filter((file) => file.endsWith('Events.jsonl')))
      for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
        if (!line.includes('"kind":"bounced"')) continue
        const event = JSON.parse(line) as NumberedEvent
        at.set(event.recipient, event.at)
      }
    if (wanted.every(({ recipient }) => at.has(recipient))) return at
    if (performance.now() > end) throw new Error(`${at.size} bounces were told`)
  }
}

async function paced(server: TestServer, all: readonly Target[], rate: number): Promise<void> {
  const begun = new Map<string, number>()
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => SmtpClient.open(server.smtpPort)))
  const began = performance.now()
  const lane = async (client: SmtpClient, first: number): Promise<void> => {
    for (let n = first; n < all.length; n += SESSIONS) {
      const target = all[n]
      if (target === undefined) return
      await wait(Math.max(0, began + (n * 1000) / rate - performance.now()))
      begun.set(target.recipient, Date.now())
      await bounce(client, target)
    }
    client[Symbol.dispose]()
  }
  await Promise.all(clients.map(lane))
  const at = await told(server.home, all)
  const took = all.slice(WARM_UP).map(({ recipient }) => (at.get(recipient) ?? Infinity) - (begun.get(recipient) ?? 0))
  const sorted = took.toSorted((a, b) => a - b)
  const share = (part: number): string => `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]} ms`
  console.log(
    `${rate}/s, ${sorted.length} after the first ${WARM_UP}, to the event: p50 ${share(0.5)}, p99 ${share(0.99)}, most ${share(1)}`,
  )
}

async function flood(server: TestServer, all: readonly Target[]): Promise<void> {
  const rest = [...all]
  const watch = watchTree(server.pidOf('launcher'))
  const processor = (): readonly number[] => [server.pidOf(0), server.pidOf('desk')].map((pid) => treeOf(pid).seconds)
  const before = processor()
  const began = Date.now()
  const lane = async (): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    for (let target = rest.pop(); target !== undefined; target = rest.pop()) await bounce(client, target)
  }
  await Promise.all(Array.from({ length: SESSIONS }, lane))
  const accepted = (Date.now() - began) / 1000
  const at = await told(server.home, all)
  const last = (Math.max(...all.map(({ recipient }) => at.get(recipient) ?? 0)) - began) / 1000
  const { peakMiB } = watch()
  const [worker, desk] = processor().map((seconds, i) => Math.round(((seconds - (before[i] ?? 0)) * 1e6) / all.length))
  console.log(
    `${all.length} over ${SESSIONS} sessions: accepted ${Math.round(all.length / accepted)}/s, told ${Math.round(all.length / last)}/s`,
  )
  console.log(`  µs of processor a bounce: worker ${worker}, desk ${desk}; peak of the tree ${Math.round(peakMiB)} MiB`)
}

async function main(): Promise<void> {
  const number = (value: string) => ({ type: 'string', default: value }) as const
  const options = { paced: number('2000'), flood: number('10000'), rate: number('100'), help: { type: 'boolean', default: false } } as const
  const { values } = parseArgs({ options })
  if (values.help) return console.log(HELP)
  console.log(Object.values(machine()).join(', '))
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('inbound', 'add', DOMAIN)
  await server.hms('account', 'set', '1000', '--return-path', DOMAIN)
  const [first, then] = [Number(values.paced), Number(values.flood)]
  const all = await targets(server, peer, first + then)
  // Whoever sends a bounce is a stranger.
  await server.hms('relay', 'deny', '127.0.0.1')
  await paced(server, all.slice(0, first), Number(values.rate))
  await flood(server, all.slice(first))
}

await main()
