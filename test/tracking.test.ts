// Unsubscribing, opens and clicks on a whole server: over HTTPS with a certificate of the host's own, from the command to the events and logs.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MailEventKind } from '../src/contract/events.ts'
import type { Account } from '../src/contract/settings.ts'
import { issue } from '../testkit/authority.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { until } from '../testkit/patience.ts'
import { PluginHome, telling, toldIn } from '../testkit/plugin-home.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const NAME = 'click.shop.test'
const root = issue({ subject: 'Test Root', isAuthority: true }, null)

interface Shown {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

function ask(url: string, body?: string): Promise<Shown> {
  const { port, pathname, host } = new URL(url)
  const options = {
    host: '127.0.0.1',
    port,
    path: pathname,
    servername: NAME,
    ca: root.cert,
    agent: false,
    headers: { host, 'user-agent': 'Firefox' },
  }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, method: body === undefined ? 'GET' : 'POST' }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const isReached = (server: TestServer) => async (): Promise<boolean> => {
  const hosts = await server.call('tracking.hosts', {})
  return hosts.length === 1 && hosts[0]?.trouble === null
}

test('a host with a certificate of its own is found to answer; links in mail lead there, and what is done with them is told', async () => {
  using folder = temporaryFolder()
  const trust = join(folder.path, 'root.pem')
  writeFileSync(trust, root.cert)
  await using dns = await DnsServer.start({ [NAME]: { A: ['127.0.0.1'] } })
  await using peer = await SmtpPeer.start()
  await using server = await startServer({
    config: { 'tracking.tls_listen': '127.0.0.1:0', 'tracking.trust_file': trust, 'dns.servers': dns.address, 'smtp.plain_auth': 'true' },
  })
  const host = `${NAME}:${server.portOf('tracking.tls_listen')}`
  const { id } = server.account
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}`, tls: 'none' })
  const account = await server.hms<Account>('account', 'tracking', String(id), '--host', host, '--clicks', 'on', '--opens', 'on')
  assert.deepEqual([account.tracking.host, account.tracking.clicks, account.tracking.force], [host, true, false])
  await server.hms('inbound', 'add', 'in.shop.test', '--account', String(id))
  await server.hms('account', 'tracking', String(id), '--mail-domain', 'in.shop.test')
  // Without a certificate that proves the host it is a promise that nobody can keep.
  await server.until(({ alerts }) => alerts.some(({ what }) => what.includes(host) && what.includes('certificate')))
  const doctor = async () => (await server.run('doctor', '--json')).stdout
  assert.match(await doctor(), new RegExp(`"state":\\s*"fail",\\s*"what":\\s*"Links at ${host} are not put into mail: its certificate`))
  const { cert, key } = issue({ subject: NAME, names: [NAME] }, root)
  mkdirSync(join(server.home, 'config/tls/hosts'), { recursive: true })
  writeFileSync(join(server.home, `config/tls/hosts/${NAME}.key`), key)
  writeFileSync(join(server.home, `config/tls/hosts/${NAME}.pem`), cert)
  await until(isReached(server), 'it is found to answer')
  assert.match(await doctor(), new RegExp(`"state":\\s*"ok",\\s*"what":\\s*"Links at ${host} lead here by HTTPS`))
  assert.equal((await server.status()).alerts.filter(({ what }) => what.includes(host)).length, 0)

  const visits = ['open', 'click']
  new PluginHome(server.home).add({ name: 'visits', hooks: visits, code: visits.map(telling).join(), entry: { budget: '60s' } })
  await until(() => server.output().includes('A plug-in runs.'), 'a plug-in runs')
  const { user, password } = server.account
  using client = await SmtpClient.open(server.smtpPort)
  const login = `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
  assert.equal((await client.command(login)).code, 235)
  const html =
    'From: a@shop.test\r\nX-xsStream: bulk\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<a href="https://shop.test/x">x</a>\r\n'
  const all = ['jane@one.test', ...Array.from({ length: 49 }, (_, n) => `r${n}@one.test`)]
  await server.hms('suppression', 'create', 'shop')
  await server.hms('suppression', 'policy', String(id), '--check', 'shop', '--add', 'shop')
  await client.send({ from: 'a@shop.test', to: all, data: html })
  const message = (await peer.waitForMessages(50)).find(({ recipients }) => recipients[0] === 'jane@one.test')
  const text = message?.data.toString() ?? ''
  const [click = '', open = '', leave = ''] = [/href="([^"]*)"/, /src="([^"]*)"/, /^ <(https:[^>]*\/u\/[^>]*)>/m].map(
    (one) => one.exec(text)?.[1],
  )
  assert.ok(click.startsWith(`https://${host}/c/`) && open.startsWith(`https://${host}/o/`) && leave.startsWith(`https://${host}/u/`), text)
  assert.match(text, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
  assert.deepEqual([(await ask(click)).location, (await ask(open)).body.length], ['https://shop.test/x', 43])
  const told = (kind: MailEventKind) => async (): Promise<boolean> =>
    (await server.call('events.find', { kinds: [kind], limit: 10 })).events.length === 1
  await until(async () => (await told('opened')()) && (await told('clicked')()), 'both are told')
  for (const hook of visits)
    await until(() => toldIn(server.output(), hook).some(({ recipient }) => recipient === 'jane@one.test'), `a plug-in is told ${hook}`)
  // The desk asks the workers now and then.
  await until(async () => (await server.get('/metrics')).body.includes('\nhms_tracking_operations_total 1\n'), 'it is counted')
  assert.match((await server.get('/metrics')).body, /^hms_tracking_visits_dropped_total 0$/m)
  assert.match((await ask(leave)).body, /<form method="post">/)
  // Keys come and go, and workers fall: who was told that he is unsubscribed is so.
  await server.call('tokens.rotate', {})
  assert.equal((await ask(leave, 'List-Unsubscribe=One-Click')).status, 200)
  await server.kill9(0)
  await until(told('unsubscribed'), 'it is told')
  const { events } = await server.call('events.find', { kinds: ['clicked', 'unsubscribed'], limit: 10 })
  for (const event of events)
    assert.deepEqual(['recipient' in event && event.recipient, 'stream' in event && event.stream], ['jane@one.test', 'bulk'], event.kind)

  // By mail, as mail programs without HTTPS do it: from whoever he is, to the address that only he got.
  const other = (await peer.waitForMessages(50)).find(({ recipients }) => recipients[0] === 'r7@one.test')
  const [, to = ''] = /^List-Unsubscribe: <mailto:([^?]*)\?subject=unsubscribe>,\r$/m.exec(other?.data.toString() ?? '') ?? []
  using stranger = await SmtpClient.open(server.smtpPort)
  const wish = 'From: seven@elsewhere.test\r\nSubject: unsubscribe\r\n\r\n\r\n'
  assert.equal((await stranger.send({ from: 'seven@elsewhere.test', to: [to], data: wish })).code, 250)
  await until(async () => (await server.call('events.find', { kinds: ['unsubscribed'], limit: 10 })).events.length === 2, 'both are told')

  // Exactly these two get no more of that stream, and all of others.
  for (const target of ['jane@one.test', 'r7@one.test'])
    await until(async () => (await server.call('suppression.find', { target })).entries[0]?.stream === 'bulk', `${target} is suppressed`)
  // Workers look at the lists now and then; at once where somebody changed one.
  await server.hms('suppression', 'add', 'other@one.test', '--list', 'shop')
  using again = await SmtpClient.open(server.smtpPort)
  assert.equal((await again.command(login)).code, 235)
  await again.send({ from: 'a@shop.test', to: all, data: html })
  await again.send({ from: 'a@shop.test', to: ['jane@one.test'], data: 'From: a@shop.test\r\n\r\nYour invoice.\r\n' })
  const later = (await peer.waitForMessages(99)).slice(50)
  const jane = later.filter(({ recipients }) => recipients[0] === 'jane@one.test').map(({ data }) => data.includes('invoice'))
  assert.deepEqual(jane, [true], later.map(({ recipients }) => recipients.join()).join(' '))
  const failed = await server.call('events.find', { kinds: ['failed'], limit: 10 })
  assert.ok(!later.some(({ recipients }) => recipients[0] === 'r7@one.test'))
  const ended = failed.events.map((event) => [event.kind === 'failed' && event.failureCode, 'recipient' in event && event.recipient])
  assert.deepEqual(ended.toSorted(), [
    [1001, 'jane@one.test'],
    [1001, 'r7@one.test'],
  ])
})
