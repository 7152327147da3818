// `kill -9` at any moment loses nothing that was acknowledged, and repeats at most one transaction per open connection a
// kill. Counted at the receiving end, under load, with real processes. `node test/crash-points.test.ts --long` kills 25 times.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { CrashPoint } from '../src/base/crash-point.ts'
import { readJournal } from '../src/store/journal/reader.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const LONG = process.argv.includes('--long')
const CONNECTIONS = 10

async function setUp(workers: number, crashFile?: string): Promise<{ server: TestServer; sink: SinkApart } & AsyncDisposable> {
  const sink = await SinkApart.start()
  const server = await startServer({
    workers,
    config: { 'delivery.retry_first': '1s', 'delivery.connections_per_site': '5' },
    ...(crashFile === undefined ? {} : { environment: { HMS_TEST_CRASH: crashFile } }),
  })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  return {
    server,
    sink,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await sink[Symbol.asyncDispose]()
    },
  }
}

/** All that was acknowledged came, and no more came twice than connections can have been open at the kills. */
async function settle(
  t: TestContext,
  { server, sink }: { server: TestServer; sink: SinkApart },
  load: LoadApart,
  kills: number,
): Promise<void> {
  const acknowledged = await load.stop()
  assert.deepEqual((await sink.missing(acknowledged)).slice(0, 5), [], `lost after ${kills} kills\n${server.output().slice(-4000)}`)
  await server.until(({ queued }) => queued === 0)
  const { repeated, mostOpen } = await sink.taken()
  assert.ok(repeated <= kills * mostOpen, `${repeated} repeated in ${kills} kills of ${mostOpen} connections`)
  await inJournal(server, acknowledged)
  t.diagnostic(`${kills} kills, ${acknowledged.length} acknowledged, 0 lost, ${repeated} repeated, ${mostOpen} connections open`)
}

/** The delivery journal has each recipient as accepted and as delivered, and knows of no gap. */
async function inJournal(server: TestServer, acknowledged: readonly string[]): Promise<void> {
  await server.stop()
  const found = { accepted: new Set<string>(), delivered: new Set<string>(), gap: new Set<string>(), damaged: new Set<string>() }
  for await (const entry of readJournal({ folder: join(server.home, 'journal') }, new Map())) {
    assert.ok(entry.kind in found, JSON.stringify(entry))
    found[entry.kind as keyof typeof found].add('recipient' in entry ? entry.recipient : JSON.stringify(entry))
  }
  assert.deepEqual(acknowledged.filter((recipient) => !found.accepted.has(recipient)).slice(0, 5), [], 'not in the journal')
  assert.deepEqual(found.delivered, found.accepted)
  assert.deepEqual([...found.gap, ...found.damaged], [])
}

test('a worker killed at random under load loses nothing and comes back by itself', async (t) => {
  await using up = await setUp(2)
  await using load = await LoadApart.start({ port: up.server.smtpPort, connections: CONNECTIONS })
  const kills = LONG ? 25 : 3
  for (let n = 0; n < kills; n++) {
    await load.more(LONG ? 600 : 150)
    await wait(Math.random() * 50)
    await up.server.kill9(n % 2)
  }
  await load.more(100)
  await settle(t, up, load, kills)
})

test('the whole tree killed under load loses nothing', async (t) => {
  await using up = await setUp(1)
  const kills = LONG ? 5 : 1
  await using load = await LoadApart.start({ port: up.server.smtpPort, connections: CONNECTIONS })
  for (let n = 0; n < kills; n++) {
    await load.more(200)
    const pids = [up.server.pidOf('launcher'), up.server.pidOf('desk'), up.server.pidOf(0)]
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await up.server.startAgain()
  }
  await load.more(50)
  await settle(t, up, load, kills)
})

const POINTS: readonly CrashPoint[] = [
  'commit-begun',
  'commit-written',
  'commit-done',
  'commit-answered',
  'delivery-begun',
  'delivery-answered',
  'events-pulled',
  'events-committed',
  'journal-written',
  'journal-synced',
]

test('killed at each named point, nothing is lost', async (t) => {
  const crashFile = join(tmpdir(), `hms-crash-${process.pid}`)
  await using up = await setUp(1, crashFile)
  await using load = await LoadApart.start({ port: up.server.smtpPort, connections: CONNECTIONS })
  let kills = 0
  for (const point of POINTS) {
    for (let round = 0; round < (LONG ? 4 : 1); round++) {
      await load.more(30)
      writeFileSync(crashFile, `${point} ${1 + Math.floor(Math.random() * 20)}`)
      await gone(crashFile, point)
      kills++
    }
  }
  await load.more(50)
  await settle(t, up, load, kills)
})

const BODIES = [
  ['in slots', 40_000, ['body-slots-written', 'body-slots-synced', 'commit-begun', 'commit-written', 'commit-done']],
  ['that are files', 400_000, ['body-file-written', 'body-file-synced', 'commit-done', 'commit-answered']],
] as const

for (const [what, size, points] of BODIES)
  test(`bodies ${what} survive too`, async (t) => {
    const crashFile = join(tmpdir(), `hms-crash-file-${process.pid}`)
    await using up = await setUp(1, crashFile)
    await using load = await LoadApart.start({ port: up.server.smtpPort, connections: 4, size, rate: 50 })
    let kills = 0
    for (const point of points) {
      await load.more(5)
      writeFileSync(crashFile, point)
      await gone(crashFile, point)
      kills++
    }
    await load.more(5)
    await settle(t, up, load, kills)
  })

/** The process that came to the point removed the file before it died. */
async function gone(file: string, point: string): Promise<void> {
  await until(() => !existsSync(file), `a process comes to ${point}`)
}
