// `npm run bench:queue`: what a large queue costs. Homes are filled while stopped, the server is a real process tree, the
// receiving end counts on loopback. `-- --help` lists the cases; docs/performance.md has the figures.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { MessageId } from '../src/base/brand.ts'
import type { OperationName, OperationParams } from '../src/contract/operations.ts'
import { deskSocketPath } from '../src/services/home.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { DnsServer, type DnsZones } from '../testkit/dns-server.ts'
import { runLarge } from '../testkit/large-messages.ts'
import { type Fill, fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type ServerOptions, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { priority } from './priority.ts'
import { machine, memoryByProcess, type TreeWatch, treeOf, watchTree } from './processes.ts'

const HELP = `npm run bench:queue -- CASE [CASE …] [--scale F]
  one       one message to 1,000,000 recipients of 50,000 domains
  many      100,000 messages to 50,000 domains
  million   1,000,000 messages to 50,000 domains
  mx        50,000 messages to 50,000 domains of 2,000 sites, each found by its MX; DNS answers after 20 ms
  sites     one message to 1,000,000 recipients of 50,000 domains with a receiving site each, for 30 s
  domains   1,000 messages to 1,000,000 recipients of 100,000 domains with a receiving site each: memory, first attempt, hms why;
            the tenth of it first, to see what is flat
  adopt     100,000 messages of four workers, killed, delivered by one
  large     one hundred messages of 25 MB at once, to a slow peer
  priority  high mail behind 1,000,000 bulk recipients of the same destination, which use up its connections, then its rate (--scale 5: 5,000,000)
  --scale F multiplies the counts (0.01: a quick look)`

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: '1' }, help: { type: 'boolean', default: false } },
})
const SCALE = Number(options.scale)
const scaled = (n: number): number => Math.max(1, Math.round(n * SCALE))
const LATER = 6 * 3_600_000
const ASKER = fileURLToPath(new URL('asker.ts', import.meta.url))

type Figures = Record<string, string>

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function memory(server: TestServer, end: () => TreeWatch): string {
  return `${Math.round(end().peakMiB)} MiB (now: ${memoryByProcess(server.pidOf('launcher'))})`
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const began = performance.now()
  await work()
  return seconds(performance.now() - began)
}

async function until(condition: () => boolean, what: string, most = 120_000): Promise<void> {
  const end = performance.now() + most
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${most / 1000} s`)
    await wait(5)
  }
}

/** A home whose `*` goes to the sink, stopped again. */
async function madeHome(sink: CountingSink, change: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer(change)
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink.port}`, '--tls', 'none')
  await server.stop()
  return server
}

/** Starts it and counts until the first delivery. */
async function firstDelivery(server: TestServer, sink: CountingSink): Promise<string> {
  const before = sink.received
  const began = performance.now()
  const started = server.startAgain()
  await until(() => sink.received > before, 'a first delivery')
  const first = performance.now() - began
  await started
  return seconds(first)
}

async function newMessage(server: TestServer, sink: CountingSink, to: string, login = ''): Promise<string> {
  using client = await SmtpClient.open(server.smtpPort)
  if (login !== '') await client.command(`AUTH PLAIN ${login}`)
  const began = performance.now()
  const answer = await client.send({ from: 'a@sender.test', to: [to], data: 'Subject: new\r\n\r\nhello\r\n' })
  if (answer.code !== 250) throw new Error(answer.text)
  const accepted = performance.now() - began
  await until(() => sink.counts.has(to), 'the new message')
  return `${seconds(performance.now() - began)} (250 after ${seconds(accepted)})`
}

/** SIGKILL to every process of the tree at once. */
async function killTree(server: TestServer): Promise<void> {
  for (const pid of treeOf(server.pidOf('launcher')).pids) process.kill(pid, 'SIGKILL')
  await server.stop()
  // What the sink had in its hands is counted before anything is measured.
  await wait(500)
}

/** What people see while the queue waits or moves: of five, the shortest and the longest. */
async function looks(server: TestServer): Promise<Figures> {
  const figures: Figures = {}
  for (const words of ['status', 'queue ls', 'queue ls --domain d7.example.test', 'queue ls --state held', 'queue count']) {
    const took: string[] = []
    for (let i = 0; i < 5; i++) took.push(await timed(() => server.hms(...words.split(' '))))
    figures[`hms ${words}`] = `${took.toSorted()[0]} to ${took.toSorted().at(-1)}`
  }
  return figures
}

async function largeQueue(counts: Pick<Fill, 'messages' | 'recipientsEach' | 'domains'>): Promise<Figures> {
  const figures: Figures = {}
  await using sink = await CountingSink.start()
  {
    await using server = await madeHome(sink)
    figures['fill'] = await timed(() => fillQueue({ ...counts, home: server.home, size: 600, dueIn: LATER }))
    await server.startAgain()
    const end = watchTree(server.pidOf('launcher'))
    await server.until(({ queued }) => queued >= counts.messages * counts.recipientsEach, 120_000)
    figures['new message, all wait'] = await newMessage(server, sink, 'new@elsewhere.test')
    figures['new message to a domain that waits'] = await newMessage(server, sink, 'new@d7.example.test')
    Object.assign(figures, await looks(server))
    figures['peak memory, all wait'] = memory(server, end)
  }
  {
    await using server = await madeHome(sink, { config: { 'smtp.plain_auth': 'true' } })
    await fillQueue({ ...counts, home: server.home, size: 600, dueIn: 0 })
    sink.delay = 20
    figures['first delivery after a start'] = await firstDelivery(server, sink)
    await killTree(server)
    figures['first delivery after kill -9'] = await firstDelivery(server, sink)
    const end = watchTree(server.pidOf('launcher'))
    await wait(3000)
    const { user, password } = server.account
    const login = Buffer.from(`\0${user}\0${password}`).toString('base64')
    figures['new message of another account, all move'] = await newMessage(server, sink, 'other@elsewhere.test', login)
    await using second = await CountingSink.start()
    await server.hms('route', 'set', 'own.test', `smtp://127.0.0.1:${second.port}`, '--tls', 'none')
    figures['new message to another site, all move'] = await newMessage(server, second, 'new@own.test')
    for (const [name, figure] of Object.entries(await looks(server))) figures[`${name}, all move`] = figure
    sink.delay = 0
    const [before, began] = [sink.received, performance.now()]
    await wait(15_000)
    figures['delivered'] = `${Math.round(((sink.received - before) * 1000) / (performance.now() - began))} recipients/s`
    figures['peak memory, all move'] = memory(server, end)
    figures['stop'] = await timed(() => server.stop())
  }
  return figures
}

/** Every domain of the queue with a mail exchanger, as many of them as there are sites. */
function zonesOf(domains: number, sites: number): DnsZones {
  const zones: DnsZones = {}
  for (let n = 0; n < sites; n++) zones[`mx${n}.hosts.test`] = { A: ['127.0.0.1'] }
  for (let n = 0; n < domains; n++) zones[`d${n}.example.test`] = { MX: [[10, `mx${n % sites}.hosts.test`]] }
  return zones
}

async function byMx(): Promise<Figures> {
  const domains = scaled(50_000)
  await using sink = await CountingSink.start()
  await using dns = await DnsServer.start(zonesOf(domains, scaled(2000)))
  dns.behaviour.set('*', { delay: 20 })
  const config = { 'dns.servers': dns.address, 'delivery.port': String(sink.port), 'delivery.allow_private': 'true' }
  await using server = await startServer({ config })
  await server.stop()
  await fillQueue({ home: server.home, messages: domains, recipientsEach: 1, domains, size: 600, dueIn: 0 })
  const began = performance.now()
  const first = await firstDelivery(server, sink)
  const end = watchTree(server.pidOf('launcher'))
  await until(() => sink.received >= domains, 'everything delivered', 600_000)
  const ms = performance.now() - began
  return {
    'first delivery after a start': first,
    'all delivered after': seconds(ms),
    rate: `${Math.round((domains * 1000) / ms)} domains/s, the start included`,
    'questions to DNS': String(dns.count()),
    'most connections at once': String(sink.mostOpen),
    'came twice': String(sink.duplicates),
    'peak memory': memory(server, end),
  }
}

/** Each domain is a site with its own queue and connections. */
async function sites(): Promise<Figures> {
  const [recipientsEach, domains] = [scaled(1_000_000), scaled(50_000)]
  await using sink = await CountingSink.start()
  await using dns = await DnsServer.start(zonesOf(domains, domains))
  const delivery = { 'delivery.port': String(sink.port), 'delivery.allow_private': 'true', 'delivery.tls': 'none' }
  await using server = await startServer({ config: { 'dns.servers': dns.address, ...delivery } })
  await server.stop()
  await fillQueue({ home: server.home, messages: 1, recipientsEach, domains, size: 600, dueIn: 0 })
  sink.delay = 20
  const first = await firstDelivery(server, sink)
  const end = watchTree(server.pidOf('launcher'))
  await wait(30_000)
  return {
    'first delivery after a start': first,
    'delivered in 30 s': `${sink.received} recipients, most connections at once ${sink.mostOpen}`,
    'peak memory': memory(server, end),
  }
}

const NONE = '0000000000000000' as MessageId

/** Shortest, median and longest of some. */
function spread(took: readonly number[]): string {
  const sorted = took.toSorted((a, b) => a - b)
  return [0, 0.5, 1].map((at) => `${Math.round(sorted[Math.floor(at * (sorted.length - 1))] ?? 0)}`).join(' / ') + ' ms'
}

async function times(count: number, work: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < count; n++) {
    const began = performance.now()
    await work(n)
    took.push(performance.now() - began)
  }
  return took
}

/** How long answers take, in ms, for a process that has nothing else to do. */
async function asked<N extends OperationName>(server: TestServer, count: number, name: N, paramsOf: (n: number) => OperationParams<N>) {
  const child = spawn(process.execPath, [ASKER, deskSocketPath(server.home)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(Array.from({ length: count }, (_unused, n) => [name, paramsOf(n)])))
  return spread(JSON.parse(await text(child.stdout)) as number[])
}

/** What `hms why` takes in the server, asked over its socket, and with the start of the command. */
async function whys(server: TestServer, recipients: number, domains: number): Promise<Figures> {
  const { entries } = await server.call('queue.list', { selection: {}, limit: 5 })
  const asks: Readonly<Record<string, (n: number) => OperationParams<'queue.why'>>> = {
    message: (n) => ({ message: entries[n % entries.length]?.id ?? NONE }),
    address: (n) => ({ recipient: `r${(recipients / domains - 1) * domains + n}@d${n}.example.test` }),
    domain: (n) => ({ domain: `d${(n * 997) % domains}.example.test` }),
    'unknown address': (n) => ({ recipient: `nobody${n}@d${n}.example.test` }),
  }
  const figures: Figures = {}
  for (const [what, ask] of Object.entries(asks)) figures[`why, ${what}`] = await asked(server, 30, 'queue.why', ask)
  figures['status, for comparison'] = await asked(server, 30, 'status', () => ({}))
  figures['hms why, a domain'] = spread(await times(5, (n) => server.run('why', `d${n}.example.test`)))
  figures['hms --help, for comparison'] = spread(await times(5, () => server.run('--help')))
  figures['sites.top'] = await asked(server, 3, 'sites.top', () => ({ limit: 50 }))
  return figures
}

async function manyDomains(messages: number, recipientsEach: number, domains: number): Promise<Figures> {
  await using sink = await CountingSink.start()
  await using dns = await DnsServer.start(zonesOf(domains, domains))
  dns.behaviour.set('*', { delay: 5 })
  const delivery = { 'delivery.port': String(sink.port), 'delivery.allow_private': 'true', 'delivery.tls': 'none' }
  await using server = await startServer({ config: { 'dns.servers': dns.address, ...delivery } })
  await server.stop()
  await fillQueue({ home: server.home, messages, recipientsEach, domains, size: 600, dueIn: 0 })
  sink.delay = 20
  const first = await firstDelivery(server, sink)
  const end = watchTree(server.pidOf('launcher'))
  await wait(5000)
  const moving = await whys(server, messages * recipientsEach, domains)
  await wait(20_000)
  const [received, open] = [sink.received, sink.mostOpen]
  const { queued } = await server.status()
  const peak = memory(server, end)
  return {
    'first attempt after a start': first,
    ...moving,
    delivered: `${received} recipients, most connections at once ${open}; ${queued} queued`,
    'peak memory of the tree': peak,
  }
}

async function domains(): Promise<Figures> {
  const named = (size: string, figures: Figures): Figures =>
    Object.fromEntries(Object.entries(figures).map(([name, figure]) => [`${name} (${size})`, figure]))
  const tenth = await manyDomains(scaled(100), 1000, scaled(10_000))
  return {
    ...named('a tenth', tenth),
    ...named('all', await manyDomains(scaled(1000), 1000, scaled(100_000))),
  }
}

async function adopt(): Promise<Figures> {
  const messages = scaled(100_000)
  await using sink = await CountingSink.start()
  await using server = await madeHome(sink, { workers: 4 })
  await fillQueue({ home: server.home, messages, recipientsEach: 1, domains: 1000, size: 600, dueIn: 0, shards: 4 })
  sink.delay = 20
  await server.startAgain()
  await until(() => sink.received > messages / 50, 'some deliveries')
  await killTree(server)
  const killedAt = sink.received
  sink.delay = 0
  server.configure({ workers: '1' })
  const began = performance.now()
  const first = await firstDelivery(server, sink)
  await until(() => sink.counts.size >= messages, 'everything delivered', 600_000)
  const took = seconds(performance.now() - began)
  await server.until(({ queued }) => queued === 0)
  return {
    messages: String(messages),
    'delivered before kill -9': String(killedAt),
    'first delivery by one worker': first,
    'all delivered after': took,
    lost: String(messages - sink.counts.size),
    duplicates: String(sink.duplicates),
  }
}

async function largeMessages(messages: number, size: number): Promise<Record<string, string>> {
  const { acceptedMs, deliveredMs, delivered, peakMiB, idleMiB } = await runLarge(messages, size)
  return {
    messages: `${messages} of ${size / 1_000_000} MB`,
    'all accepted after': `${(acceptedMs / 1000).toFixed(1)} s`,
    'all delivered after': `${(deliveredMs / 1000).toFixed(1)} s`,
    delivered: String(delivered),
    'memory of the tree before': `${Math.round(idleMiB)} MiB`,
    'peak memory of the tree': `${Math.round(peakMiB)} MiB`,
  }
}

const CASES: Record<string, () => Promise<Figures>> = {
  one: () => largeQueue({ messages: 1, recipientsEach: scaled(1_000_000), domains: scaled(50_000) }),
  many: () => largeQueue({ messages: scaled(100_000), recipientsEach: 1, domains: scaled(50_000) }),
  million: () => largeQueue({ messages: scaled(1_000_000), recipientsEach: 1, domains: scaled(50_000) }),
  mx: byMx,
  sites,
  domains,
  adopt,
  large: () => largeMessages(scaled(100), 25_000_000),
  priority: () => priority({ bulk: scaled(1_000_000), seconds: SCALE < 0.2 ? 6 : 30 }),
}

if (options.help || positionals.length === 0) console.log(HELP)
else {
  const { cores, processor, kernel } = machine()
  console.log(`Node ${process.version}, ${cores} cores (${processor}), Linux ${kernel}`)
  for (const name of positionals) {
    const run = CASES[name]
    if (run === undefined) throw new Error(`there is no case "${name}"`)
    console.log(`\n${name}`)
    for (const [what, figure] of Object.entries(await run())) console.log(`  ${what.padEnd(38)} ${figure}`)
  }
}
