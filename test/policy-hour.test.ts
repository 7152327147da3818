// Minutes of policy, and with `--long` an hour: a simulator of providers with limits that no rule was made from, greylisting, blocks by
// source and slow answers, over real SMTP from twenty sources, with the whole tree in the time of a test. What the providers wrote down
// is what counts. HMS_TEST_SEED draws other limits, HMS_TEST_SHOW prints what each provider saw of each source.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hideLimits, type HiddenSites } from '../testkit/providers/hidden-limits.ts'
import { countWithin, mostAtOnce, mostInAnyWindow, type ProviderReport, Providers } from '../testkit/providers/providers.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

const LONG = process.argv.includes('--long')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LASTS = LONG ? HOUR : 4 * MINUTE
const MINUTES = LASTS / MINUTE
const SEED = Number(process.env['HMS_TEST_SEED'] ?? 1)
const SHOWS = process.env['HMS_TEST_SHOW'] !== undefined
// Three times as fast, what the processes say to each other in real milliseconds is a twentieth of what a limit allows.
const PACE = 20
const SOURCES = Array.from({ length: 20 }, (_unused, i) => `127.0.1.${i + 1}`)
const BLOCKED = SOURCES.slice(0, 2)

/** What the providers say of themselves: what whoever writes rules can know. */
const SAID: HiddenSites = {
  'slow.test': { perMinute: 12 },
  'usual.test': { perMinute: 60 },
  'quick.test': { perMinute: 150, messagesPerConnection: 20 },
  'hourly.test': { perHour: 600 },
  'few.test': { connections: 3, answersAfter: [5000, 15_000] },
  'anew.test': { connectionsPerMinute: 4, messagesPerConnection: 10 },
  'gray.test': { perMinute: 60, greylist: 40_000 },
  'pool.test': { perMinute: 6 },
  'blocks.test': { perMinute: 15, block: { after: 45_000, lasts: MINUTE, quiet: 30_000, sources: BLOCKED } },
  'strict.test': { perMinute: 60 },
  'free.test': {},
}
/** Of what they say these allow less. */
const STRICTER = { 'strict.test': 0.6 }
/** Sources that mail to them leaves from. */
const POOLED: Readonly<Record<string, number>> = { 'pool.test': 20, 'blocks.test': 4 }
const PAUSED = 90_000
const RECOVERS = 30_000

const poolOf = (count: number): string =>
  SOURCES.slice(0, count)
    .map((_one, i) => `s${i + 1}: 1`)
    .join(', ')
const RULES = `
format: 1
sources:
${SOURCES.map((address, i) => `  s${i + 1}: { address: ${address}, helo: s${i + 1}.sender.test }`).join('\n')}
pools:
  all: { sources: { ${poolOf(20)} } }
  some: { sources: { ${poolOf(4)} } }
rules:
  - { domain: '*', set: { recipients_per_message: 1, retry_first: 1m, retry_longest: 2m } }
  - { domain: slow.test, set: { messages_per_minute: 12 } }
  - { domain: usual.test, set: { messages_per_minute: 60 } }
  - { domain: quick.test, set: { messages_per_minute: 150, messages_per_connection: 20 } }
  - { domain: hourly.test, set: { messages_per_hour: 600 } }
  - { domain: few.test, set: { connections: 3 } }
  - { domain: anew.test, set: { connections_per_minute: 4, messages_per_connection: 10 } }
  - { domain: gray.test, set: { messages_per_minute: 60 } }
  - { domain: pool.test, set: { messages_per_minute: 6, pool: all } }
  - domain: blocks.test
    set: { messages_per_minute: 15, pool: some }
    blocks: [{ match: '/blocked for unusual traffic/', pause: 90s, recovery: 30s }]
  - domain: strict.test
    set: { messages_per_minute: 60 }
    blocks: [{ match: '/sends too fast/', action: slow, to: 20, ${LONG ? 'pause: 10m, recovery: 30m' : 'pause: 1m, recovery: 2m'} }]
`

/** Enough that mail waits all the time; where much comes twice or late, less. */
function loadOf(domain: string): number {
  const { perMinute, perHour, connections, answersAfter, connectionsPerMinute, messagesPerConnection = 20 } = SAID[domain] ?? {}
  const minutes = (domain === 'gray.test' || domain === 'strict.test' ? 0.3 : 1) * MINUTES + 0.3
  // Few that wait deserve fewer connections.
  if (connections !== undefined) return 50 + Math.ceil((connections * minutes * MINUTE) / ((answersAfter?.[0] ?? 1000) * 1.9))
  if (connectionsPerMinute !== undefined) return Math.ceil(connectionsPerMinute * messagesPerConnection * minutes)
  return Math.ceil((perMinute ?? (perHour ?? 300) / 60) * minutes * (POOLED[domain] ?? 1))
}

/** Over several connections, which the kernel spreads over the workers; to a pool few in one message, as that leaves from one source. */
async function submit(server: TestServer, domain: string): Promise<readonly string[]> {
  const recipients = Array.from({ length: loadOf(domain) }, (_unused, i) => `r${i}@${domain}`)
  const each = domain in POOLED ? (LONG ? 10 : 1) : 20
  let next = 0
  const send = async (): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    for (let at = next; at < recipients.length; at = next) {
      next = at + each
      const to = recipients.slice(at, next)
      const { code, text } = await client.send({ from: 'a@sender.test', to, data: 'From: a@sender.test\r\n\r\nhello\r\n' })
      assert.equal(code, 250, text)
    }
  }
  await Promise.all(Array.from({ length: 5 }, send))
  return recipients
}

interface Hour {
  readonly reports: ReadonlyMap<string, ProviderReport>
  readonly hidden: HiddenSites
}

test(`${MINUTES} minutes of policy: limits hold and are used, blocks are eased off, nothing is lost and nothing comes twice (seed ${SEED})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-hour-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const [file, rules] = [join(folder, 'hidden.json'), join(folder, 'rules.yaml')]
  hideLimits(file, SAID, SEED, STRICTER)
  writeFileSync(rules, RULES)
  const clock = opened.use(await TreeClock.start())
  const providers = opened.use(await Providers.start(file, SEED, clock))
  const config = {
    'dns.servers': providers.dns,
    'delivery.port': String(providers.port),
    'delivery.allow_private': 'true',
    'delivery.mta_sts': 'false',
  }
  const server = opened.use(await startServer({ workers: 2, config, environment: clock.environment }))
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.hms('apply', '-f', rules)
  const all = (await Promise.all(Object.keys(SAID).map((domain) => submit(server, domain)))).flat()
  clock.pace(PACE)
  for (let minute = 1; minute <= MINUTES; minute++) {
    const began = performance.now()
    await clock.pass(MINUTE)
    if (SHOWS) console.log(`minute ${minute}: ${(MINUTE / (performance.now() - began)).toFixed(1)} times as fast`)
  }
  const end = clock.now() + 15 * MINUTE + LASTS / 2
  while ((await providers.taken()) < all.length && clock.now() < end) await clock.pass(5000)
  const hour: Hour = { reports: await providers.report(), hidden: JSON.parse(readFileSync(file, 'utf8')) as HiddenSites }
  clock.pace(1)
  if (SHOWS) show(hour)
  nothingIsLost(hour, all)
  limitsHold(hour)
  limitsAreUsed(hour)
  blocksAreEased(hour)
  const { failed } = await server.until(({ queued, delivered }) => queued === 0 && delivered === all.length)
  assert.equal(failed, 0)
})

function sourcesOf({ reports }: Hour, domain: string): ProviderReport['sources'] {
  const sources = reports.get(domain)?.sources ?? []
  assert.equal(sources.length, POOLED[domain] ?? 1, `sources to ${domain}`)
  return sources
}

function show(hour: Hour): void {
  for (const [domain, limits] of Object.entries(hour.hidden))
    for (const [source, { mails, taken, connections, refused, greylisted }] of sourcesOf(hour, domain)) {
      const first = mails[0] ?? 0
      const counts = { mails: mails.length, taken: taken.length, refused: refused.length, greylisted: greylisted.length }
      const most = { begun: connections.length, atOnce: mostAtOnce(connections), minute: mostInAnyWindow(mails, MINUTE) }
      const lasted = Math.ceil(((taken.at(-1) ?? first) - first) / MINUTE)
      const minutes = Array.from({ length: lasted }, (_unused, i) => countWithin(taken, first + i * MINUTE, first + (i + 1) * MINUTE))
      console.log(domain, source, JSON.stringify({ ...counts, ...most, hidden: limits }), minutes.join(' '))
      for (const [at, why] of refused.slice(0, 5)) console.log(`   after ${((at - first) / 1000).toFixed(1)} s: ${why}`)
    }
}

function nothingIsLost({ reports }: Hour, all: readonly string[]): void {
  const taken = new Map([...reports.values()].flatMap(({ taken: own }) => own))
  assert.deepEqual(all.filter((recipient) => !taken.has(recipient)).slice(0, 10), [], 'lost')
  assert.deepEqual([...taken].filter(([, times]) => times > 1).slice(0, 10), [], 'twice')
  assert.equal(taken.size, all.length)
}

/** Where the rules say no more than is allowed, nobody is ever told that it is too much. */
function limitsHold(hour: Hour): void {
  for (const [domain, limits] of Object.entries(hour.hidden)) {
    if (Object.hasOwn(STRICTER, domain)) continue
    for (const [source, { mails, connections, refused }] of sourcesOf(hour, domain)) {
      const where = `${domain} from ${source}`
      const begun = connections.map(([at]) => at)
      const { perMinute, perHour, connections: atOnce, connectionsPerMinute } = limits
      assert.ok(mostInAnyWindow(mails, MINUTE) <= (perMinute ?? Infinity), `${where}: ${mostInAnyWindow(mails, MINUTE)} in a minute`)
      assert.ok(mostInAnyWindow(mails, HOUR) <= (perHour ?? Infinity), `${where}: ${mostInAnyWindow(mails, HOUR)} in an hour`)
      assert.ok(mostAtOnce(connections) <= (atOnce ?? Infinity), `${where}: ${mostAtOnce(connections)} at once`)
      assert.ok(mostInAnyWindow(begun, MINUTE) <= (connectionsPerMinute ?? Infinity), `${where}: new connections`)
      if (limits.block?.sources?.includes(source) !== true) assert.deepEqual(refused.slice(0, 3), [], where)
    }
  }
}

/** Of what each provider really allows. */
function limitsAreUsed(hour: Hour): void {
  for (const domain of ['slow.test', 'usual.test', 'quick.test', 'hourly.test', 'anew.test', 'few.test']) {
    const { perMinute, perHour, connections, connectionsPerMinute = 0, messagesPerConnection = 0 } = hour.hidden[domain] ?? {}
    for (const [source, { mails, taken, waited }] of sourcesOf(hour, domain)) {
      const first = mails[0] ?? 0
      const used = countWithin(taken, first, first + LASTS)
      const part =
        connections === undefined
          ? used / (MINUTES * (perMinute ?? (perHour === undefined ? connectionsPerMinute * messagesPerConnection : perHour / 60)))
          : timeWithin(taken, waited, [first, first + LASTS]) / (connections * LASTS)
      assert.ok(part >= 0.95, `${domain} from ${source}: ${used} messages, ${part.toFixed(3)} of what it allows`)
    }
  }
  // How many messages each of these has is drawn: while it has some. The first two tell how long one takes.
  for (const domain of Object.keys(POOLED))
    for (const [source, { taken }] of sourcesOf(hour, domain))
      if (hour.hidden[domain]?.block?.sources?.includes(source) !== true) isBusy(hour, domain, source, taken)
}

/** For how long all of them together waited for their answers within a time. */
function timeWithin(taken: readonly number[], waited: readonly number[], [from, to]: readonly [number, number]): number {
  return taken.reduce((sum, at, i) => sum + Math.max(0, Math.min(at, to) - Math.max(at - (waited[i] ?? 0), from)), 0)
}

/** So many a minute as are allowed, from the first of them to the last. */
function isBusy({ hidden }: Hour, domain: string, source: string, taken: readonly number[]): void {
  const rate = (taken.length - 1) / (((taken.at(-1) ?? 0) - (taken[0] ?? 0)) / MINUTE)
  assert.ok(rate >= 0.95 * (hidden[domain]?.perMinute ?? Infinity), `${domain} from ${source}: ${rate.toFixed(2)} a minute`)
}

function blocksAreEased(hour: Hour): void {
  for (const [source, { mails, taken, refused }] of sourcesOf(hour, 'blocks.test')) {
    if (!BLOCKED.includes(source)) continue
    const began = refused[0]?.[0] ?? Number.NaN
    const again = (refused.at(-1)?.[0] ?? Number.NaN) + PAUSED
    assert.ok(refused.length <= 5, `${source} knocked ${refused.length} times while it was blocked`)
    assert.equal(countWithin(mails, began + 5000, again - 1000), 0, `${source} was not silent in the pause`)
    const back = taken.filter((at) => at >= again + RECOVERS)
    assert.ok(back.length >= 5, `${source} has something to send afterwards`)
    isBusy(hour, 'blocks.test', source, back)
  }
  for (const [source, { mails, refused }] of sourcesOf(hour, 'strict.test')) {
    assert.ok(refused.length > 0, 'it is stricter than it says')
    assert.ok(refused.length <= mails.length / 4, `${source} was told ${refused.length} times of ${mails.length} that it is too fast`)
  }
}
