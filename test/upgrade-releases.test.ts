// Upgrade and downgrade between real files of `npm run release`, as an owner does it: installed to a folder, run on their own runtime,
// with a key in place and without, while mail flows and at rest. `node test/upgrade-releases.test.ts --long`: it takes two minutes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { VersionChanged } from '../src/cli/version-change.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { watchGreetings } from '../testkit/greetings.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const skip = process.argv.includes('--long') ? false : 'with --long only'
const root = join(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'hms-upgrade-releases-'))
after(() => rmSync(place, { recursive: true, force: true }))
const key = generateKeyPairSync('ed25519')
const keyFile = join(place, 'key.pem')

function release(version: string, ...words: string[]): string {
  const script = ['--disable-warning=ExperimentalWarning', join(root, 'scripts/release.ts'), '--out', place, '--version', version]
  return execFileSync(process.execPath, [...script, ...words], { encoding: 'utf8' }).trim()
}

/** Unpacked by tar and installed by itself, as the guide says. */
function install(file: string, to: string): string {
  const folder = join(place, 'unpacked')
  mkdirSync(folder)
  execFileSync('tar', ['-xzf', file, '-C', folder, '--strip-components=1'])
  execFileSync(join(folder, 'hms'), ['install', folder, '--to', to, '--json', '--home', join(place, 'nowhere')])
  rmSync(folder, { recursive: true })
  return join(to, 'current/hms')
}

const runtimeOf = (pid: number): string => realpathSync(`/proc/${pid}/exe`)

function placeKey({ home }: TestServer): void {
  mkdirSync(join(home, 'config/keys'), { recursive: true })
  writeFileSync(join(home, 'config/keys/ours.pub'), key.publicKey.export({ type: 'spki', format: 'pem' }))
}

test('two release files, up and down, on a running server and on a stopped one', { skip }, async (t) => {
  writeFileSync(keyFile, key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const [first, unsigned, signed] = [release('1.0.0'), release('1.1.0'), release('1.2.0', '--key', keyFile)]
  const to = join(place, 'opt')
  const program = install(first, to)
  const current = (): string => readlinkSync(join(to, 'current'))
  await using sink = await SinkApart.start()
  await using server = await startServer({ program, config: { 'delivery.retry_first': '1s' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  assert.equal(runtimeOf(server.pidOf(0)), join(to, 'versions/1.0.0/runtime/node'))
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 5, rate: 50 })
  await load.more(50)
  const greetings = watchGreetings(server.smtpPort)
  const change = async (...words: string[]): Promise<VersionChanged> => {
    const done = await server.hms<VersionChanged>(...words, '--yes')
    assert.equal(current(), `versions/${done.to}`)
    await load.more(50)
    return done
  }

  // No key is placed: whoever signed it, or nobody, it is taken.
  assert.deepEqual(Object.values(await change('upgrade', unsigned)).slice(0, 3), ['upgrade', '1.0.0', '1.1.0'])
  assert.deepEqual(Object.values(await change('downgrade', '1.0.0')).slice(0, 3), ['downgrade', '1.1.0', '1.0.0'])
  // From now on it has to be signed, or the person at the shell says otherwise.
  placeKey(server)
  await assert.rejects(server.hms('upgrade', unsigned, '--yes'), /release-unsigned/)
  assert.equal((await server.status()).version, '1.0.0')
  assert.equal((await change('upgrade', unsigned, '--unsigned')).to, '1.1.0')
  assert.equal((await change('upgrade', signed)).handedOver, true)
  assert.equal((await change('downgrade', '1.0.0')).handedOver, true)
  const { asked, longest, refused } = await greetings.end()
  assert.deepEqual(refused, [])
  assert.ok(longest < 5000, `a greeting came after ${longest} ms`)
  const acknowledged = await load.stop()
  assert.deepEqual(await sink.missing(acknowledged), [], server.output().slice(-4000))
  assert.equal((await sink.taken()).repeated, 0)
  t.diagnostic(`${acknowledged.length} acknowledged, ${asked} greetings, the longest after ${Math.round(longest)} ms`)

  assert.equal(await server.stop(), 0)
  assert.equal((await server.hms<VersionChanged>('upgrade', signed, '--yes')).handedOver, false)
  await server.startAgain()
  assert.deepEqual([(await server.status()).version, current()], ['1.2.0', 'versions/1.2.0'])
  assert.equal(runtimeOf(server.pidOf(0)), join(to, 'versions/1.2.0/runtime/node'))
  assert.equal(await server.stop(), 0)
  assert.equal((await server.hms<VersionChanged>('downgrade', '1.1.0', '--yes')).handedOver, false)
  await server.startAgain()
  assert.equal((await server.status()).version, '1.1.0')
  assert.deepEqual(
    readdirSync(join(to, 'versions')).toSorted((a, b) => a.localeCompare(b)),
    ['1.0.0', '1.1.0', '1.2.0'],
  )
})

test('a release that was changed after it was signed, and one that another signed, change nothing', { skip }, async () => {
  const changed = join(place, 'changed')
  mkdirSync(changed)
  execFileSync('tar', ['-xzf', release('1.2.0', '--key', keyFile), '-C', changed, '--strip-components=1'])
  const foreign = join(place, 'foreign')
  cpSync(changed, foreign, { recursive: true })
  writeFileSync(join(changed, 'dist/cli/main.js'), '\n', { flag: 'a' })
  writeFileSync(join(foreign, 'manifest.sig'), Buffer.alloc(64, 1).toString('base64'))
  await using server = await startServer({ program: install(release('1.0.0'), join(place, 'opt2')) })
  placeKey(server)
  for (const [folder, why] of [
    [changed, /release-damaged.*main\.js/],
    [foreign, /release-unsigned/],
  ] as const)
    await assert.rejects(server.hms('upgrade', folder, '--yes'), why)
  assert.deepEqual([(await server.status()).version, readdirSync(join(place, 'opt2/versions'))], ['1.0.0', ['1.0.0']])
})
