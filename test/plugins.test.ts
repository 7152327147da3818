// Plug-ins on a real server: their processes beside the workers, taken up while it runs, and mail that loses nothing and waits no longer than
// their budget while they loop, die, eat memory or talk nonsense; they end with their worker, however that ends.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { PluginHome } from '../testkit/plugin-home.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HEADER = { kind: 'add', name: 'X-Seen', value: 'yes' }
const MARKING = `received: () => ({ action: 'accept', changes: { header: [${JSON.stringify(HEADER)}] } })`

/** Processes that a worker started, by what they run. */
function pluginsOf(server: TestServer, slot: number): number[] {
  const pid = server.pidOf(slot)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number)
  return children.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('--permission'))
}

function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

async function send(server: TestServer, messages: number): Promise<SmtpLoad> {
  const load = new SmtpLoad({ port: server.smtpPort, connections: 5 }).start()
  await load.until(messages)
  await load.stop()
  return load
}

test('one that is put there while the server runs sees mail, and ends with its worker, however that ends', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 1 })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  await using home = new PluginHome(server.home)
  assert.deepEqual(pluginsOf(server, 0), [])
  home.add({ name: 'marking', hooks: ['received'], code: MARKING, entry: { budget: '60s' } })
  const [first] = await until(() => {
    const found = pluginsOf(server, 0)
    return found.length === 1 && server.output().includes('A plug-in runs.') && found
  })
  await using load = await send(server, 20)
  const count = load.acknowledged.size
  const messages = await peer.waitForMessages(count)
  // Those that came before it was ready are not marked; it was ready before the first.
  assert.ok(messages.every(({ data }) => /\r\nX-Seen: yes\r\n/.test(data.toString('latin1'))))
  await server.kill9(0)
  await until(() => first !== undefined && !runs(first))
  const second = await until(() => {
    try {
      return pluginsOf(server, 0)[0]
    } catch {
      return undefined
    }
  })
  await server.stop()
  await until(() => !runs(second))
})

test('while plug-ins loop, die, eat memory, throw and talk nonsense, mail is taken and delivered, none lost and none refused', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 1 })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  await using home = new PluginHome(server.home)
  const entry = { budget: '300ms' }
  home.add({ name: 'loops', hooks: ['received'], code: 'received: () => { for (;;); }', entry })
  home.add({ name: 'hangs', hooks: ['recipient'], code: 'recipient: () => new Promise(() => {})', entry })
  home.add({ name: 'dies', hooks: ['from'], code: 'from: () => process.exit(1)', entry })
  home.add({ name: 'eats', hooks: ['data'], code: 'data: () => { for (const kept = []; ; ) kept.push(Buffer.alloc(4 << 20, 1)) }', entry })
  home.add({ name: 'throws', hooks: ['connect'], code: "connect: () => { throw new Error('oh') }", entry })
  home.add({ name: 'babbles', hooks: ['received'], code: "received: () => ({ action: 'dance' })", entry })
  home.add({ name: 'marking', hooks: ['received'], code: MARKING, entry: { budget: '60s' } })
  // They take their places together.
  await until(() => server.output().split('A plug-in runs.').length - 1 >= 7)
  await using load = await send(server, 500)
  assert.deepEqual([...load.refusals], [])
  assert.equal(load.unsure.size, 0)
  await peer.waitForMessages(load.acknowledged.size)
  const got = new Set(peer.messages.flatMap(({ recipients }) => recipients))
  for (const recipient of load.acknowledged) assert.ok(got.has(recipient), recipient)
  const { alerts } = await server.until((status) => status.alerts.some(({ what }) => what.includes('is switched off')))
  assert.match(JSON.stringify(alerts), /Plug-in (?:babbles|hangs|throws|loops|dies|eats) is switched off: /)
})
