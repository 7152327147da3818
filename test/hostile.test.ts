// Strangers and hostile servers against a running installation: what they say reaches neither the terminal nor the shape of a log, and
// no secret lies open, whoever asks.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { dayOf } from '../src/services/logs/log-batch.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HMS = join(import.meta.dirname, '..', 'hms')
const EVIL = 'no \u001b]0;owned\u0007\u001b[2J\r2026-11-22 00:00:00 Sent 1000 \u009b31m \u202e\u061c end'
// oxlint-disable-next-line no-control-regex -- they are what must not be shown
const STEERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u202e]/

const shown = async (home: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(HMS, [...args, '--home', home])).stdout

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map(({ parentPath, name }) => join(parentPath, name))
}

test('what a receiving server says steers no terminal and writes no log line of its own', async () => {
  const rcpt = (line: string): string | undefined =>
    line.includes('bad@') ? `550 5.1.1 ${EVIL}` : line.includes('later@') ? `450 4.2.0 ${EVIL}` : undefined
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  await using server = await startServer()
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  using client = await SmtpClient.open(server.smtpPort)
  const subject = `Subject: \u001b[2J\r\nX-xsMessageId: a b\r\nX-xsMailingId: ../../x`
  await client.send({
    from: 'a@sender.test',
    to: ['bad@peer.test', 'later@peer.test', '"x \\" y"@peer.test'],
    data: `From: a@sender.test\r\n${subject}\r\n\r\nhi\r\n`,
  })
  await server.until(({ failed, delivered, deferred }) => failed === 1 && delivered === 1 && deferred === 1)
  const log = readFileSync(join(server.home, 'accounts/1000/logfiles', `${dayOf(Date.now())}Processed.log`), 'utf8')
  const lines = log.trimEnd().split('\n')
  assert.equal(lines.length, 2)
  for (const line of lines) assert.equal(line.split(' ').length, 20, line)
  assert.ok(!STEERS.test(log), log)
  const { entries } = await server.call('queue.list', { selection: {}, limit: 10 })
  const id = entries[0]?.id ?? ''
  for (const args of [['events'], ['queue', 'ls'], ['queue', 'show', id], ['status'], ['log', '1000']]) {
    const text = await shown(server.home, ...args)
    assert.ok(text.length > 20 && !STEERS.test(text), `hms ${args.join(' ')}: ${JSON.stringify(text)}`)
  }
  assert.ok(!STEERS.test(server.output()))
})

test('secrets lie nowhere in the clear, and nobody else may read the home', async () => {
  await using server = await startServer()
  await server.call('route.set', { pattern: 'x.test', url: 'smtp://relay-user:R0ute-Passw0rd@127.0.0.1:9' })
  await server.call('relay.allow', { cidr: '127.0.0.1/32' })
  using client = await SmtpClient.open(server.smtpPort)
  await client.send({ from: 'a@sender.test', to: ['b@x.test'], data: 'From: a@sender.test\r\n\r\nhi\r\n' })
  await server.until(({ deferred }) => deferred === 1)
  const secrets = ['R0ute-Passw0rd', server.account.password, server.account.apiKey]
  const places = new Map<string, string>([
    ['log', server.output()],
    ['status', JSON.stringify(await server.status())],
    ['routes', JSON.stringify(await server.hms('route', 'ls'))],
    ['events', JSON.stringify(await server.hms('events'))],
  ])
  for (const which of ['launcher', 'desk', 0] as const)
    for (const file of ['environ', 'cmdline'])
      places.set(`${which} ${file}`, readFileSync(`/proc/${server.pidOf(which)}/${file}`, 'latin1'))
  assert.equal(await server.stop(), 0)
  const files = filesIn(server.home)
  assert.ok(files.length > 10)
  for (const path of [server.home, ...files]) {
    const stat = statSync(path)
    assert.equal(stat.mode & 0o077, 0, `${path} is open to others`)
    if (stat.isFile()) places.set(path, readFileSync(path, 'latin1'))
  }
  for (const [place, text] of places) for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in ${place}`)
})

test('nobody takes another address by PROXY or XCLIENT, and relays by no spelling of a recipient', async () => {
  await using server = await startServer({ config: { 'smtp.proxy_from': '192.0.2.1', 'smtp.xclient_from': '192.0.2.2' } })
  await server.call('relay.allow', { cidr: '192.0.2.0/24' })
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.command('PROXY TCP4 192.0.2.9 192.0.2.1 4321 25')).code, 500)
  assert.equal((await client.command('XCLIENT ADDR=192.0.2.9 LOGIN=first')).code, 502)
  assert.equal((await client.command('MAIL FROM:<a@sender.test>')).code, 250)
  for (const to of [
    '"a@peer.test"@mta.hms.test',
    'a%peer.test@mta.hms.test',
    '@mta.hms.test:a@peer.test',
    'a@[127.0.0.1]',
    'peer.test!a@mta.hms.test',
  ])
    assert.equal((await client.command(`RCPT TO:<${to}>`)).code, 550, to)
})
