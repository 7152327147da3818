// Half of the highest rate: what the time to `250` is then, for a while (`latency`) and for hours (`soak`), where memory, latency
// and files are looked at every minute.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Ground, type LoadOptions } from '../ground.ts'
import { memoryOf, treeOf } from '../processes.ts'
import { aligned, figure } from '../report.ts'
import { type ScenarioOptions, USUAL } from './scenario.ts'

const LOAD: LoadOptions = { ...USUAL, sessions: 100 }
const PROBES = 3
const PROBE_SECONDS = 4
/** A figure of the last quarter may differ from that of the second so much. */
const FLAT = 1.1
const DRAINED_AFTER_MS = 20_000

/** The median of some runs as fast as it goes, in messages a second told. */
async function highestRate(ground: Ground): Promise<number> {
  await ground.measure({ ...LOAD, sessions: 20, seconds: 1 })
  const rates: number[] = []
  for (let n = 0; n < PROBES; n++) rates.push((await ground.measure({ ...LOAD, sessions: 20, seconds: PROBE_SECONDS })).told)
  return figure(rates).median
}

export async function latency({ folder, profile, seconds, rate: wanted, runs }: ScenarioOptions): Promise<void> {
  await using ground = await Ground.open({ folder, profile })
  const highest = wanted === null ? await highestRate(ground) : 2 * wanted
  const rows: string[][] = []
  for (const share of [0.5, 0.25]) {
    for (let n = 0; n < runs; n++) {
      const rate = Math.round(highest * share)
      const { latency, told } = await ground.measure({ ...LOAD, rate, seconds: seconds ?? 20 })
      rows.push([`${rate}`, `${share * 100} %`, told.toFixed(0), ...[latency.p50, latency.p99, latency.max].map((ms) => ms.toFixed(1))])
    }
  }
  console.log(`\nhighest: ${Math.round(highest)}/s${wanted === null ? '' : ' (given)'}`)
  console.log(aligned([['due/s', 'of the highest', 'told/s', 'p50 ms', 'p99 ms', 'max ms'], ...rows]))
}

interface Sample {
  readonly minute: number
  readonly accepted: number
  readonly queued: number
  readonly memory: number
  readonly p50: number
  readonly p99: number
  readonly spool: number
  readonly events: number
  readonly logs: number
}

function sizeBelow(folder: string): number {
  let size = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    size += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return size / 1024 / 1024
}

async function sample(ground: Ground, minute: number): Promise<Sample> {
  const { home, pid } = ground.hms
  const [{ accepted, latency }, { queued }] = [await ground.generator.sample(), await ground.hms.status()]
  return {
    minute,
    accepted,
    queued,
    memory: memoryOf(treeOf(pid).pids),
    p50: latency.p50,
    p99: latency.p99,
    spool: sizeBelow(join(home, 'spool')),
    events: sizeBelow(join(home, 'events')),
    logs: sizeBelow(join(home, 'accounts')),
  }
}

function rowOf({ minute, accepted, queued, memory, p50, p99, spool, events, logs }: Sample): string[] {
  return [
    minute.toFixed(1),
    String(accepted),
    String(queued),
    ...[memory, p50, p99, spool, events, logs].map((n) => n.toFixed(n < 10 ? 1 : 0)),
  ]
}

const HEAD = ['minute', 'accepted', 'queued', 'memory MiB', 'p50 ms', 'p99 ms', 'spool MiB', 'events MiB', 'logs MiB']

/** The second and the last quarter of the samples: the first is warming up. */
function flatness(samples: readonly Sample[], name: string, of: (sample: Sample) => number): string {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const [before, after] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)].map((some) => figure(some.map(of)).median)
  const ratio = (after ?? 0) / (before || 1)
  return `${name}: ${ratio <= FLAT ? 'flat' : 'grows'} (median of the last quarter ${ratio.toFixed(2)} × that of the second)`
}

export async function soak({ folder, profile, seconds, rate: wanted }: ScenarioOptions): Promise<void> {
  const duration = seconds ?? 7200
  const every = Math.min(60, Math.max(2, duration / 20))
  await using ground = await Ground.open({ folder, profile })
  const rate = wanted ?? Math.round((await highestRate(ground)) / 2)
  console.log(`${rate}/s for ${duration} s\n${aligned([HEAD])}`)
  const [received, began] = [await ground.sink.received(), performance.now()]
  const sending = ground.generator.send(ground.loadOf({ ...LOAD, rate, seconds: duration }))
  const samples: Sample[] = []
  const state = { over: false }
  const sent = sending.finally(() => (state.over = true))
  sent.catch(() => {})
  for (let n = 1; n * every <= duration && !state.over; n++) {
    await wait(Math.max(0, began + n * every * 1000 - performance.now()))
    const taken = await sample(ground, (performance.now() - began) / 60_000)
    samples.push(taken)
    console.log(aligned([HEAD, rowOf(taken)]).split('\n')[1])
  }
  const { accepted } = await sent
  await ground.sink.until(received.recipients + accepted)
  ground.covers([began, performance.now()])
  await wait(DRAINED_AFTER_MS)
  console.log(
    `after the drain:\n${aligned([HEAD, rowOf({ ...(await sample(ground, (performance.now() - began) / 60_000)), p50: 0, p99: 0 })])}`,
  )
  for (const [name, of] of [
    ['memory', ({ memory }: Sample) => memory],
    ['p99', ({ p99 }: Sample) => p99],
    ['spool', ({ spool }: Sample) => spool],
  ] as const)
    console.log(flatness(samples, name, of))
}
