// hms upgrade and hms downgrade on an installation: under load, with a sink that answers late; with releases that do not work.
// Real processes; the other releases are copies of the program under other versions.
import assert from 'node:assert/strict'
import { existsSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { VersionChanged } from '../src/cli/version-change.ts'
import type { HomeOnDisk } from '../src/cli/commands/server/status-home.ts'
import { FORMATS } from '../src/contract/formats.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { watchGreetings } from '../testkit/greetings.ts'
import { Releases } from '../testkit/other-release.ts'
import { startServer } from '../testkit/server.ts'
import { installed, recordOf } from '../testkit/upgrade-kills.ts'

/** `node test/upgrade.test.ts --long`: as much as the product promises. */
const LOAD = process.argv.includes('--long')
  ? { rate: 1000, connections: 40, late: [20_000, 50_000], sites: '5000', grace: '1m', before: 20_000 }
  : { rate: 50, connections: 5, late: [2000, 5000], sites: '100', grace: '30s', before: 50 }

test('up and down again under load: nobody is refused, nothing is lost, nothing comes twice', { timeout: 1_200_000 }, async (t) => {
  using releases = new Releases()
  const program = installed(releases, '1.0.0')
  await using sink = await SinkApart.start(LOAD.late as [number, number])
  const config = { 'delivery.retry_first': '1s', 'upgrade.grace': LOAD.grace, 'delivery.connections_per_site': LOAD.sites } as const
  await using server = await startServer({ program, config })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await using load = await LoadApart.start({ port: server.smtpPort, connections: LOAD.connections, rate: LOAD.rate })
  await load.more(LOAD.before, 300_000)
  const greetings = watchGreetings(server.smtpPort)
  const [began, before] = [performance.now(), await load.acknowledged()]
  const { folder } = releases.make('1.1.0')
  const up = await server.hms<VersionChanged>('upgrade', folder, '--yes')
  assert.ok(up.backup !== null && existsSync(up.backup))
  assert.deepEqual(
    { ...up, backup: null },
    { kind: 'upgrade', from: '1.0.0', to: '1.1.0', backup: null, handedOver: true, disabled: [], perhaps: [] },
  )
  assert.equal((await server.until(({ running }) => running)).version, '1.1.0')
  assert.equal(recordOf(server).outcome, 'done')
  await load.more(LOAD.before, 300_000)
  const down = await server.hms<VersionChanged>('downgrade', '1.0.0', '--yes')
  assert.deepEqual([down.handedOver, down.perhaps], [true, []])
  await load.more(LOAD.before, 300_000)
  const rate = ((await load.acknowledged()) - before) / ((performance.now() - began) / 1000)
  const { asked, usual, longest, refused } = await greetings.end()
  assert.deepEqual(refused, [])
  // On a busy machine all of them are late.
  assert.ok(longest < 5000 + 50 * usual, `a greeting came after ${longest} ms, most of them after ${usual}`)
  const acknowledged = await load.stop()
  assert.deepEqual((await sink.missing(acknowledged)).slice(0, 5), [], server.output().slice(-4000))
  assert.equal((await server.until(({ queued }) => queued === 0)).version, '1.0.0')
  assert.equal((await sink.taken()).repeated, 0)
  t.diagnostic(
    `${acknowledged.length} acknowledged, ${Math.round(rate)} a second, ${asked} greetings, the longest after ${Math.round(longest)} ms`,
  )
  assert.equal(await server.stop(), 0)
})

test('what does not work is undone with its reason, on a running server and on a stopped one', async () => {
  using releases = new Releases()
  const program = installed(releases, '1.0.0')
  await using server = await startServer({ program })
  const current = (): string => readlinkSync(join(releases.root, 'current'))
  const noWorker = releases.make('1.1.0', (folder) =>
    writeFileSync(join(folder, 'dist/services/worker-main.js'), 'throw new Error("no")\n'),
  )
  await assert.rejects(server.hms('upgrade', noWorker.folder, '--yes'), /upgrade-undone.*version 1\.0\.0 goes on/)
  assert.equal(recordOf(server).outcome, 'undone')
  assert.match(recordOf(server).reason ?? '', /worker 0/)
  assert.equal(current(), 'versions/1.0.0')
  assert.equal((await server.until(({ running }) => running)).version, '1.0.0')
  assert.match((await server.run('status')).stdout, /^upgrade +from 1\.0\.0 to 1\.1\.0, begun .*, undone: .*worker 0/m)
  await assert.rejects(server.hms('upgrade', releases.make('0.9.0').folder, '--yes'), /is older than 1\.0\.0/)
  await assert.rejects(server.hms('downgrade', '1.1.0', '--yes'), /is not older/)
  await assert.rejects(server.hms('downgrade', '1.0.0', '--yes'), /Version 1\.0\.0 is in use already/)
  assert.equal(await server.stop(), 0)

  const noStart = releases.make('1.2.0', (folder) => writeFileSync(join(folder, 'dist/services/launcher/prepare.js'), 'process.exit(5)\n'))
  await assert.rejects(server.hms('upgrade', noStart.folder, '--yes'), /could not prepare the home.*current leads to version 1\.0\.0/)
  assert.equal(current(), 'versions/1.0.0')
  const good = await server.hms<VersionChanged>('upgrade', releases.make('1.3.0').folder, '--yes')
  assert.deepEqual([good.handedOver, current(), recordOf(server).outcome], [false, 'versions/1.3.0', 'done'])
  const { home } = await server.hms<{ home: HomeOnDisk }>('status')
  assert.deepEqual([home.current, home.change?.outcome, home.formats.settings], ['1.3.0', 'done', [FORMATS.settings.writes]])
  await server.startAgain()
  assert.equal((await server.status()).version, '1.3.0')
})

test('what is past its final dot when the grace ends is listed, and waits for its next attempt', async () => {
  using releases = new Releases()
  const program = installed(releases, '1.0.0')
  await using sink = await CountingSink.start()
  await using server = await startServer({ program, config: { 'delivery.retry_first': '6s', 'upgrade.grace': '1s' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  // Longer than any upgrade takes on a busy machine; its connection ends with the worker.
  sink.delay = 3_600_000
  await server.hms('send', '--to', 'late@example.test', '--no-follow')
  await server.until(({ workers }) => workers.some(({ sending }) => sending === 1))
  // The answer to the one under way has its wait already.
  sink.delay = 0
  const { perhaps } = await server.hms<VersionChanged>('upgrade', releases.make('1.1.0').folder, '--yes')
  assert.deepEqual(
    perhaps.map(({ recipient }) => recipient),
    ['late@example.test'],
  )
  // The message of the trial is the other one.
  await server.until(({ queued, delivered }) => queued === 0 && delivered === 2)
  const { events } = await server.call('events.find', { recipient: 'late@example.test', limit: 10 })
  const at = (kind: string): number => events.find((event) => event.kind === kind)?.at ?? Number.NaN
  assert.ok(at('delivered') - at('deferred') >= 5000, `it was tried again before its next attempt was due: ${JSON.stringify(events)}`)
  assert.equal(sink.counts.get('late@example.test'), 1)
})
