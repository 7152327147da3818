// `npm run release`, and what an owner does with the file: install it, and run it on a machine that has neither Node nor npm.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { OPTIONS } from '../src/contract/options.ts'
import { NEEDS } from '../src/lifecycle/preflight/requirements.ts'
import { readRelease } from '../src/lifecycle/release/archive.ts'
import type { ReleaseManifest } from '../src/lifecycle/release/manifest.ts'
import { EXIT_CONFIG } from '../src/services/launch.ts'
import { OF_THIS_MACHINE } from '../testkit/release-archive.ts'
import { startServer } from '../testkit/server.ts'

const root = join(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'hms-release-test-'))
after(() => rmSync(place, { recursive: true, force: true }))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const name = `hms-${version}-linux-${OF_THIS_MACHINE}`
const key = generateKeyPairSync('ed25519')

function run(program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8', cwd: place })
  assert.equal(status, 0, `${program} ${words.join(' ')}: ${stderr}`)
  return stdout
}

function release(out: string, ...words: string[]): string[] {
  return run(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(root, 'scripts/release.ts'),
    '--out',
    join(place, out),
    // Soon made, and the same otherwise.
    '--level',
    '1',
    ...words,
  ])
    .trim()
    .split('\n')
}

before(() => {
  writeFileSync(join(place, 'key.pem'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  assert.deepEqual(release('a', '--key', join(place, 'key.pem'), '--deb'), [
    join(place, `a/${name}.tar.gz`),
    join(place, `a/hms_${version}_${OF_THIS_MACHINE === 'x64' ? 'amd64' : 'arm64'}.deb`),
  ])
})

test('the same commit gives the same bytes', () => {
  release('b', '--key', join(place, 'key.pem'), '--deb')
  const digests = (folder: string): string[] =>
    readdirSync(join(place, folder)).map(
      (file) =>
        `${file} ${createHash('sha256')
          .update(readFileSync(join(place, folder, file)))
          .digest('hex')}`,
    )
  assert.equal(digests('a').length, 2)
  assert.deepEqual(digests('b'), digests('a'))
})

test('a release holds what it says, signed, and nothing that only a maintainer needs', async () => {
  const trust = { keys: [{ file: 'test.pub', key: key.publicKey }], unsigned: false }
  const { manifest, signedBy } = await readRelease(join(place, `a/${name}.tar.gz`), trust)
  assert.equal(signedBy, 'test.pub')
  assert.equal(manifest.version, version)
  assert.equal(manifest.runtime, process.version)
  const paths = Object.keys(manifest.files)
  for (const path of [
    'hms',
    'install',
    'runtime/node',
    'dist/cli/main.js',
    'dist/panel/index.html',
    'systemd/hms.service',
    'docs/guides/running.md',
    'LICENSE',
  ])
    assert.ok(paths.includes(path), path)
  for (const dependency of Object.keys(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }).dependencies,
  ))
    assert.ok(paths.includes(`node_modules/${dependency}/package.json`), dependency)
  assert.deepEqual(
    paths.filter(
      (path) => !path.startsWith('sdk/') && /\.ts$|\.test\.|^src\/|^node_modules\/(typescript|bare-|node-linux)|\.stamp$/.test(path),
    ),
    [],
  )
  assert.deepEqual(paths.toSorted(), paths)
})

test('installed, it runs without Node, npm or the sources', () => {
  const [to, home] = [join(place, 'opt'), join(place, 'home')]
  const words = ['install', join(place, `a/${name}.tar.gz`), '--to', to, '--home', home, '--json']
  const first = JSON.parse(run(join(root, 'hms'), words)) as object
  assert.deepEqual(first, { version, folder: join(to, 'versions', version), current: version, signedBy: null, already: false })
  assert.deepEqual(JSON.parse(run(join(root, 'hms'), words)), { ...first, already: true })
  const hms = (...more: string[]): string => run(join(to, 'current/hms'), ['--home', home, ...more], { PATH: '/usr/bin:/bin' })
  assert.equal(hms('--version'), `${version}\n`)
  assert.deepEqual(JSON.parse(hms('versions', '--json')), { program: version, root: to, current: version, versions: [version] })
  assert.match(hms('init'), /\n  hms send/)
  assert.match(hms('status'), /queue/i)
  assert.match(hms('config', 'check'), /\S/)
  assert.ok(existsSync(join(home, 'config/hms.yaml')))
  // So is the package for authors of plug-ins, and one of its examples runs.
  const sdk = join(to, 'current/sdk')
  assert.equal((JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as { scripts?: object }).scripts, undefined)
  run(join(to, 'current/runtime/node'), ['--input-type=module', '-e', `await import('${join(sdk, 'dist/sdk/src/test.js')}')`])
  writeFileSync(join(place, 'settings.json'), '{ "forwards": [{ "for": "recipient@example.net", "to": ["other@example.org"] }] }')
  const forward = ['plugin', 'test', join(sdk, 'examples/forward'), '--settings', join(place, 'settings.json'), '--budget', '60s', '--show']
  assert.match(hms(...forward), /Mail of account 1001 from <sender@example\.com> to <other@example\.org>:/)
  // Every command's module is there with all that it imports.
  for (const command of hms('--help').matchAll(/^ {2}([a-z][a-z-]*) /gm)) hms(command[1] ?? '', '--help')
})

test('installed, it serves its own Control Panel', async () => {
  await using server = await startServer({ program: join(place, 'opt/current/hms') })
  const { status, body } = await server.get('/')
  assert.equal(status, 200)
  const [, script = ''] = /<script[^>]* src="(\/assets\/[^"]+\.js)"/.exec(body) ?? []
  assert.equal((await server.get(script)).status, 200, `${script} of\n${body}`)
})

test('the unit gives what the settings need', () => {
  const unit = readFileSync(join(root, 'packaging/hms.service'), 'utf8')
  const number = (name: string): number => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(unit)?.[1])
  assert.equal(number('LimitNOFILE'), NEEDS.descriptorsUnit)
  // What is not closed 10 s after the grace is killed, workers first, then the desk.
  assert.ok(number('TimeoutStopSec') * 1000 > OPTIONS['stop.grace'].default + 2 * 10_000)
  assert.ok(unit.includes(`RestartPreventExitStatus=${EXIT_CONFIG} 79\n`))
})

test('the Debian package is one that dpkg reads', { skip: !existsSync('/usr/bin/dpkg-deb') && 'there is no dpkg here' }, () => {
  const deb = join(place, 'a', readdirSync(join(place, 'a')).find((file) => file.endsWith('.deb')) ?? '')
  assert.match(run('dpkg-deb', ['--field', deb]), new RegExp(`Package: hms\nVersion: ${version}\n`))
  run('dpkg-deb', ['--raw-extract', deb, join(place, 'deb')])
  const inside = readFileSync(join(place, `deb/usr/lib/hms/${name}.tar.gz`))
  assert.ok(inside.equals(readFileSync(join(place, `a/${name}.tar.gz`))))
  for (const script of ['postinst', 'prerm', 'postrm']) run('/bin/sh', ['-n', join(place, 'deb/DEBIAN', script)])
  assert.match(readFileSync(join(place, 'deb/DEBIAN/postinst'), 'utf8'), new RegExp(`tar -xzf '/usr/lib/hms/${name}.tar.gz'`))
})

test('a release unpacked by tar is the release still, and one changed file is noticed', () => {
  run('tar', ['-xzf', join(place, `a/${name}.tar.gz`)])
  const unpacked = join(place, name)
  const manifest = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8')) as ReleaseManifest
  assert.equal(manifest.product, 'hms')
  run(join(unpacked, 'hms'), ['install', unpacked, '--to', join(place, 'opt2')])
  writeFileSync(join(unpacked, 'dist/cli/main.js'), '\n', { flag: 'a' })
  const { status, stderr } = spawnSync(join(unpacked, 'hms'), ['install', unpacked, '--to', join(place, 'opt3')], { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /dist\/cli\/main\.js of the release is not what the manifest says/)
  assert.ok(!existsSync(join(place, 'opt3')))
})
