// Plug-ins and releases: one that a release cannot run stops the upgrade, or is switched off where the owner allows it; and plug-ins come back
// from a backup whole. Real processes; the other releases are copies of the program under other versions.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { VersionChanged } from '../src/cli/version-change.ts'
import type { PluginView } from '../src/contract/plugin-operations.ts'
import { PLUGIN_HOOKS } from '../src/contract/plugins.ts'
import type { PreflightCheck } from '../src/lifecycle/preflight/check.ts'
import { Releases } from '../testkit/other-release.ts'
import { type PackagedPlugin, packedPlugin, pluginCode } from '../testkit/plugin-package.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const PLUGIN: PackagedPlugin = {
  name: 'one',
  code: `import { word } from './lib/word.js'\n${pluginCode('one', 'received: () => word', "z.object({ login: z.string().meta({ secret: true }).default('') })")}`,
  files: { 'lib/word.js': 'export const word = undefined\n', 'node_modules/x/yarn.lock': 'x', 'node_modules/x/x.db': 'x' },
}

async function addTo(server: TestServer, plugin: PackagedPlugin = PLUGIN): Promise<void> {
  await server.call('plugin.add', { archive: (await packedPlugin(plugin)).toString('base64') })
}

function installed(releases: Releases, version: string): string {
  const { folder } = releases.make(version)
  execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
  return join(releases.root, 'current/hms')
}

const enabled = async (server: TestServer): Promise<boolean | undefined> =>
  (await server.hms<readonly PluginView[]>('plugin', 'ls'))[0]?.enabled

test(
  'a release that cannot run a plug-in stops the upgrade, unless the owner allows it to be switched off',
  { timeout: 600_000 },
  async () => {
    using releases = new Releases()
    const crashFile = join(tmpdir(), `hms-crash-plugins-${process.pid}`)
    const environment = { HMS_TEST_CRASH: crashFile }
    await using server = await startServer({ program: installed(releases, '1.0.0'), config: { 'upgrade.grace': '5s' }, environment })
    const preflight = async (path: string, ...more: string[]): Promise<PreflightCheck | undefined> => {
      const { stdout } = await server.run('doctor', '--preflight', path, '--json', ...more)
      return (JSON.parse(stdout) as readonly PreflightCheck[]).find(({ check }) => check === 'plug-ins')
    }
    await addTo(server)
    const other = releases.make('1.1.0', () => {}, { plugins: { apis: [2], hooks: PLUGIN_HOOKS } })
    const fewer = releases.make('1.1.1', () => {}, { plugins: { apis: [1], hooks: ['from'] } })
    // What it says of itself is right, and it cannot load what is there.
    const broken = releases.make('1.1.2', (folder) => {
      const file = join(folder, 'dist/plugins/host/load.js')
      writeFileSync(file, readFileSync(file, 'utf8').replace('const API = 1', 'const API = 2'))
    })
    const found = await Promise.all([other, fewer, broken].map(({ folder }) => preflight(folder)))
    assert.deepEqual(
      found.map((one) => one?.ok),
      [false, false, false],
    )
    assert.match(found[0]?.found ?? '', /^one would not run: It is made for version 1 of the interface; version 1\.1\.0 speaks 2$/)
    assert.match(found[1]?.found ?? '', /^one would not run: It has the hook "received", which version 1\.1\.1 does not have$/)
    assert.match(found[2]?.found ?? '', /^one would not run: .*made for version 1 of the interface; this server speaks version 2/)
    assert.match(found[0]?.mend ?? '', /--allow one lets the upgrade do it/)
    // Out of the archive, which is unpacked for it and gone afterwards.
    const archived = await preflight(await releases.archive(broken), '--allow', 'one')
    assert.deepEqual([archived?.ok, archived?.disables], [true, ['one']])
    assert.deepEqual(readdirSync(join(releases.root, 'versions')), ['1.0.0'])
    await assert.rejects(server.hms('upgrade', other.folder, '--yes'), /upgrade-undone.*plug-ins: one would not run/)
    assert.equal(await enabled(server), true)

    // Killed when it was switched off already: it is on again when the upgrade is undone.
    writeFileSync(crashFile, 'upgrade-switching')
    await assert.rejects(server.hms('upgrade', other.folder, '--yes', '--allow', 'one'))
    assert.equal(await enabled(server), false)
    await server.stop()
    await server.startAgain()
    assert.equal(await enabled(server), true)

    const up = await server.hms<VersionChanged>('upgrade', broken.folder, '--yes', '--allow', 'one,other')
    assert.deepEqual([up.to, up.disabled], ['1.1.2', ['one']])
    assert.equal(await enabled(server), false)
    await server.stop()
  },
)

test('a release that runs them takes over with them, and back', { timeout: 600_000 }, async () => {
  using releases = new Releases()
  await using server = await startServer({ program: installed(releases, '1.0.0'), config: { 'upgrade.grace': '5s' } })
  await addTo(server)
  const up = await server.hms<VersionChanged>('upgrade', releases.make('1.1.0').folder, '--yes')
  assert.deepEqual([up.to, up.disabled, await enabled(server)], ['1.1.0', [], true])
  const down = await server.hms<VersionChanged>('downgrade', '1.0.0', '--yes')
  assert.deepEqual([down.to, down.disabled, await enabled(server)], ['1.0.0', [], true])
  await server.stop()
})

test('a backup brings plug-ins back whole, with what they need, where they are missing or the settings of then are wanted', async () => {
  await using server = await startServer({ workers: 1 })
  await addTo(server)
  await server.call('plugin.settings.set', { name: 'one', values: { login: 'hunter-22' } })
  await addTo(server, { ...PLUGIN, name: 'two' })
  const { file } = await server.hms<{ file: string }>('backup', '--no-messages', '--no-logs')
  await server.stop()
  const place = (path: string): string => join(server.home, 'plugins', path)
  const read = (path: string): string => readFileSync(place(path), 'utf8')
  rmSync(place('one'), { recursive: true })
  writeFileSync(place('two/lib/word.js'), '// otherwise now\n')
  await server.hms('restore', file, '--yes')
  assert.equal(read('one/node_modules/x/x.db') + read('one/node_modules/x/yarn.lock'), 'xx')
  assert.match(read('two/lib/word.js'), /otherwise now/)
  assert.deepEqual(
    (await server.hms<readonly PluginView[]>('plugin', 'ls')).map(({ name, problem }) => [name, problem]),
    [
      ['one', null],
      ['two', null],
    ],
  )
  await server.hms('restore', file, '--yes', '--settings', 'backup')
  assert.match(read('two/lib/word.js'), /export const word/)
  const [aside] = readdirSync(server.home)
    .filter((name) => name.startsWith('before-restore-'))
    .sort()
    .reverse()
  assert.match(readFileSync(join(server.home, aside ?? '', 'plugins/two/lib/word.js'), 'utf8'), /otherwise now/)
  assert.deepEqual(JSON.parse((await server.run('plugin', 'check', '--json')).stdout), [
    { name: 'one', version: '1.0.0', problem: null },
    { name: 'two', version: '1.0.0', problem: null },
  ])
})
