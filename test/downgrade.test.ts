// Going back to a release whose settings have an older format, on a real installation, and up again while mail flows; and root, who
// changes the version under a home that belongs to another user. The older release is today's program with the settings of format 1.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CrashPoint } from '../src/base/crash-point.ts'
import type { VersionChanged } from '../src/cli/version-change.ts'
import { FORMATS } from '../src/contract/formats.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { type HomeRows, homeRows } from '../testkit/home-rows.ts'
import { type OtherRelease, Releases } from '../testkit/other-release.ts'
import { startServer } from '../testkit/server.ts'

const [OLD, NEW] = ['master.db', 'master.v2.db']

function install(releases: Releases, { folder }: OtherRelease): string {
  execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
  return join(releases.root, 'current/hms')
}

function replace(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from), `${file} has no ${from}`)
  writeFileSync(file, text.replace(from, to))
}

/** A release from before the settings knew of their installation: it is in identity.json alone. */
function ofFormat1(releases: Releases, version: string): OtherRelease {
  const inIdentity = `JSON.parse(process.getBuiltinModule('fs').readFileSync(this.database.location().replace(/[^/]*$/, 'identity.json')))`
  const change = (folder: string): void => {
    replace(join(folder, 'dist/contract/formats.js'), 'settings: { writes: 2, reads: [1, 2] }', 'settings: { writes: 1, reads: [1] }')
    const known = `this.database.prepare('SELECT installation FROM meta').get()?.['installation']`
    replace(join(folder, 'dist/store/sqlite/settings/settings-store.js'), known, `${inIdentity}.installation`)
  }
  return releases.make(version, change, { formats: { ...FORMATS, settings: { writes: 1, reads: [1] } } })
}

async function settingsOf(home: string, name: string): Promise<HomeRows['settings']> {
  return (JSON.parse(JSON.stringify(await homeRows(home, name))) as HomeRows).settings
}

const masters = (home: string): string[] => readdirSync(home).filter((name) => /^master.*\.db$/.test(name))

test('settings are converted back at rest only, whole, and up again while mail flows', async () => {
  using releases = new Releases()
  const crashFile = join(tmpdir(), `hms-crash-downgrade-${process.pid}`)
  const program = install(releases, releases.make('1.1.0'))
  install(releases, ofFormat1(releases, '1.0.0'))
  const current = (): string => readlinkSync(join(releases.root, 'current'))
  await using sink = await SinkApart.start()
  await using server = await startServer({ program, environment: { HMS_TEST_CRASH: crashFile } })
  const { home } = server
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.hms('account', 'add', 'Made by the newer')

  await assert.rejects(server.hms('downgrade', '1.0.0', '--yes'), /downgrade-formats.*needs the server to be stopped.*hms stop/)
  assert.deepEqual([masters(home), current(), existsSync(join(home, 'upgrade.json'))], [[NEW], 'versions/1.1.0', false])
  assert.equal((await server.status()).version, '1.1.0')
  assert.equal(await server.stop(), 0)
  const rows = await settingsOf(home, NEW)

  // Killed in between, the next start is of the version that `current` leads to, with every row.
  const points: readonly (readonly [CrashPoint, string])[] = [
    ['convert-checked', '1.1.0'],
    ['convert-renamed', '1.1.0'],
    ['upgrade-switched', '1.0.0'],
  ]
  for (const [point, version] of points) {
    writeFileSync(crashFile, point)
    const killed = await server.run('downgrade', '1.0.0', '--yes')
    assert.ok(killed.code !== 0 && !existsSync(crashFile), `${point} was never come to: ${killed.stderr}`)
    await server.startAgain()
    assert.equal((await server.status()).version, version, point)
    assert.match(server.output(), version === '1.1.0' ? /cut off while trying; it is undone/ : /cut off while switching; it is finished/)
    assert.equal(await server.stop(), 0)
    assert.deepEqual(await settingsOf(home, version === '1.1.0' ? NEW : OLD), rows, point)
  }
  // From 1.0.0 at rest there and back once more, nobody killed.
  const up = await server.hms<VersionChanged>('upgrade', join(releases.root, 'versions/1.1.0'), '--yes')
  assert.deepEqual([up.handedOver, current()], [false, 'versions/1.1.0'])
  assert.deepEqual(await settingsOf(home, NEW), rows)
  const down = await server.hms<VersionChanged>('downgrade', '1.0.0', '--yes')
  assert.deepEqual([down.kind, down.handedOver, current(), masters(home)], ['downgrade', false, 'versions/1.0.0', [OLD]])
  assert.deepEqual(await settingsOf(home, OLD), rows)

  await server.startAgain()
  assert.equal((await server.status()).version, '1.0.0')
  await server.hms('account', 'add', 'Made by the older')
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 3, rate: 30 })
  await load.more(10)
  const again = await server.hms<VersionChanged>('upgrade', join(releases.root, 'versions/1.1.0'), '--yes')
  assert.deepEqual([again.handedOver, again.perhaps, masters(home)], [true, [], [OLD, NEW]])
  await load.more(10)
  const accounts = JSON.stringify(await server.hms('account', 'ls'))
  for (const name of ['Made by the newer', 'Made by the older']) assert.ok(accounts.includes(name), name)
  const acknowledged = await load.stop()
  assert.deepEqual(await sink.missing(acknowledged), [], server.output().slice(-4000))
  assert.equal((await sink.taken()).repeated, 0)
  assert.equal(await server.stop(), 0)
})

const NOBODY = 65_534

/** Files and folders below that are not of this user. */
function strangers(folder: string, user: number): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).uid !== user)
}

function usersOf(pid: number): string {
  return /^Uid:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
}

test(
  'root changes the version under the home of another user, and all that comes into it belongs to that user',
  { skip: process.getuid?.() === 0 ? false : 'only root can' },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'hms-nobody-'))
    using releases = new Releases({ forAll: true })
    try {
      chownSync(home, NOBODY, NOBODY)
      const program = install(releases, releases.make('1.0.0'))
      const newer = releases.make('1.1.0')
      await using server = await startServer({ program, home })
      const up = await server.hms<VersionChanged>('upgrade', newer.folder, '--yes')
      assert.deepEqual([up.handedOver, strangers(home, NOBODY)], [true, []])
      const { pid } = JSON.parse(readFileSync(join(home, 'run/running.json'), 'utf8')) as { pid: number }
      assert.equal(usersOf(pid), Array(4).fill(NOBODY).join('\t'))
      await assert.rejects(server.hms('upgrade', brokenOf(releases).folder, '--yes'), /upgrade-undone/)
      assert.deepEqual([(await server.until(({ running }) => running)).version, strangers(home, NOBODY)], ['1.1.0', []])
      assert.equal((await server.hms<VersionChanged>('downgrade', '1.0.0', '--yes')).handedOver, true)
      assert.equal(await server.stop(), 0)
      assert.equal((await server.hms<VersionChanged>('upgrade', newer.folder, '--yes')).handedOver, false)
      await server.startAgain()
      assert.equal((await server.status()).version, '1.1.0')
      assert.deepEqual(strangers(home, NOBODY), [])
      // The program belongs to root, and that user cannot change it.
      assert.deepEqual(strangers(join(releases.root, 'versions'), 0), [])
      assert.equal(statSync(join(releases.root, 'versions/1.1.0/dist/cli/main.js')).mode & 0o777, 0o644)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  },
)

function brokenOf(releases: Releases): OtherRelease {
  return releases.make('1.2.0', (folder) => writeFileSync(join(folder, 'dist/services/worker-main.js'), 'throw new Error("no")\n'))
}
