// `npm run bench:api`: what the management API does a second, in what time, and what it costs deliveries: typical calls on kept connections over a home
// of 1,000 accounts, readers of server-sent events, and a flood of calls beside mail, in turns with the same mail without it.
import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import type { Operations } from '../src/contract/operations.ts'
import { connectBus, type BusClient } from '../src/net/bus/client.ts'
import { deskSocketPath } from '../src/services/home.ts'
import { Ground, type LoadOptions } from './ground.ts'
import { machine } from './processes.ts'
import { aligned, figure, spread } from './report.ts'
import { Streams } from './streams.ts'
import { type PartTimes, partTimes, perMessage } from './threads.ts'

const HELP = `npm run bench:api -- [--only calls|streams|flood] [--seconds N] [--connections N] [--accounts N] [--queued N] [--messages N] [--keys N] [--runs N]
                     [--profile DIR] [--folder PATH]
  --only NAME      of the three parts
  --seconds N      of each call (5)
  --connections N  at once (20)
  --accounts N     in the home (1000)
  --queued N       messages that wait (10000)
  --messages N     of a load of mail (8000)
  --keys N         of the management API that flood, each as fast as the limits let it (4)
  --runs N         of mail with and without readers or a flood, in turns (3)
  --profile DIR    writes profiles there and prints where the time of each thread goes, of calls or of the flood
  --folder PATH    where homes are made (the folder for temporary files)`
const OPTIONS = {
  only: { type: 'string' },
  seconds: { type: 'string', default: '5' },
  connections: { type: 'string', default: '20' },
  accounts: { type: 'string', default: '1000' },
  queued: { type: 'string', default: '10000' },
  messages: { type: 'string', default: '8000' },
  keys: { type: 'string', default: '4' },
  runs: { type: 'string', default: '3' },
  profile: { type: 'string' },
  folder: { type: 'string', default: process.env['TMPDIR'] ?? '/tmp' },
  help: { type: 'boolean', default: false },
} as const
/** Readers of server-sent events; one key may have 20. */
const READERS = 100
const OF_ONE_KEY = 20
/** As shipped. */
const LIMIT = 6000
const LIST = 'bench'
const ENTRIES = 10_000

type Values = Readonly<Record<'seconds' | 'connections' | 'accounts' | 'queued' | 'messages' | 'keys' | 'runs', number>> & {
  readonly profile: string | null
  readonly folder: string
}

interface Call {
  readonly name: string
  readonly path: string
  readonly method?: 'GET' | 'PUT' | 'PATCH'
  readonly body?: unknown
}

/** A server with accounts, entries and mail that waits, and what it takes to call it. */
class Target implements AsyncDisposable {
  readonly ground: Ground
  readonly url: string
  readonly #opened: AsyncDisposableStack
  readonly #bus: BusClient<Operations>
  #keys = 0

  private constructor(ground: Ground, url: string, bus: BusClient<Operations>, opened: AsyncDisposableStack) {
    this.ground = ground
    this.url = url
    this.#bus = bus
    this.#opened = opened
  }

  /** `callsPerMinute` null: the limits are as shipped. */
  static async open({ accounts, queued, folder, profile }: Values, callsPerMinute: number | null): Promise<Target> {
    await using opened = new AsyncDisposableStack()
    const pace = String(callsPerMinute)
    const config = callsPerMinute === null ? {} : { 'panel.calls_per_minute': pace, 'panel.changes_per_minute': pace }
    const ground = opened.use(await Ground.open({ folder, profile, hms: { config, fill: queued } }))
    const bus = opened.use(await connectBus<Operations>(deskSocketPath(ground.hms.home), { version: 'bench' }))
    for (let n = 0; n < accounts; n++) await bus.call('account.add', { name: `Customer ${n}` })
    await bus.call('suppression.create', { name: LIST })
    const rows = Array.from({ length: ENTRIES }, (_, n) => ({ target: `person.${n}@people.test` }))
    await bus.call('suppression.import', { list: LIST, rows, origin: 'bench', last: { rows: ENTRIES } })
    return new Target(ground, `http://127.0.0.1:${ground.hms.panel}/api/v1`, bus, opened.move())
  }

  async key(): Promise<string> {
    return (await this.#bus.call('key.add', { name: `bench-${++this.#keys}`, role: 'owner' })).secret
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

function callsOf(accounts: number): readonly Call[] {
  const one = 1000 + Math.ceil(accounts / 2)
  return [
    { name: 'status', path: '/status' },
    { name: 'accounts, 100 of all', path: '/accounts' },
    { name: 'accounts, 1,000 of all', path: '/accounts?limit=1000' },
    { name: 'an account', path: `/accounts/${one}` },
    { name: 'a login by its name', path: `/credentials/account-${one}` },
    { name: 'events of a recipient', path: '/events?recipient=nobody@d0.bench.test' },
    { name: 'newest 100 events', path: '/events' },
    { name: 'queue, 100 of all', path: '/queue' },
    { name: 'suppressed addresses, a page of 100', path: `/suppression/lists/${LIST}/entries` },
    { name: 'what stands against an address', path: `/suppression/entries?target=person.77@people.test&list=${LIST}` },
    { name: 'a setting, in its file, with its audit', path: '/settings/events.days', method: 'PUT', body: { value: '30' } },
    { name: 'a change of an account, with its audit', path: `/accounts/${one}`, method: 'PATCH', body: { weight: 3 } },
  ]
}

interface Asking {
  readonly url: string
  readonly key: string
  readonly seconds: number
  readonly connections: number
}

async function asked({ url, key, seconds, connections }: Asking, { name, path, method, body }: Call): Promise<readonly string[]> {
  const result = await autocannon({
    url: `${url}${path}`,
    method: method ?? 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    connections,
    duration: seconds,
  })
  // Searches have turns of their own: on a busy machine some are told to come again, which is counted.
  if (result.errors > 0 || (result['2xx'] === 0 && result.non2xx > 0))
    throw new Error(`${name}: ${result.non2xx} calls were refused, ${result.errors} failed`)
  const { p50, p99 } = result.latency
  return [name, (result['2xx'] / result.duration).toFixed(0), p50.toFixed(0), p99.toFixed(0), String(result.non2xx)]
}

const USUAL: LoadOptions = { sessions: 20, kept: true, size: 4096, recipients: 1, pipelined: true }

async function calls(values: Values): Promise<void> {
  await using target = await Target.open(values, 1_000_000)
  const { ground, url } = target
  await ground.measure({ ...USUAL, messages: values.messages })
  const key = await target.key()
  const rows: (readonly string[])[] = []
  for (const call of callsOf(values.accounts)) {
    const [times, began] = [partTimes(ground.hms.pid), performance.now()]
    const row = await asked({ url, key, ...values }, call)
    ground.covers([began, performance.now()])
    const count = Number(row[1]) * values.seconds
    const { desk, worker } = perMessage(times, partTimes(ground.hms.pid), count)
    rows.push([...row, desk.toFixed(0), worker.toFixed(0)])
  }
  console.log(`\n${aligned([['call', 'a second', 'p50 ms', 'p99 ms', 'refused', 'µs of the desk', 'of the worker'], ...rows])}`)
}

interface Turn {
  readonly relayed: number
  readonly told: number
  readonly times: PartTimes
}

/** Mail alone and mail beside something, in turns; `beside` gives how to end it. */
async function turns(
  ground: Ground,
  { runs, messages }: Values,
  beside: () => Promise<() => Promise<void>>,
): Promise<readonly [Turn[], Turn[]]> {
  const [alone, both]: [Turn[], Turn[]] = [[], []]
  const one = async (into: Turn[]): Promise<void> => {
    const { relayed, told, processor } = await ground.measure({ ...USUAL, messages })
    into.push({ relayed, told, times: processor })
  }
  // What makes it warm counts nowhere.
  await one([])
  for (let n = 0; n < runs; n++) {
    await one(alone)
    const end = await beside()
    await one(both)
    await end()
  }
  return [alone, both]
}

function compared(name: string, [alone, both]: readonly [readonly Turn[], readonly Turn[]]): void {
  const ratio = figure(both.map(({ relayed }, i) => relayed / (alone[i]?.relayed ?? Number.NaN)))
  const row = (title: string, all: readonly Turn[]): string[] => [
    title,
    spread(figure(all.map(({ relayed }) => relayed)), 0),
    spread(figure(all.map(({ told }) => told)), 0),
    figure(all.map(({ times }) => times.desk)).median.toFixed(0),
    figure(all.map(({ times }) => times.worker)).median.toFixed(0),
  ]
  const table = aligned([
    ['', 'relayed/s', 'told/s', 'µs of the desk', 'of the worker'],
    row('mail alone', alone),
    row(`with ${name}`, both),
  ])
  console.log(`\n${table}\nrelayed with it, of alone: ${spread(ratio, 3)}`)
}

async function streams(values: Values): Promise<void> {
  await using target = await Target.open(values, null)
  const keys = await Promise.all(Array.from({ length: Math.ceil(READERS / OF_ONE_KEY) }, () => target.key()))
  let late: readonly number[] = []
  const beside = async (): Promise<() => Promise<void>> => {
    const open = await Streams.open(`${target.url}/events/tail`, keys, READERS)
    return async () => {
      late = [...late, ...open.late()]
      open[Symbol.dispose]()
    }
  }
  compared(`${READERS} readers of events`, await turns(target.ground, values, beside))
  const sorted = late.toSorted((a, b) => a - b)
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(0)
  console.log(`from an event to its reader: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, of ${sorted.length}`)
}

function requestOf({ path, method = 'GET', body }: Call, key: string): autocannon.Request {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const request = { method, path: `/api/v1${path}`, headers }
  return body === undefined ? request : { ...request, body: JSON.stringify(body) }
}

/** As fast as the limits let it; `end` gives how many calls were answered, refused, and in how many seconds. */
function flooding(url: string, keys: readonly string[], mixed: readonly Call[]): () => Promise<FloodCounts> {
  const running = keys.map((key) =>
    autocannon({
      url: new URL(url).origin,
      connections: 8,
      duration: 600,
      overallRate: Math.ceil((2 * LIMIT) / 60),
      requests: mixed.map((call) => requestOf(call, key)),
    }),
  )
  return async () => {
    for (const one of running) (one as unknown as { stop(): void }).stop()
    const results = await Promise.all(running)
    const sum = (of: (result: autocannon.Result) => number): number => results.reduce((total, result) => total + of(result), 0)
    return { answered: sum((one) => one['2xx']), refused: sum((one) => one.non2xx), seconds: sum((one) => one.duration) / results.length }
  }
}

interface FloodCounts {
  readonly answered: number
  readonly refused: number
  readonly seconds: number
}

async function flood(values: Values): Promise<void> {
  await using target = await Target.open(values, null)
  const { ground, url } = target
  const keys = await Promise.all(Array.from({ length: values.keys }, () => target.key()))
  const [reads, changes] = [callsOf(values.accounts).filter(({ method }) => method === undefined), callsOf(values.accounts).slice(-1)]
  for (const [name, mixed] of [
    ['reads', reads],
    ['changes', changes],
  ] as const) {
    const counts: FloodCounts[] = []
    const beside = async (): Promise<() => Promise<void>> => {
      const end = flooding(url, keys, mixed)
      return async () => void counts.push(await end())
    }
    compared(`${name} by ${keys.length} keys`, await turns(ground, values, beside))
    const sum = (of: keyof FloodCounts): number => counts.reduce((total, one) => total + one[of], 0)
    const rate = (of: keyof FloodCounts): string => (sum(of) / sum('seconds')).toFixed(0)
    console.log(`calls a second: ${rate('answered')} answered, ${rate('refused')} refused`)
  }
}

async function main(): Promise<void> {
  const { values: given } = parseArgs({ options: OPTIONS })
  if (given.help) return console.log(HELP)
  const names = ['seconds', 'connections', 'accounts', 'queued', 'messages', 'keys', 'runs'] as const
  const numbers = Object.fromEntries(names.map((name) => [name, Number(given[name])])) as Record<(typeof names)[number], number>
  const values = { ...numbers, profile: given.profile ?? null, folder: given.folder }
  console.log(Object.values(machine()).join(', '))
  const parts = { calls, streams, flood }
  for (const [name, part] of Object.entries(parts)) if (given.only === undefined || given.only === name) await part(values)
}

// Whoever calls is on another machine in life: here it has what the server and the mail leave.
setPriority(10)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
await main()
