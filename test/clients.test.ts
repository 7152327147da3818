// The clients that people use (swaks, nodemailer, Python's smtplib) hand in mail in the ways that they know, and what arrives is what
// they sent: the same octets, behind our Received.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { startPostfix } from '../bench/postfix.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer, type ReceivedMessage } from '../testkit/smtp-peer.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'hms-clients-'))
const FIELDS = [
  'From: a@sender.test',
  'To: b@peer.test',
  'Subject: test',
  'Date: Sun, 22 Nov 2026 07:00:00 +0000',
  'Message-ID: <1@sender.test>',
]
const LETTER = `${FIELDS.join('\r\n')}\r\n\r\n.leading dot\r\n..two\r\n\r\n. \r\nend\r\n`
const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let server: TestServer

before(async () => {
  peer = opened.use(await SmtpPeer.start())
  server = opened.use(await startServer({ config: { 'smtps.listen': '127.0.0.1:0' } }))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
})
after(async () => {
  await opened.disposeAsync()
  rmSync(folder, { recursive: true, force: true })
})

function swaks(to: string, ...words: readonly string[]): Promise<{ stdout: string }> {
  const usual = ['--from', 'a@sender.test', '--to', to, '--timeout', '20']
  return run('swaks', ['--server', `127.0.0.1:${server.smtpPort}`, ...usual, ...words], { maxBuffer: 64 * 1024 * 1024 })
}
/** `--data` of swaks, which ends the message with a CRLF of its own. */
function dataFile(octets: Buffer | string): string[] {
  const path = join(folder, randomBytes(6).toString('hex'))
  writeFileSync(path, Buffer.from(octets).subarray(0, -2))
  return ['--data', path]
}
function login(mechanism: string, password = server.account.password): string[] {
  return ['--auth', mechanism, '--auth-user', server.account.user, '--auth-password', password]
}

async function arrived(recipient: string): Promise<ReceivedMessage> {
  const find = (): ReceivedMessage | undefined => peer.messages.find(({ recipients }) => recipients.includes(recipient))
  await peer.until(() => find() !== undefined)
  return find() as ReceivedMessage
}

/** Asserts that `sent` arrived behind a Received field of ours and nothing else. */
function assertSame(received: Buffer, sent: Buffer, protocol: string): void {
  const before = received.subarray(0, received.length - sent.length).toString('latin1')
  assert.match(
    before,
    new RegExp(`^Received: from [^\\r]*\\r\\n\\tby mta\\.hms\\.test with ${protocol} id \\w{16}\\r\\n(\\t[^\\r]*\\r\\n)+$`),
  )
  assert.ok(received.subarray(before.length).equals(sent), 'the octets are those that were sent')
}

test('swaks: PLAIN and LOGIN after STARTTLS, TLS from the first octet, pipelining', async () => {
  await swaks('plain@peer.test', '--tls', ...login('PLAIN'), ...dataFile(LETTER))
  assertSame((await arrived('plain@peer.test')).data, Buffer.from(LETTER), 'ESMTPSA')
  await swaks('login@peer.test', '--tls', ...login('LOGIN'), ...dataFile(LETTER), '--pipeline')
  assertSame((await arrived('login@peer.test')).data, Buffer.from(LETTER), 'ESMTPSA')
  const implicit = `127.0.0.1:${server.portOf('smtps.listen')}`
  await swaks('implicit@peer.test', '--server', implicit, '--tls-on-connect', ...login('PLAIN'), ...dataFile(LETTER))
  assertSame((await arrived('implicit@peer.test')).data, Buffer.from(LETTER), 'ESMTPSA')
  await server.outcome('implicit@peer.test')
  const { events } = await server.call('events.find', { recipient: 'implicit@peer.test', kinds: ['accepted'], limit: 1 })
  const [accepted] = events
  assert.ok(accepted?.kind === 'accepted')
  assert.deepEqual([accepted.account, accepted.user], [server.account.id, server.account.user])
})

test('swaks: 8-bit and UTF-8 text and a big attachment', async () => {
  const eightBit = Buffer.concat([Buffer.from(LETTER), Buffer.from('gr\xfc\xdfe \x80\xff\r\n', 'latin1'), Buffer.from('日本語 ✉\r\n')])
  await swaks('eight@peer.test', '--tls', ...login('PLAIN'), ...dataFile(eightBit))
  const eight = await arrived('eight@peer.test')
  assertSame(eight.data, eightBit, 'ESMTPSA')
  assert.match(eight.mailLine, /BODY=8BITMIME/, 'the next server is told of the 8-bit octets')
  const attachment = randomBytes(4 * 1024 * 1024)
  writeFileSync(join(folder, 'attachment'), attachment)
  await swaks('big@peer.test', '--tls', ...login('PLAIN'), '--attach', `@${join(folder, 'attachment')}`, '--suppress-data')
  const text = (await arrived('big@peer.test')).data.toString('latin1')
  const [, encoded = ''] = /Content-Transfer-Encoding: BASE64\r\n\r\n([\w+/=\r\n]+)\r\n--/i.exec(text) ?? []
  assert.ok(Buffer.from(encoded, 'base64').equals(attachment), 'the attachment is the one that was sent')
})

test('swaks: no relaying without a login, no password without TLS, nothing for a wrong one', async () => {
  const exits = async (sent: Promise<unknown>): Promise<{ code: number; stdout: string }> =>
    sent.then(
      () => ({ code: 0, stdout: '' }),
      (error: { code: number; stdout: string }) => error,
    )
  const stranger = await exits(swaks('stranger@peer.test'))
  assert.equal(stranger.code, 24, 'all recipients refused')
  assert.match(stranger.stdout, /<\*\* 5\d\d 5\.7\.\d /)
  const clear = await exits(swaks('clear@peer.test', ...login('PLAIN')))
  assert.equal(clear.code, 28, 'AUTH PLAIN is not offered in the clear')
  const wrong = await exits(swaks('wrong@peer.test', '--tls', ...login('PLAIN', 'mistaken')))
  assert.equal(wrong.code, 28)
  assert.match(wrong.stdout, /535 5\.7\.8 /)
  const { events } = await server.call('events.find', { limit: 100 })
  assert.ok(events.every(({ recipient }) => !/stranger|clear|wrong/.test(recipient)))
})

test('nodemailer: a pool over STARTTLS, implicit TLS, DSN options, attachments, 5 MB', async () => {
  const auth = { user: server.account.user, pass: server.account.password }
  const tls = { rejectUnauthorized: false }
  const pool = createTransport({ pool: true, maxConnections: 2, host: '127.0.0.1', port: server.smtpPort, requireTLS: true, tls, auth })
  const raw = Buffer.concat([Buffer.from(LETTER), Buffer.from(`${'y'.repeat(76)}\r\n`.repeat(65_000))])
  const sends = Array.from({ length: 10 }, (_, i) =>
    pool.sendMail({ envelope: { from: 'a@sender.test', to: `pool-${i}@peer.test` }, raw: i === 0 ? raw : LETTER }),
  )
  await Promise.all(sends)
  pool.close()
  assertSame((await arrived('pool-0@peer.test')).data, raw, 'ESMTPSA')
  for (let i = 1; i < 10; i++) assertSame((await arrived(`pool-${i}@peer.test`)).data, Buffer.from(LETTER), 'ESMTPSA')
  const single = createTransport({ host: '127.0.0.1', port: server.portOf('smtps.listen'), secure: true, tls, auth })
  await single.sendMail({
    from: 'Jörg <a@sender.test>',
    to: 'dsn@peer.test',
    bcc: 'hidden@peer.test',
    subject: 'grüße',
    text: '.\nend',
    attachments: [{ filename: 'ü.bin', content: randomBytes(100_000) }],
    headers: { 'X-xsMessageId': 'my-7', 'X-xsMailingId': 'spring' },
    dsn: { id: 'env+id', return: 'headers', notify: ['failure', 'delay'], recipient: 'original@peer.test' },
  })
  single.close()
  const dsn = await arrived('dsn@peer.test')
  assert.match(dsn.mailLine, / RET=HDRS\b/)
  assert.match(dsn.mailLine, / ENVID=env\+2Bid\b/)
  assert.match(dsn.rcptLines[0] ?? '', / NOTIFY=(FAILURE,DELAY|DELAY,FAILURE) ORCPT=rfc822;original@peer\.test/)
  const header = dsn.data.subarray(0, dsn.data.indexOf('\r\n\r\n')).toString('latin1')
  assert.doesNotMatch(header, /^(x-xs|bcc)/im)
  assert.ok((await arrived('hidden@peer.test')).data.equals(dsn.data))
  await server.outcome('dsn@peer.test')
  const { events } = await server.call('events.find', { mailing: 'spring', kinds: ['accepted'], limit: 5 })
  assert.deepEqual(
    events.map(({ clientId }) => clientId),
    ['my-7'],
  )
})

const PYTHON = `
import smtplib, ssl, sys
from email.message import EmailMessage
port, user, password, raw = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4].encode()
with smtplib.SMTP('127.0.0.1', port) as smtp:
    smtp.starttls(context=ssl._create_unverified_context())
    smtp.login(user, password)
    smtp.sendmail('a@sender.test', ['python@peer.test'], raw)
    message = EmailMessage()
    message['From'], message['To'], message['Subject'] = 'jörg@sender.test', 'grüße@peer.test', 'Ünïcode'
    message.set_content('日本語\\n.\\n')
    smtp.send_message(message)
    message = EmailMessage()
    message['From'], message['To'], message['Bcc'], message['Subject'] = 'a@sender.test', 'c@peer.test', 'd@peer.test', 'x' * 300
    message.set_content('long ' * 500)
    message.add_attachment(bytes(range(256)) * 1000, maintype='application', subtype='octet-stream', filename='a.bin')
    print(smtp.send_message(message))
`

test('smtplib: starttls, login by its own choice, send_message, SMTPUTF8', async () => {
  const { user, password } = server.account
  const { stdout } = await run('/usr/bin/python3', ['-c', PYTHON, String(server.smtpPort), user, password, LETTER])
  assert.equal(stdout.trim(), '{}', 'no recipient was refused')
  assertSame((await arrived('python@peer.test')).data, Buffer.from(LETTER), 'ESMTPSA')
  const utf8 = await arrived('grüße@peer.test')
  assert.match(utf8.mailLine, /^MAIL FROM:<jörg@sender\.test>.* SMTPUTF8\b/)
  assert.match(utf8.data.toString(), /^Received: [^;]* with UTF8SMTPSA id [^]*^Subject: Ünïcode\r$/m)
  assert.deepEqual((await arrived('d@peer.test')).recipients.toSorted(), ['c@peer.test', 'd@peer.test'])
})

test('an address that may relay sends without a login, as account 1000', async () => {
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await swaks('allowed@peer.test', ...dataFile(LETTER))
  assertSame((await arrived('allowed@peer.test')).data, Buffer.from(LETTER), 'ESMTP')
  await server.outcome('allowed@peer.test')
  const { events } = await server.call('events.find', { recipient: 'allowed@peer.test', kinds: ['accepted'], limit: 1 })
  assert.deepEqual([events[0]?.account, events[0]?.kind === 'accepted' ? events[0].user : ''], [1000, null])
})

test('a Postfix takes it and hands on the same octets', { skip: process.getuid?.() !== 0 && 'Postfix needs root' }, async () => {
  await using beyond = await SmtpPeer.start()
  await using postfix = await startPostfix(folder, beyond.port)
  await server.call('route.set', { pattern: 'postfix.test', url: `smtp://127.0.0.1:${postfix.port}` })
  const letter = Buffer.concat([Buffer.from(LETTER), Buffer.from('gr\xfc\xdfe\r\n', 'latin1')])
  for (const name of ['one', 'two', 'three']) {
    await swaks(`${name}@postfix.test`, ...dataFile(letter), '--tls', ...login('PLAIN'))
  }
  for (const message of await beyond.waitForMessages(3)) assert.ok(message.data.subarray(-letter.length).equals(letter))
})
