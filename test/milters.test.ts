// Milters on a running server: real ones of Debian's packages sign, verify, change and refuse mail from SMTP, HTTP and pickup; what is set by
// `hms milter` counts at once; one that dies raises an alarm, and mail does as the owner says.
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import type { MilterTrial, MilterView } from '../src/contract/milters.ts'
import { inject } from '../testkit/injecting.ts'
import { MilterPeer } from '../testkit/milter-peer.ts'
import { pkt } from '../testkit/milter-packets.ts'
import { until } from '../testkit/patience.ts'
import { openDkim, pythonMilter, type SigningKey } from '../testkit/real-milters.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let server: TestServer
let folder: string

before(async () => {
  folder = opened.use(temporaryFolder()).path
  peer = opened.use(await SmtpPeer.start())
  server = opened.use(await startServer({ workers: 2, config: { 'pickup.rest': '20ms', 'smtp.plain_auth': 'true' } }))
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
})
after(() => opened.disposeAsync())
afterEach(async () => {
  for (const { name } of await server.call('milter.list', {})) await server.call('milter.remove', { name })
})

async function submit(to: string, data: string, login = false): Promise<{ code: number; text: string }> {
  using client = await SmtpClient.open(server.smtpPort)
  if (login) {
    const { user, password } = server.account
    const said = await client.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)
    assert.equal(said.code, 235, said.text)
  }
  const answer = await client.send({ from: 'a@author.test', to: [to], data })
  await client.command('QUIT')
  return answer
}

async function arrived(recipient: string): Promise<string> {
  await peer.until(() => peer.messages.some(({ recipients }) => recipients.includes(recipient)))
  return peer.messages.find(({ recipients }) => recipients.includes(recipient))?.data.toString('latin1') ?? ''
}

async function signatures(message: string, { domain, selector, record }: SigningKey): Promise<readonly string[]> {
  const resolver = (name: string): Promise<string[][]> =>
    name === `${selector}._domainkey.${domain}`
      ? Promise.resolve([[record]])
      : Promise.reject(Object.assign(new Error('no record'), { code: 'ENOTFOUND' }))
  const { results } = await dkimVerify(Buffer.from(message, 'latin1'), { resolver })
  return results.flatMap(({ signingDomain, status }) => (signingDomain === undefined ? [] : [`${signingDomain}: ${status.result}`]))
}

const view = async (name: string): Promise<MilterView | undefined> =>
  (await server.call('milter.list', {})).find((one) => one.name === name)

test('OpenDKIM signs what is stored, and verifies what it gets, octet for octet', async () => {
  await using milter = await openDkim(folder, 'author.test')
  await server.hms('milter', 'set', 'opendkim', milter.address, '--sees', 'submission,inbound,injection')
  const odd =
    'From: a@author.test\r\nX-xsMailingId: spring\r\nBcc: hidden@peer.test\r\nTo:  odd   <b@peer.test>\r\nSubject: =?utf-8?q?f=C3=BCr?=\r\n  folded\t\r\n\r\n.dot \r\n\r\n\ttext  \r\n\r\n\r\n'
  // Who logged in is signed for; who did not is verified.
  assert.equal((await submit('signed@peer.test', odd, true)).code, 250)
  const signed = await arrived('signed@peer.test')
  assert.match(signed, /^Received: [\s\S]+?\r\nDKIM-Signature: /)
  assert.doesNotMatch(signed, /Bcc|X-xsMailingId/)
  assert.deepEqual(await signatures(signed, milter.key), ['author.test: pass'], signed)
  // The same comes back from somewhere else, and the milter itself says that nothing of it was changed.
  const foreign = signed.replace(/^Received:.*(?:\r\n[ \t].*)*\r\n/, '')
  assert.equal((await submit('verified@peer.test', foreign)).code, 250)
  const verified = await arrived('verified@peer.test')
  assert.match(verified, /Authentication-Results: verifier\.test;\s+dkim=pass/)
  assert.deepEqual(await signatures(verified, milter.key), ['author.test: pass'])
  await submit('broken@peer.test', foreign.replace('text', 'test'))
  assert.match(await arrived('broken@peer.test'), /dkim=fail/)
  // By HTTP and from a file it is mail of this machine, or of who has the key.
  const called = await inject(server, '/v1/messages', { from: 'a@author.test', to: ['http@peer.test'], subject: 'by HTTP', text: 'Hello.' })
  assert.equal(called.status < 300, true, called.text)
  assert.deepEqual(await signatures(await arrived('http@peer.test'), milter.key), ['author.test: pass'])
  const milters = await server.hms<readonly MilterView[]>('milter', 'ls')
  assert.deepEqual(
    milters.map(({ name, seen }) => [name, seen?.counts.messages, seen?.counts.changed, seen?.state]),
    [['opendkim', 4, 4, 'well']],
  )
})

test('a milter on libmilter changes, refuses, holds and drops mail, and is told who the client is', async () => {
  await using milter = await pythonMilter(folder)
  // The slow one takes longer in all, and says in between that it is at work: far shorter, and a busy machine would be taken for a silent milter.
  await server.hms('milter', 'set', 'python', milter.address, '--end-timeout', '6s')
  const text = 'From: a@author.test\r\nSubject: as it came\r\n\r\nbody\r\n'
  const seen = /^X-Seen: Message-ID,Date,From,Subject 6 \w{16}\r$/m
  assert.equal((await submit('plain@example.test', text)).code, 250)
  assert.match(await arrived('plain@example.test'), seen)
  assert.match(await arrived('plain@example.test'), /^X-Client: 127\.0\.0\.1 None\r$/m)
  await submit('login@example.test', text, true)
  assert.match(await arrived('login@example.test'), new RegExp(`^X-Client: 127\\.0\\.0\\.1 ${server.account.user}\\r$`, 'm'))
  assert.equal((await submit('change@example.test', text)).code, 250)
  const changed = await arrived('more@example.test')
  assert.match(changed, /X-Top: first\r\n[\s\S]*Subject: changed\r\n\tand folded\r\n[\s\S]*\r\n\r\nanother body\r\n$/)
  assert.equal(peer.messages.find(({ recipients }) => recipients.includes('more@example.test'))?.sender, 'changed@example.test')
  assert.equal(
    peer.messages.some(({ recipients }) => recipients.includes('change@example.test')),
    false,
  )
  assert.equal((await submit('slow@example.test', text)).code, 250, 'it said that it is at work')
  assert.deepEqual(await submit('nobody@example.test', text), { code: 550, text: '5.1.1 Nobody, 100% sure' })
  assert.equal((await submit('later@example.test', text)).code, 451)
  assert.equal((await submit('drop@example.test', text)).code, 250)
  assert.equal((await submit('hold@example.test', text)).code, 250)
  const held = await server.call('queue.list', { selection: { recipient: 'hold@example.test' }, limit: 10 })
  assert.equal(JSON.stringify(held).includes('for a look'), true, JSON.stringify(held))
  assert.equal((await submit('large@example.test', text + `${'0123456789'.repeat(7)}\r\n`.repeat(9000))).code, 250)
  assert.match(await arrived('large@example.test'), /^X-Seen: Message-ID,Date,From,Subject 648006 /m)
  await server.hms('milter', 'off', 'python')
  await submit('off@example.test', text)
  assert.doesNotMatch(await arrived('off@example.test'), /X-Seen/)
})

test('files that are picked up go by milters that see what is handed in, without a session', async () => {
  await using milter = await MilterPeer.start(({ letter }) => (letter === 'E' ? [pkt('h', 'X-Milter\0yes\0'), pkt('c')] : undefined))
  await server.hms('milter', 'set', 'files', milter.address, '--sees', 'injection')
  const { folder: pickup } = await server.hms<{ folder: string }>('account', 'pickup', String(server.account.id), '--on')
  const text = 'X-Sender: <a@author.test>\nX-Receiver: <file@peer.test>\nFrom: a@author.test\nSubject: a file\n\nHello.\n'
  writeFileSync(join(pickup, 'one.tmp'), text)
  renameSync(join(pickup, 'one.tmp'), join(pickup, 'one.eml'))
  assert.match(await arrived('file@peer.test'), /^X-Milter: yes\r$/m)
  assert.equal(milter.told('C')[0]?.split('\0')[0], 'localhost')
  const before = milter.letters
  await submit('session@peer.test', 'From: a@author.test\r\n\r\nx')
  await arrived('session@peer.test')
  assert.equal(milter.letters, before, 'sessions are none of it')
  milter.script = ({ letter }) => (letter === 'M' ? [pkt('r')] : undefined)
  const called = await inject(server, '/v1/messages', { from: 'a@author.test', to: ['no@peer.test'], subject: 'x', text: 'x' })
  assert.equal(called.status >= 400, true, called.text)
})

test('a trial shows what a milter says to each step and would change; what is set wrong is told', async () => {
  await using milter = await pythonMilter(folder)
  await server.hms('milter', 'set', 'tried', milter.address, '--sees', 'inbound')
  const shown = await server.run('milter', 'test', 'tried', '--to', 'change@example.test')
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /version 6 of the protocol, and may addHeader/)
  assert.match(shown.stdout, /rcpt +continue[\s\S]*end +accept/)
  assert.match(shown.stdout, /set 1 Subject: changed/)
  assert.match(shown.stdout, /another body of 14 octets/)
  const refused = await server.hms<MilterTrial>('milter', 'test', 'tried', '--to', 'nobody@example.test')
  assert.deepEqual([refused.outcome, refused.words], ['rejected', '550 5.1.1 Nobody, 100% sure'])
  await server.hms('milter', 'set', 'away', 'inet:127.0.0.1:9', '--sees', 'inbound')
  const away = await server.run('milter', 'test', 'away')
  assert.equal(away.code, 1)
  assert.match(away.stdout, /failed: The milter failed: connect ECONNREFUSED/)
  for (const args of [['Bad name', 'inet:1.2.3.4:5'], ['new'], ['x', 'somewhere'], ['x', 'inet:host:99999'], ['x', 'unix:relative']])
    assert.notEqual((await server.run('milter', 'set', ...args)).code, 0, args.join(' '))
  assert.notEqual((await server.run('milter', 'test', 'nothing')).code, 0)
})

test('a milter that dies raises an alarm, costs no waits, and is found again by itself; metrics tell of it', async () => {
  await using milter = await MilterPeer.start()
  await server.hms('milter', 'set', 'mortal', milter.address, '--on-failure', 'accept')
  await server.hms('alarms', 'set', 'milter-failing', '--threshold', '1s')
  assert.equal((await submit('before@peer.test', 'From: a@author.test\r\n\r\nx')).code, 250)
  const port = await milter.gone()
  for (let n = 0; n < 5; n++) assert.equal((await submit(`without-${n}@peer.test`, 'From: a@author.test\r\n\r\nx')).code, 250)
  await server.until(({ alarms }) => alarms.some(({ name, subject }) => name === 'milter-failing' && subject === 'mortal'))
  const failing = await view('mortal')
  assert.match(failing?.seen?.failure ?? '', /ECONNREFUSED|closed/)
  await until(async () => /hms_milter_failing\{milter="mortal"\} 1/.test((await server.get('/metrics')).body), 'metrics tell of it')
  await milter.back(port)
  await until(async () => (await view('mortal'))?.seen?.failure === undefined, 'it is found again')
  assert.equal((await submit('again@peer.test', 'From: a@author.test\r\n\r\nx')).code, 250)
  const accepted = /hms_milter_messages_total\{milter="mortal",verdict="accepted"\} 2/
  await until(async () => accepted.test((await server.get('/metrics')).body), 'metrics tell of both messages')
})
