// The day's mix: 1,000 messages a second come in over kept sessions and go to 2,000 sites by MX, over STARTTLS and signed
// with RSA-2048; a site answers the final dot after 0.2 to 5 s, so that thousands of connections are open.
import { setTimeout as wait } from 'node:timers/promises'
import { Ground } from '../ground.ts'
import { type Latency, SETTLED_AFTER_MS } from '../peer-words.ts'
import { memoryByProcess, watchTree } from '../processes.ts'
import { aligned } from '../report.ts'
import { PARTS, partTimes, perMessage, sumOf } from '../threads.ts'
import { type ScenarioOptions, USUAL } from './scenario.ts'

const SITES = 2000
const RATE = 1000
const ANSWERS_AFTER_MS = [200, 5000] as const
const LOOK_EVERY_MS = 5000
const HEAD = ['second', 'accepted', 'at the sink', 'queued', 'outbound open', 'behind', 'p50 ms', 'p99 ms', 'max ms', 'memory MiB']

function latencyText({ p50, p99, max }: Latency): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`
}

export async function day({ folder, profile, seconds, rate: wanted }: ScenarioOptions): Promise<void> {
  const [duration, rate] = [seconds ?? 60, wanted ?? RATE]
  await using ground = await Ground.open({
    folder,
    profile,
    byMx: true,
    sink: { sites: SITES, delay: ANSWERS_AFTER_MS, starttls: true },
    hms: { dkim: 'rsa', config: { 'delivery.tls': 'encrypt' } },
  })
  const { hms, sink, generator } = ground
  const end = watchTree(hms.pid)
  const [times, peersBefore, began] = [partTimes(hms.pid), ground.peerSeconds(), performance.now()]
  const state = { over: false }
  const load = ground.loadOf({ ...USUAL, sessions: 100, rate, seconds: duration, domains: SITES })
  const sending = generator.send(load).finally(() => (state.over = true))
  sending.catch(() => {})
  console.log(aligned([HEAD]))
  const behind = { most: 0, outbound: 0 }
  for (let n = 1; !state.over; n++) {
    await Promise.race([wait(Math.max(0, began + n * LOOK_EVERY_MS - performance.now())), sending.catch(() => {})])
    const [sent, received, status] = [await generator.sample(), await sink.received(), await hms.status()]
    const outbound = status.workers.reduce((sum, { outboundOpen }) => sum + outboundOpen, 0)
    behind.most = Math.max(behind.most, sent.behind)
    behind.outbound = Math.max(behind.outbound, outbound)
    const { p50, p99, max } = sent.latency
    const counts = [sent.accepted, received.messages, status.queued, outbound, sent.behind].map(String)
    const row = [
      ((performance.now() - began) / 1000).toFixed(0),
      ...counts,
      ...[p50, p99, max].map((ms) => ms.toFixed(1)),
      memoryByProcess(hms.pid),
    ]
    console.log(aligned([HEAD, row]).split('\n')[1])
  }
  const sent = await sending
  const [status, received] = [await hms.status(), await sink.received()]
  ground.covers([began, performance.now()])
  const { recipients } = await sink.until(sent.accepted)
  await ground.untilTold(recipients, began)
  const used = perMessage(times, partTimes(hms.pid), sent.accepted)
  const { peakMiB } = end()
  const peers = ((ground.peerSeconds() - peersBefore) * 1e6) / sent.accepted
  const rows = [
    ['accepted', `${(sent.accepted / sent.seconds).toFixed(0)}/s of ${rate}/s due`],
    ['delivered while it lasted', `${(received.messages / sent.seconds).toFixed(0)}/s`],
    ['queued at its end', String(status.queued)],
    ['all delivered and told after', `${((performance.now() - began) / 1000).toFixed(0)} s`],
    ['to 250', latencyText(sent.latency)],
    [`to 250 after the first ${SETTLED_AFTER_MS / 1000} s`, latencyText(sent.settled)],
    ['most messages due that no session was free for', String(behind.most)],
    ['open outbound connections', `${behind.outbound} as looked at, ${received.mostOpen} at the sink`],
    ['connections in all', `${received.connections}, ${received.secured} with TLS`],
    ['peak memory of the tree', `${peakMiB.toFixed(0)} MiB`],
    ['deferred, failed', `${status.deferred}, ${status.failed}`],
    ['processor a message', `${sumOf(used).toFixed(0)} µs: ${PARTS.map((part) => `${part} ${used[part].toFixed(0)}`).join(', ')}`],
    ['of generator and sink', `${peers.toFixed(0)} µs a message`],
  ]
  console.log(`\n${aligned(rows, 2)}`)
}
