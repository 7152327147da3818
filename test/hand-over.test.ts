// A running server hands over to another release: nobody is refused, nothing is lost or sent twice, and where the other one does not
// work, the first goes on. Real processes; the other release is a copy of the program under another version.
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { LauncherCalls } from '../src/contract/bus.ts'
import { connectBus } from '../src/net/bus/client.ts'
import { launcherSocketPath, runningPath, type RunningServer } from '../src/services/home.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { watchGreetings } from '../testkit/greetings.ts'
import { type OtherRelease, Releases } from '../testkit/other-release.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

type LauncherStatus = LauncherCalls['launcher.status']['result']

async function ask<N extends keyof LauncherCalls>(server: TestServer, name: N, params: LauncherCalls[N]['params']) {
  using client = await connectBus<LauncherCalls>(launcherSocketPath(server.home), { version: 'test' })
  const call = client.call as (name: N, params: object) => Promise<LauncherCalls[N]['result']>
  return await call(name, params)
}

async function handOver(server: TestServer, { folder, version }: OtherRelease): Promise<LauncherStatus> {
  await ask(server, 'launcher.hand_over', { folder, version })
  for (const end = performance.now() + 5 * PATIENCE_MS; performance.now() < end; await wait(50)) {
    const status = await ask(server, 'launcher.status', {})
    if (status.under?.step === 'tried') await ask(server, 'launcher.commit', {}).catch(() => {})
    if (status.under === null && status.last?.to === version) return status
  }
  throw new Error(`the hand-over did not end\n${server.output()}`)
}

test('under load: nobody is refused, nothing is lost, nothing comes twice', async (t) => {
  await using sink = await SinkApart.start()
  await using server = await startServer({ workers: 2, config: { 'delivery.retry_first': '1s' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  using releases = new Releases()
  const [next, after] = [releases.make('9.1.0'), releases.make('9.2.0')]
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 10, rate: 200 })
  await load.more(200)
  const greetings = watchGreetings(server.smtpPort)
  const versions: string[] = []
  for (const release of [next, after]) {
    const { last, version } = await handOver(server, release)
    assert.deepEqual(last?.perhaps, [])
    assert.equal(last?.failed, null, server.output())
    versions.push(version)
    await load.more(200)
  }
  assert.deepEqual(versions, ['9.1.0', '9.2.0'])
  const { asked, longest, refused } = await greetings.end()
  assert.ok(asked > 20)
  assert.deepEqual(refused, [])
  const acknowledged = await load.stop()
  assert.deepEqual((await sink.missing(acknowledged)).slice(0, 5), [], server.output().slice(-4000))
  const status = await server.until(({ queued }) => queued === 0)
  assert.equal(status.version, '9.2.0')
  const { repeated } = await sink.taken()
  assert.equal(repeated, 0)
  t.diagnostic(`${acknowledged.length} acknowledged, ${asked} greetings, the longest after ${Math.round(longest)} ms`)
  assert.equal((await server.run('start')).code, 1, 'a second server is refused')
  assert.equal(await server.stop(), 0, server.output().slice(-3000))
})

test('a release that does not work leaves the first as it was', async () => {
  await using server = await startServer({ workers: 1 })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const before = server.pidOf(0)
  using releases = new Releases()
  const noWorker = releases.make('9.3.0')
  appendFileSync(join(noWorker.folder, 'dist/services/worker-main.js'), '\nprocess.exit(3)\n')
  const noDesk = releases.make('9.4.0')
  writeFileSync(join(noDesk.folder, 'dist/services/desk-main.js'), 'throw new Error("no desk today")\n')
  const noSimulator = releases.make('9.5.0')
  appendFileSync(
    join(noSimulator.folder, 'dist/services/signing/worker-signer.js'),
    '\nsetTimeout(() => process.kill(process.pid, "SIGKILL"), 10)\n',
  )
  const nothing = releases.make('9.6.0')
  writeFileSync(join(nothing.folder, 'hms'), '#!/bin/sh\nexit 7\n')
  for (const broken of [noWorker, noDesk, noSimulator, nothing]) {
    const { last, version } = await handOver(server, broken)
    assert.ok(last?.failed !== null && last?.failed !== undefined, broken.version)
    assert.equal(version, (await server.until(({ running }) => running)).version)
    assert.equal(server.pidOf(0), before)
  }
  await server.hms('send')
  await server.until(({ delivered, queued }) => delivered === 1 && queued === 0)
  assert.equal(await server.stop(), 0)
})

test('under systemd the old launcher ends when its last worker has, and not before systemd knows the new one', async () => {
  using releases = new Releases()
  const bin = mkdtempSync(join(tmpdir(), 'hms-systemd-'))
  const told = join(bin, 'told')
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${told}\n`, { mode: 0o755 })
  const environment = { NOTIFY_SOCKET: join(bin, 'socket'), PATH: `${bin}:${process.env['PATH']}` }
  await using server = await startServer({ environment })
  const running = (): RunningServer => JSON.parse(readFileSync(runningPath(server.home), 'utf8')) as RunningServer
  try {
    const { version } = await handOver(server, releases.make('9.1.0'))
    assert.equal(version, '9.1.0')
    assert.equal(await server.ended(), 0)
    const { pid } = running()
    assert.deepEqual(readFileSync(told, 'utf8').trim().split('\n'), ['READY=1', `MAINPID=${pid} READY=1`])
    assert.equal((await server.status()).version, '9.1.0')
    assert.equal((await server.run('stop')).code, 0)
    assert.match(readFileSync(told, 'utf8'), /STOPPING=1/)
  } finally {
    if (existsSync(runningPath(server.home))) process.kill(running().pid, 'SIGKILL')
    rmSync(bin, { recursive: true })
  }
})
