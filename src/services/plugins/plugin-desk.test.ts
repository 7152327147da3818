// Plug-ins as they are added, replaced, set and removed: all or nothing, tried before, with their secrets sealed.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { configWith } from '../../../testkit/engine-home.ts'
import { type PackagedPlugin, packedPlugin, pluginCode } from '../../../testkit/plugin-package.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { settlePlugins } from '../../lifecycle/plugins/folders.ts'
import { wantedPlugins } from '../../plugins/plugin-spec.ts'
import { makeKeyFile, openSeal } from '../../store/sqlite/settings/sealing.ts'
import { Plugins } from './plugin-desk.ts'

const SETTINGS =
  "z.object({ text: z.string().default('hello'), login: z.object({ password: z.string().meta({ secret: true }) }).optional() })"
const CODE = pluginCode('one', 'received: () => undefined', SETTINGS)
const unusable = (words: RegExp) => ({ name: 'Fault', code: 'plugin-unusable', message: words })

function house() {
  const folder = temporaryFolder()
  for (const name of ['config', 'spool', 'plugins']) mkdirSync(join(folder.path, name), { recursive: true })
  const key = join(folder.path, 'config/hms.key')
  makeKeyFile(key)
  const desk = new Plugins({ home: folder.path, config: configWith() })
  const add = async (plugin: Partial<PackagedPlugin> = {}, options: { name?: string; enabled?: boolean } = {}): Promise<string> =>
    desk.add(await packedPlugin({ name: 'one', code: CODE, ...plugin }), { name: options.name ?? null, enabled: options.enabled ?? true })
  return {
    home: folder.path,
    desk,
    add,
    file: () => readFileSync(join(folder.path, 'config/plugins.yaml'), 'utf8'),
    wanted: () => wantedPlugins(folder.path, () => openSeal(key)),
    folders: () => readdirSync(join(folder.path, 'plugins')).sort(),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

test('one that is added is listed, switched on, and is what workers would run', async () => {
  using at = house()
  assert.equal(await at.add({ name: '@example/one', version: '1.2.0', files: { 'lib/yarn.lock': '' } }), 'one')
  const { specs, problems } = at.wanted()
  assert.deepEqual([specs.map(({ name, version }) => [name, version]), problems, at.folders()], [[['one', '1.2.0']], [], ['one']])
  const [one] = at.desk.list()
  assert.deepEqual(
    [one?.position, one?.listed, one?.enabled, one?.version, one?.api, one?.hooks, one?.problem],
    [1, true, true, '1.2.0', 1, ['received'], null],
  )
  await at.add({}, { name: 'two', enabled: false })
  mkdirSync(join(at.home, 'plugins/by-hand'))
  assert.deepEqual(
    at.desk.list().map(({ name, listed, enabled }) => [name, listed, enabled]),
    [
      ['one', true, true],
      ['two', true, false],
      ['by-hand', false, false],
    ],
  )
})

test('what cannot be used changes nothing, and what runs goes on', async () => {
  using at = house()
  await at.add({ version: '1.0.0' })
  const before = at.file()
  const bad: readonly (readonly [Partial<PackagedPlugin>, RegExp])[] = [
    [{ version: '2.0.0', code: 'no code' }, /Its code cannot be used: /],
    [{ version: '2.0.0', api: 99 }, /version 99 of the interface/],
    [{ version: '2.0.0', hooks: ['dance'] }, /the hook "dance"/],
    [{ version: '2.0.0', code: pluginCode('one', 'from: () => undefined') }, /Its manifest names the hooks received, its code has from/],
    [{ version: '2.0.0', code: pluginCode('one', 'received: () => 1', 'z.object({ must: z.string() })') }, /cannot take the place .*must/],
    [{ name: 'Not A Name', code: CODE }, /no name for a plug-in/],
  ]
  for (const [plugin, words] of bad) await assert.rejects(at.add(plugin), unusable(words), String(words))
  assert.deepEqual([at.file(), at.folders(), at.desk.list()[0]?.version], [before, ['one'], '1.0.0'])
  await at.add({ version: '2.0.0' })
  assert.deepEqual([at.file(), at.folders(), at.desk.list()[0]?.version], [before, ['one'], '2.0.0'])
})

test('a new one that needs settings waits for them, switched off', async () => {
  using at = house()
  await at.add({ code: pluginCode('one', 'received: () => undefined', 'z.object({ must: z.string() })') })
  assert.equal(at.desk.list()[0]?.enabled, false)
  await assert.rejects(at.desk.set('one', { enabled: true }), unusable(/cannot be switched on: Its settings are wrong: must/))
  await assert.rejects(at.desk.setSettings('one', { must: 7 }, []), unusable(/must/))
  assert.equal((await at.desk.settings('one')).settings[0]?.isSet, false)
  await at.desk.setSettings('one', { must: 'yes' }, [])
  await at.desk.set('one', { enabled: true })
  assert.deepEqual(at.wanted().specs[0]?.settings, { must: 'yes' })
})

test('secrets are sealed in the file, given to the plug-in, and shown to nobody', async () => {
  using at = house()
  await at.add()
  const shown = await at.desk.setSettings('one', { 'login.password': 'hunter-22', text: 'Bye' }, [])
  assert.doesNotMatch(at.file() + JSON.stringify(shown), /hunter-22/)
  assert.deepEqual(
    shown.settings.map(({ key, value, isSet, isSecret }) => [key, value, isSet, isSecret]),
    [
      ['text', 'Bye', true, false],
      ['login.password', null, true, true],
    ],
  )
  assert.deepEqual(at.wanted().specs[0]?.settings, { login: { password: 'hunter-22' }, text: 'Bye' })
  // Of another home, as after a restore without the key: said so, and may be set again.
  writeFileSync(join(at.home, 'config/hms.key'), Buffer.alloc(32, 7))
  const other = new Plugins({ home: at.home, config: configWith() })
  await assert.rejects(other.settings('one'), unusable(/login\.password is sealed/))
  await other.setSettings('one', { 'login.password': 'other-33' }, ['text'])
  assert.deepEqual(at.wanted().specs[0]?.settings, { login: { password: 'other-33' } })
})

test('it is switched, moved and removed, its folder with it', async () => {
  using at = house()
  await at.add()
  await at.add({}, { name: 'two' })
  await at.desk.set('two', { place: { first: true }, budget: 5000, onFailure: 'defer', memory: 2 ** 28 })
  const { specs } = at.wanted()
  assert.deepEqual(
    specs.map(({ name, budget, onFailure, memory }) => [name, budget, onFailure, memory]),
    [
      ['two', 5000, 'defer', 2 ** 28],
      ['one', 2000, 'continue', 192 * 2 ** 20],
    ],
  )
  assert.deepEqual([await at.desk.remove('two'), await at.desk.remove('two')], [true, false])
  assert.deepEqual([at.folders(), at.wanted().specs.length], [['one'], 1])
  await assert.rejects(at.desk.set('two', { enabled: true }), { code: 'not-found' })
  await assert.rejects(at.desk.settings('../one'), { code: 'not-found' })
})

test('what a kill left is put back, or removed', async () => {
  using at = house()
  await at.add()
  const place = (name: string): string => join(at.home, 'plugins', name)
  renameSync(place('one'), place('.old-one'))
  mkdirSync(place('.new-1-x'))
  mkdirSync(place('.gone-1-x'))
  settlePlugins(at.home)
  assert.deepEqual(at.folders(), ['one'])
  assert.ok(existsSync(join(place('one'), 'package.json')))
  // The new one is there: the old one goes.
  mkdirSync(place('.old-one'))
  settlePlugins(at.home)
  assert.deepEqual(at.folders(), ['one'])
})
