// `npm run bench:queue -- priority`: mail of high priority behind a queue of bulk for the same destination, which uses up all connections there, or
// all of a rate. How long a message takes from its hand-over to the receiver, and what bulk has left beside it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { CountingSink } from '../testkit/counting-sink.ts'
import { fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

export interface PriorityOptions {
  readonly bulk: number
  /** Of each phase. */
  readonly seconds: number
}

const EACH = 10_000
const DOMAIN = 'provider.example.test'
/** The receiver takes so long for each message. */
const DELAY_MS = 20
/** Less than what bulk could do over its connections. */
const PER_MINUTE = 6000
const HIGH_PER_SECOND = 5
const CONFIG = { 'delivery.recipients_per_message': '1', 'delivery.messages_per_connection': '1000000' } as const

type Figures = Record<string, string>

/** When each recipient of high mail was taken. */
class Arrivals {
  readonly at = new Map<string, number>()

  note(recipients: readonly string[]): void {
    for (const one of recipients) if (one.startsWith('high')) this.at.set(one, performance.now())
  }
}

export async function priority({ bulk, seconds }: PriorityOptions): Promise<Figures> {
  const arrivals = new Arrivals()
  await using sink = await CountingSink.start((recipients) => arrivals.note(recipients))
  sink.delay = DELAY_MS
  const config = { ...CONFIG, 'delivery.priority_share': '10' }
  await using server = await startServer({ config })
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink.port}`, '--tls', 'none')
  await server.stop()
  const messages = Math.max(1, Math.round(bulk / EACH))
  const each = Math.ceil(bulk / messages)
  await fillQueue({ home: server.home, messages, recipientsEach: each, domains: 1, domain: DOMAIN, size: 600, dueIn: 0, priority: 'bulk' })
  const scene = { server, sink, arrivals, seconds }
  const figures: Figures = { queued: `${messages * each} bulk recipients of one destination` }
  for (const [name, figure] of Object.entries(await beside(scene))) figures[`connections used up: ${name}`] = figure
  await limit(server)
  for (const [name, figure] of Object.entries(await beside(scene))) figures[`${PER_MINUTE} a minute used up: ${name}`] = figure
  const { recipients } = await server.hms<{ recipients: number }>('queue', 'count')
  figures['still queued at the end'] = String(recipients)
  return figures
}

async function limit(server: TestServer): Promise<void> {
  const file = join(server.home, 'priority-bench.yaml')
  writeFileSync(file, `format: 1\nrules:\n  - { name: bench, domain: '*', set: { messages_per_minute: ${PER_MINUTE} } }\n`)
  await server.hms('apply', '-f', file)
}

interface Scene {
  readonly server: TestServer
  readonly sink: CountingSink
  readonly arrivals: Arrivals
  readonly seconds: number
}

/** Bulk alone without a share, bulk alone with it, and bulk with high mail beside it. */
async function beside(scene: Scene): Promise<Figures> {
  const { server } = scene
  server.configure({ ...CONFIG, 'delivery.priority_share': '0' })
  await server.startAgain()
  const all = await bulkRate(scene)
  await server.stop()
  server.configure({ ...CONFIG, 'delivery.priority_share': '10' })
  await server.startAgain()
  const alone = await bulkRate(scene)
  const { took, rate } = await withHigh(scene)
  await server.stop()
  const part = (of: number): string => `${of.toFixed(1)}/s (${((100 * of) / all).toFixed(1)} %)`
  return {
    'bulk, nothing kept': `${all.toFixed(1)}/s`,
    'bulk, a tenth kept': part(alone),
    'bulk, high mail beside it': part(rate),
    'high mail': `${took.length} messages, ${HIGH_PER_SECOND}/s`,
    'high mail, until the receiver has it': `p50 ${quantile(took, 0.5)}, p99 ${quantile(took, 0.99)}, longest ${quantile(took, 1)} (${DELAY_MS} ms of them the receiver's)`,
  }
}

/** What came in a while, after the beginning. */
async function bulkRate({ sink, arrivals, seconds }: Scene): Promise<number> {
  await wait(3000)
  const [before, began] = [sink.received - arrivals.at.size, performance.now()]
  await wait(seconds * 1000)
  return ((sink.received - arrivals.at.size - before) * 1000) / (performance.now() - began)
}

let sent = 0

async function withHigh(scene: Scene): Promise<{ readonly took: readonly number[]; readonly rate: number }> {
  const { server, arrivals, seconds } = scene
  const begun = new Map<string, number>()
  const over = performance.now() + (seconds + 3) * 1000
  const sending = (async () => {
    using client = await SmtpClient.open(server.smtpPort)
    while (performance.now() < over) {
      const to = `high${sent++}@${DOMAIN}`
      begun.set(to, performance.now())
      const answer = await client.send({ from: 'a@sender.test', to: [to], data: 'X-xsPriority: high\r\nSubject: code\r\n\r\n4711\r\n' })
      if (answer.code !== 250) throw new Error(answer.text)
      await wait(1000 / HIGH_PER_SECOND)
    }
  })()
  const [rate] = await Promise.all([bulkRate(scene), sending])
  for (const end = performance.now() + 60_000; [...begun.keys()].some((to) => !arrivals.at.has(to)); await wait(20))
    if (performance.now() > end) throw new Error('high mail did not come within a minute')
  return { took: [...begun].map(([to, at]) => (arrivals.at.get(to) ?? Infinity) - at).toSorted((a, b) => a - b), rate }
}

function quantile(sorted: readonly number[], part: number): string {
  const at = Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)
  return `${Math.round(sorted[Math.max(0, at)] ?? 0)} ms`
}
