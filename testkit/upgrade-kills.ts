// An upgrade under load that is killed whole at a step, again and again: the next start is well, and says what it did. The steps are divided
// over several files of tests, as each takes its time: who changes the version waits for a launcher that answers nobody.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { CrashPoint } from '../src/base/crash-point.ts'
import type { UpgradeRecord } from '../src/lifecycle/upgrade/record.ts'
import { LoadApart, SinkApart } from './apart.ts'
import { Releases } from './other-release.ts'
import { PATIENCE_MS } from './patience.ts'
import { startServer, type TestServer } from './server.ts'

/** The `hms` of a root that has this version. */
export function installed(releases: Releases, version: string): string {
  const { folder } = releases.make(version)
  execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
  return join(releases.root, 'current/hms')
}

/** What the home has of its last change of version. */
export const recordOf = (server: TestServer): UpgradeRecord =>
  JSON.parse(readFileSync(join(server.home, 'upgrade.json'), 'utf8')) as UpgradeRecord

/** A test of one server that is killed at each of the steps, one after the other. */
export function killedAt(points: readonly CrashPoint[], what: string): void {
  test(`killed at every step ${what}, the next start is well and says what it did`, { timeout: 1_200_000 }, async (t) => {
    using releases = new Releases()
    const crashFile = join(tmpdir(), `hms-crash-upgrade-${process.pid}`)
    const program = installed(releases, '1.0.0')
    await using sink = await SinkApart.start()
    await using server = await startServer({
      program,
      config: { 'delivery.retry_first': '1s', 'upgrade.grace': '5s' },
      environment: { HMS_TEST_CRASH: crashFile },
    })
    await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
    await server.call('relay.allow', { cidr: '127.0.0.1' })
    await using load = await LoadApart.start({ port: server.smtpPort, connections: 3, rate: 30 })
    const outcomes: string[] = []
    for (const [n, point] of points.entries()) {
      const { folder, version: to } = releases.make(`1.0.${n + 1}`)
      const { version: from } = await server.until(({ running }) => running)
      await load.more(10)
      writeFileSync(crashFile, point)
      const upgrading = server.run('upgrade', folder, '--yes')
      await killAll(server, releases.root, () => existsSync(crashFile), point)
      await upgrading
      // Whoever was left when the first one fell may have come to the end before it was killed too.
      const isCutOff = recordOf(server).outcome === null
      await server.startAgain()
      const { outcome } = recordOf(server)
      assert.ok(outcome !== null, point)
      assert.equal((await server.status()).version, outcome === 'done' ? to : from, point)
      const told = new RegExp(`to ${to.replaceAll('.', '\\.')} had been cut off while .*; it is (finished|undone)`)
      assert.equal(told.test(server.output()), isCutOff, point)
      outcomes.push(`${point}: ${outcome}${isCutOff ? '' : ' before the start'}`)
    }
    await load.more(10)
    const acknowledged = await load.stop()
    assert.deepEqual((await sink.missing(acknowledged)).slice(0, 5), [], server.output().slice(-4000))
    t.diagnostic(outcomes.join(', '))
  })
}

/** Kills all processes of the server that were seen until `isUp` no longer held. */
async function killAll(server: TestServer, root: string, isUp: () => boolean, point: CrashPoint): Promise<void> {
  const seen = new Set<number>()
  for (const end = performance.now() + 2 * PATIENCE_MS; isUp(); await wait(20)) {
    assert.ok(performance.now() < end, `${point} was never come to\n${server.output().slice(-3000)}`)
    for (const pid of familyOf(server.pidOf('launcher'))) seen.add(pid)
  }
  for (const pid of seen) killHard(pid, root)
}

/** The process and all below it. */
function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
    return [pid, ...children.flatMap(familyOf)]
  } catch {
    return [pid]
  }
}

/** Only what belongs to the server: a number may have been given to another process since. */
function killHard(pid: number, root: string): void {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    if (command.startsWith('hms ') || command.includes(root)) process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
