// Plug-ins on a real server: their processes beside the workers, taken up while it runs, and mail that loses nothing and waits no longer than
// their budget while they loop, die, eat memory or talk nonsense; they end with their worker, however that ends.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { PluginHome, telling, toldIn } from '../testkit/plugin-home.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpLoad } from '../testkit/smtp-load.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HEADER = { kind: 'add', name: 'X-Seen', value: 'yes' }
const MARKING = `received: () => ({ action: 'accept', changes: { header: [${JSON.stringify(HEADER)}] } })`

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    // It ended meanwhile.
    return ''
  }
}

/** Processes that a worker or the desk started, by what they run. */
function pluginsOf(server: TestServer, slot: number | 'desk'): number[] {
  const pid = server.pidOf(slot)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number)
  return children.filter((child) => commandOf(child).includes('hms plug-in '))
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

test('deliveries are asked about and told: by other rules, with the dialog, and over the end of the desk every result at least once', async () => {
  const rcpt = (line: string): string | undefined =>
    line.includes('<busy') ? '450 4.2.1 busy' : line.includes('<gone') ? '550 5.1.1 gone' : undefined
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  await using server = await startServer({ workers: 1, config: { 'delivery.retry_first': '1h', 'delivery.backoff': 'false' } })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('route', 'set', 'never.test', 'smtp://127.0.0.1:1')
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  await using home = new PluginHome(server.home)
  const entry = { budget: '60s' }
  const notices = ['sent', 'failed', 'deferred']
  home.add({ name: 'told', hooks: notices, code: notices.map(telling).join(), entry })
  home.add({
    name: 'starts',
    hooks: ['domainStart'],
    code: "domainStart: () => ({ action: 'continue', rule: { messages_per_connection: 2 } })",
    entry,
  })
  home.add({
    name: 'connects',
    hooks: ['mxStart'],
    code: "mxStart: ({ domain }) => domain === 'never.test' ? { action: 'fail' } : null",
    entry,
  })
  home.add({
    name: 'defers',
    hooks: ['deferring'],
    code: "deferring: ({ recipient }) => recipient.startsWith('busy-fail') ? { action: 'fail' } : null",
    entry,
  })
  home.add({
    name: 'hears',
    hooks: ['protocol'],
    code: "protocol: ({ lines }, { log }) => { for (const { from, text } of lines) log.info(from + ': ' + text) }",
    entry,
  })
  await until(() => server.output().split('A plug-in runs.').length - 1 >= 5 && pluginsOf(server, 'desk').length === 1)
  const letters = ['a@x.test', 'busy@x.test', 'busy-fail@x.test', 'gone@x.test', 'a@never.test']
  for (const to of letters) {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.send({ from: 'a@sender.test', to: [to], data: 'Subject: x\r\n\r\nhello\r\n' })).code, 250)
  }
  const outcomes = await Promise.all(letters.map((to) => server.outcome(to)))
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['delivered', 'deferred', 'failed', 'failed', 'failed'],
  )
  const notes = async (...of: string[]): Promise<string> =>
    (await server.hms<{ notes: readonly string[] }>('rules', 'explain', ...of)).notes.join('\n')
  const [ruled, refused] = [await notes('x.test'), await notes('never.test')]
  assert.match(ruled, /^Plug-in starts is asked before mail to the domain is worked on, and may say otherwise\.$/m)
  assert.match(ruled, /^Plug-in connects is asked before a connection is opened, and may say otherwise\.$/m)
  assert.match(ruled, /^Plug-ins said \w+ ago at worker 0, of mail of account \d+: messages_per_connection 2\.$/m)
  assert.match(refused, /^Plug-ins said .*: it fails\. Plug-in connects refuses it: it gave no reason\.$/m)
  assert.doesNotMatch(await notes('x.test', '--account', '999999'), /said/)
  await until(
    () => server.output().includes('"text":"us: RCPT TO:<gone@x.test>') && server.output().includes('"text":"peer: 550 5.1.1 gone"'),
    'lines',
  )
  await using load = new SmtpLoad({ port: server.smtpPort, connections: 5 }).start()
  await load.until(100)
  await server.kill9('desk')
  await load.until(200)
  await load.stop()
  await server.until(({ queued }) => queued === 1)
  const all = new Set([...load.acknowledged, 'a@x.test'])
  await until(() => {
    const told = new Set(toldIn(server.output(), 'sent').map(({ recipient }) => recipient))
    return [...all].every((recipient) => told.has(recipient))
  }, 'all is told')
  for (const [hook, to] of [
    ['failed', 'busy-fail@x.test'],
    ['deferred', 'busy@x.test'],
  ] as const)
    await until(() => toldIn(server.output(), hook).some(({ recipient }) => recipient === to), `it is told ${hook} of ${to}`)
  // Each event has one id, however often it is told.
  const ids = Map.groupBy(toldIn(server.output(), 'sent'), ({ recipient }) => recipient)
  for (const same of ids.values()) assert.equal(new Set(same.map(({ id }) => id)).size, 1)
})

test('while plug-ins on the way out loop, die, eat memory and talk nonsense, all mail arrives', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ workers: 1 })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.settled()
  await using home = new PluginHome(server.home)
  const bad = {
    loops: '() => { for (;;); }',
    hangs: '() => new Promise(() => {})',
    dies: '() => process.exit(1)',
    eats: '() => { for (const kept = []; ; ) kept.push(Buffer.alloc(4 << 20, 1)) }',
    babbles: "() => ({ action: 'dance' })",
  }
  const hooks = ['domainStart', 'mxStart', 'sent', 'protocol']
  for (const [name, hook] of Object.entries(bad))
    home.add({ name, hooks, code: hooks.map((one) => `${one}: ${hook}`).join(), entry: { budget: '300ms' } })
  await until(() => server.output().split('A plug-in runs.').length - 1 >= 5)
  await using load = await send(server, 300)
  assert.deepEqual([...load.refusals], [])
  assert.equal(load.unsure.size, 0)
  await peer.waitForMessages(load.acknowledged.size)
  const got = new Set(peer.messages.flatMap(({ recipients }) => recipients))
  for (const recipient of load.acknowledged) assert.ok(got.has(recipient), recipient)
})
