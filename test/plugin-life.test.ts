// The life of plug-ins on a real server: by `hms plugin` and by the management API, with what is told of them meanwhile, and npm.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { PluginSettings, PluginView } from '../src/contract/plugin-operations.ts'
import { callApi } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { filesOfPlugin, type PackagedPlugin, packedPlugin, pluginCode } from '../testkit/plugin-package.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const SETTINGS = "z.object({ word: z.string().max(20).default('yes'), login: z.string().meta({ secret: true }).default('none') })"
const MARKS = `received: (event, { settings, log }) => {
  log.info('marked with ' + settings.login)
  return { action: 'accept', changes: { header: [{ kind: 'add', name: 'X-Seen', value: settings.word }] } }
}`

/** Patience of a busy machine: what is not answered in time would go unmarked. */
const PATIENT = ['--budget', '60s'] as const

function folderOf(path: string, plugin: PackagedPlugin): string {
  for (const [name, text] of Object.entries(filesOfPlugin(plugin))) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

const marking = (version = '1.0.0'): PackagedPlugin => ({ name: 'marking', version, code: pluginCode('marking', MARKS, SETTINGS) })

async function pluginOf(server: TestServer, name: string): Promise<PluginView | undefined> {
  return (await server.hms<readonly PluginView[]>('plugin', 'ls')).find((one) => one.name === name)
}

/** At all workers, with these settings. */
function runs(server: TestServer, name: string, version: string): Promise<PluginView> {
  return until(async () => {
    const one = await pluginOf(server, name)
    return one?.seen?.state === 'ready' && one.seen.running === one.seen.of && one.version === version ? one : undefined
  }, `${name} ${version} to run`)
}

async function marks(server: TestServer, peer: SmtpPeer): Promise<readonly string[]> {
  const before = peer.messages.length
  const load = new SmtpLoad({ port: server.smtpPort, connections: 1 }).start()
  await load.until(3)
  await load.stop()
  await peer.waitForMessages(before + load.acknowledged.size)
  return peer.messages.slice(before).map(({ data }) => /^X-Seen: (.*)\r$/m.exec(data.toString('latin1'))?.[1] ?? '-')
}

test('it is added, set, switched and removed while mail flows, and tells how it does', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 2 })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  using scratch = temporaryFolder()
  const added = await server.hms<PluginView>('plugin', 'add', folderOf(join(scratch.path, 'one'), marking()))
  assert.deepEqual([added.name, added.version, added.enabled, added.position], ['marking', '1.0.0', true, 1])
  await server.hms('plugin', 'set', 'marking', ...PATIENT, '--on-failure', 'defer')
  await runs(server, 'marking', '1.0.0')
  await until(async () => (await marks(server, peer)).every((mark) => mark === 'yes'), 'mail to be marked')

  const secret = join(scratch.path, 'login')
  writeFileSync(secret, 'hunter-22-two-2\n')
  const set = await server.hms<PluginSettings>('plugin', 'settings', 'marking', 'word=[no]', `login=@${secret}`)
  assert.deepEqual(
    set.settings.map(({ key, value, isSet }) => [key, value, isSet]),
    [
      ['word', '[no]', true],
      ['login', null, true],
    ],
  )
  await until(async () => (await marks(server, peer)).every((mark) => mark === '[no]'), 'the settings to count')
  await assert.rejects(server.hms('plugin', 'settings', 'marking', `word=${'x'.repeat(21)}`), /plugin-unusable.*word/)
  const told = await until(async () => {
    const one = await pluginOf(server, 'marking')
    return one?.seen !== undefined && one.seen.hooks.length > 0 && one
  })
  assert.deepEqual([told.seen?.hooks[0]?.hook, told.seen?.counts.failed, told.seen?.failing], ['received', 0, 0])
  assert.ok((told.seen?.hooks[0]?.p99 ?? 0) > 0)
  const logs = JSON.stringify(await server.hms('plugin', 'logs', 'marking'))
  assert.match(logs, /marked with none.*marked with \(secret\)/)
  for (const text of [logs, server.output(), readFileSync(join(server.home, 'config/plugins.yaml'), 'utf8')])
    assert.doesNotMatch(text, /hunter-22/)
  assert.doesNotMatch(JSON.stringify(await server.call('audit.list', { limit: 200 })), /hunter-22/)
  const metrics = [
    /hms_plugin_running\{plugin="marking"\} 2/,
    /hms_plugin_call_seconds\{plugin="marking",hook="received",quantile="0.99"\}/,
  ]
  await until(async () => {
    const { body } = await server.get('/metrics')
    return metrics.every((line) => line.test(body))
  }, 'the metrics')

  const broken = folderOf(join(scratch.path, 'broken'), { ...marking('2.0.0'), code: "throw new Error('oh')" })
  await assert.rejects(server.hms('plugin', 'add', broken), /plugin-unusable.*Oh/)
  await server.hms('plugin', 'disable', 'marking')
  await until(async () => (await marks(server, peer)).every((mark) => mark === '-'), 'mail to pass it')
  assert.equal((await server.run('plugin', 'check')).code, 0)
  assert.deepEqual(await server.hms('plugin', 'remove', 'marking'), { removed: true })
  assert.deepEqual(await server.hms('plugin', 'ls'), [])
})

test('one that fails is an alarm of its own, until it does not; nobody tells it twice', async () => {
  await using server = await startServer({ workers: 1 })
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  using scratch = temporaryFolder()
  const failing = { name: 'failing', hooks: ['connect'], code: pluginCode('failing', "connect: () => { throw new Error('oh') }") }
  await server.hms('alarms', 'set', 'plugin-failing', '--threshold', '0.5', '--for', '0')
  await server.hms('plugin', 'add', folderOf(join(scratch.path, 'one'), failing))
  await runs(server, 'failing', '1.0.0')
  const load = new SmtpLoad({ port: server.smtpPort, connections: 5 }).start()
  await load.until(20)
  await load.stop()
  const { alarms } = await server.until(({ alarms: now }) => now.some(({ name }) => name === 'plugin-failing'))
  const own = alarms.filter(({ name }) => name === 'plugin-failing')
  assert.deepEqual(
    own.map(({ subject, severity }) => [subject, severity]),
    [['failing', 'critical']],
  )
  assert.match(own[0]?.what ?? '', /^The plug-in failing fails: /)
  await server.hms('plugin', 'remove', 'failing')
})

test('by the API an owner adds code, a person and no key; others may look', async () => {
  await using server = await startServer({ workers: 1 })
  const { secret: key } = await server.call('key.add', { name: 'owner', role: 'owner' })
  const call = (what: string, body?: unknown) =>
    callApi(`http://127.0.0.1:${server.panelPort}`, what, { key, ...(body !== undefined && { body }) })
  const archive = (await packedPlugin(marking())).toString('base64')
  const refused = await call('POST /plugins', { archive })
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [403, 'not-for-keys'])
  assert.deepEqual((await call('GET /plugins')).body, { data: [], next: null })
  await server.call('plugin.add', { archive })
  const { data } = (await call('GET /plugins')).body as { data: readonly PluginView[] }
  assert.deepEqual(
    data.map(({ name, version }) => [name, version]),
    [['marking', '1.0.0']],
  )
  assert.equal((await call('PATCH /plugins/marking', { accounts: [1000], budget: 3000 })).status, 200)
  const settings = (await call('GET /plugins/marking/settings')).body as PluginSettings
  assert.deepEqual(
    settings.settings.map((one) => [one.key, one.value, one.isSecret]),
    [
      ['word', 'yes', false],
      ['login', null, true],
    ],
  )
  assert.equal((await call('PATCH /plugins/marking/settings', { values: { login: 'hunter-22-two-2' } })).status, 200)
  assert.equal((await call('PATCH /plugins/marking/settings', { values: { word: 7 } })).status, 400)
  assert.equal((await call('GET /plugins/marking/log')).status, 200)
  const { records } = await server.call('audit.list', { limit: 100 })
  const added = records.find(({ operation }) => operation === 'plugin.add')
  assert.match(JSON.stringify(added?.after), /"sha256":"[0-9a-f]{64}"/)
  assert.doesNotMatch(JSON.stringify(records), new RegExp(`hunter-22|${archive.slice(0, 40)}`))
  assert.deepEqual((await call('DELETE /plugins/marking')).body, { removed: true })
})

test('a package is fetched by npm with what it needs, and none of its scripts is run', async () => {
  const code = `import { word } from 'needed'\n${pluginCode('fetched', 'received: () => word')}`
  const run = { scripts: { postinstall: 'touch ran', preinstall: 'touch ran' } }
  const plugin = filesOfPlugin({ name: 'fetched', code })
  const manifest = { ...(JSON.parse(plugin['package.json'] ?? '') as object), ...run, dependencies: { needed: '1.0.0' } }
  // npm says more of a package, the more files it has.
  const many = Object.fromEntries(Array.from({ length: 300 }, (_unused, n) => [`words/word-${n}.txt`, `${n}`]))
  const packages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    fetched: { ...plugin, ...many, 'package.json': JSON.stringify(manifest) },
    needed: {
      'package.json': JSON.stringify({ name: 'needed', version: '1.0.0', type: 'module', main: 'index.js', ...run }),
      'index.js': 'export const word = undefined\n',
    },
  }
  await using registry = await serveRegistry(packages)
  using scratch = temporaryFolder()
  mkdirSync(scratch.path, { recursive: true })
  const npmrc = join(scratch.path, 'npmrc')
  writeFileSync(npmrc, `registry=${registry.url}\n`)
  const cache = join(scratch.path, 'cache')
  const environment = {
    npm_config_userconfig: npmrc,
    npm_config_registry: registry.url,
    npm_config_cache: cache,
    npm_config_fetch_retries: '0',
  }
  await using server = await startServer({ workers: 1, environment })
  assert.equal((await server.hms<PluginView>('plugin', 'add', 'fetched@1.0.0')).version, '1.0.0')
  await assert.rejects(server.hms('plugin', 'add', 'not-there'), /npm pack failed/)
  await runs(server, 'fetched', '1.0.0')
  assert.ok(readFileSync(join(server.home, 'plugins/fetched/node_modules/needed/index.js'), 'utf8').includes('word'))
  assert.throws(() => readFileSync(join(server.home, 'plugins/fetched/ran')))
})

/** As much of a registry as `npm pack` and `npm install` ask for. */
async function serveRegistry(packages: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const { packed } = await import('../testkit/plugin-package.ts')
  const tarballs = new Map<string, Buffer>()
  for (const [name, files] of Object.entries(packages))
    tarballs.set(name, await packed(Object.entries(files).map(([path, content]) => ({ name: `package/${path}`, content }))))
  const server = createServer((request, response) => {
    const [, name = '', file] = (request.url ?? '').split('/')
    const tarball = tarballs.get(name)
    if (tarball === undefined) return void response.writeHead(404).end('{}')
    if (file !== undefined) return void response.end(tarball)
    const manifest = JSON.parse(packages[name]?.['package.json'] ?? '{}') as { readonly version: string }
    const dist = { tarball: `${url}/${name}/x.tgz` }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: manifest.version },
        time: { [manifest.version]: '2020-01-01T00:00:00.000Z' },
        versions: { [manifest.version]: { ...manifest, dist } },
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
