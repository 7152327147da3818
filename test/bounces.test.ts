// Bounces as their readers get them, over the real server: to whom they go, what they hold, and when there are none. And the edits of a
// header on its way through: what is added, what is taken out, and where the caller's ids are found again.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { dayOf } from '../src/services/logs/log-batch.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer, type ReceivedMessage } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let server: TestServer

before(async () => {
  const rcpt = (line: string): string | undefined => (line.includes('@gone.test') ? '550 5.1.1 No such user here' : undefined)
  peer = opened.use(await SmtpPeer.start({ on: { rcpt } }))
  server = opened.use(await startServer())
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  for (const domain of ['verified.test', 'unverified.test']) await server.hms('domain', 'add', domain, '1000')
  await server.hms('domain', 'verify', 'verified.test', '--force')
  await server.hms('account', 'set', '1000', '--bounce-mail', 'on')
  await server.settled()
})
after(() => opened.disposeAsync())

interface Submission {
  readonly from: string
  readonly to: string
  readonly data?: string
  /** Parameters of MAIL and RCPT. */
  readonly mail?: string
  readonly rcpt?: string
}

const LETTER = 'From: a@verified.test\r\nTo: b@gone.test\r\nSubject: the original\r\n\r\nits body\r\n'

async function submit({ from, to, data = LETTER, mail = '', rcpt = '' }: Submission): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.command(`MAIL FROM:<${from}>${mail}`)).code, 250)
  assert.equal((await client.command(`RCPT TO:<${to}>${rcpt}`)).code, 250)
  assert.equal((await client.command('DATA')).code, 354)
  client.write(`${data}.\r\n`)
  const final = await client.reply()
  assert.equal(final.code, 250, final.text)
}

async function arrived(recipient: string): Promise<ReceivedMessage> {
  const find = (): ReceivedMessage | undefined => peer.messages.find(({ recipients }) => recipients.includes(recipient))
  await peer.until(() => find() !== undefined)
  return find() as ReceivedMessage
}

/** The bounces so far. Once a later message came through, an earlier bounce would have. */
function bounces(): readonly string[] {
  return peer.messages.filter(({ sender }) => sender === '').flatMap(({ recipients }) => recipients)
}

test('a failure is mailed to a sender of a verified domain, in the form of RFC 3464, with the whole original', async () => {
  await submit({
    from: 'bob@verified.test',
    to: 'one@gone.test',
    mail: ' RET=FULL ENVID=QQ+2B7',
    rcpt: ' ORCPT=rfc822;first+2Blast@gone.test',
  })
  const { sender, data } = await arrived('bob@verified.test')
  assert.equal(sender, '')
  const text = data.toString('latin1')
  const [, boundary = ''] = /^Content-Type: multipart\/report; report-type=delivery-status;\s+boundary="?([^"\r]+)/im.exec(text) ?? []
  assert.ok(boundary, text)
  const [, human = '', report = '', original = '', end] = text.split(`--${boundary}`)
  assert.match(human, /one@gone\.test/)
  assert.match(human, /550 5\.1\.1 No such user here/)
  assert.match(report, /^Content-Type: message\/delivery-status/im)
  assert.match(report, /^Reporting-MTA: dns; ?mta\.hms\.test\r$/im)
  assert.match(report, /^Original-Envelope-Id: QQ\+7\r$/im)
  assert.match(report, /^Original-Recipient: rfc822; ?first\+last@gone\.test\r$/im)
  assert.match(report, /^Final-Recipient: rfc822; ?one@gone\.test\r$/im)
  assert.match(report, /^Action: failed\r$/im)
  assert.match(report, /^Status: 5\.1\.1\r$/im)
  assert.match(report, /^Diagnostic-Code: smtp; ?550 5\.1\.1 No such user here\r$/im)
  assert.match(original, /^Content-Type: message\/rfc822\r$/im)
  assert.match(original, /^Subject: the original\r\n[^]*its body\r\n/m)
  assert.match(end ?? '', /^--\r\n/)
  assert.match(text, /^Auto-Submitted: auto-replied\r$/im)
})

test('RET=HDRS returns the header alone', async () => {
  await submit({ from: 'hdrs@verified.test', to: 'two@gone.test', mail: ' RET=HDRS' })
  const text = (await arrived('hdrs@verified.test')).data.toString('latin1')
  assert.match(text, /^Content-Type: text\/rfc822-headers\r$/im)
  assert.match(text, /^Subject: the original\r$/m)
  assert.doesNotMatch(text, /its body/)
})

test('no bounce: an unverified domain, NOTIFY=NEVER, the empty sender, an account that wants none', async () => {
  const none = [
    { from: 'x@unverified.test', to: 'n1@gone.test' },
    { from: 'x@unknown.test', to: 'n2@gone.test' },
    { from: 'never@verified.test', to: 'n3@gone.test', rcpt: ' NOTIFY=NEVER' },
    { from: 'delay@verified.test', to: 'n4@gone.test', rcpt: ' NOTIFY=DELAY,SUCCESS' },
    { from: '', to: 'n5@gone.test' },
  ]
  for (const submission of none) {
    await submit(submission)
    assert.equal((await server.outcome(submission.to)).kind, 'failed', submission.to)
  }
  await submit({ from: 'last@verified.test', to: 'n6@gone.test' })
  await arrived('last@verified.test')
  await server.hms('account', 'set', '1000', '--bounce-mail', 'off')
  await server.settled()
  await submit({ from: 'off@verified.test', to: 'n7@gone.test' })
  assert.equal((await server.outcome('n7@gone.test')).kind, 'failed')
  await server.until(({ queued }) => queued === 0)
  assert.deepEqual(bounces().toSorted(), ['bob@verified.test', 'hdrs@verified.test', 'last@verified.test'])
})

test('a message that lacks Date and Message-ID gets them; Bcc and X-xs fields go, their ids are in events and the log', async () => {
  const fields = [
    'From: a@verified.test',
    'bcc: hidden@here.test,',
    '\tsecond@here.test',
    'X-XSMessageID: order-77',
    'x-xsMailingId: autumn',
  ]
  await submit({
    from: 'a@verified.test',
    to: 'c@here.test',
    data: `${fields.join('\r\n')}\r\nSubject: bare\r\n\r\nX-xsMessageId: in the body\r\n`,
  })
  const text = (await arrived('c@here.test')).data.toString('latin1')
  const [header = '', body] = text.split('\r\n\r\n')
  assert.match(header, /^Date: \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r$/m)
  assert.match(header, /^Message-ID: <\w{16}@mta\.hms\.test>\r$/m)
  assert.doesNotMatch(header, /bcc|hidden|second@|x-xs/i)
  assert.ok(header.endsWith('\r\nFrom: a@verified.test\r\nSubject: bare'))
  assert.equal(body, 'X-xsMessageId: in the body\r\n')
  await server.outcome('c@here.test')
  const { events } = await server.call('events.find', { mailing: 'autumn', limit: 5 })
  assert.deepEqual(
    events.map(({ kind, clientId }) => `${kind} ${clientId}`),
    ['delivered order-77', 'accepted order-77'],
  )
  const path = join(server.home, 'accounts/1000/logfiles', `${dayOf(Date.now())}Processed.log`)
  const line = /^\S+ \S+ Sent 1000 order-77 autumn c@here\.test a@verified\.test .*$/m
  await until(
    () => line.test(readFileSync(path, 'latin1')),
    () => readFileSync(path, 'latin1'),
  )
})

test('lines of more than 998 octets are encoded anew, and say the same', async () => {
  const long = `long ${'é word = '.repeat(400)}end`
  const mime = ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']
  const data = `From: a@verified.test\r\n${mime.join('\r\n')}\r\n\r\n${Buffer.from(long).toString('latin1')}\r\n.. dots\r\n`
  using client = await SmtpClient.open(server.smtpPort)
  const answer = await client.send({ from: 'a@verified.test', to: ['long@here.test'], data: Buffer.from(data, 'latin1') })
  assert.equal(answer.code, 250, answer.text)
  const text = (await arrived('long@here.test')).data.toString('latin1')
  assert.ok(text.split('\r\n').every((line) => line.length <= 998))
  const [header = '', body = ''] = text.split('\r\n\r\n')
  const encoding = /^Content-Transfer-Encoding: (\S+)\r$/m.exec(`${header}\r\n`)?.[1]?.toLowerCase()
  const plain =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(
          body.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        )
  assert.ok(encoding === 'base64' || encoding === 'quoted-printable', header)
  assert.equal(plain.toString('utf8'), `${long}\r\n.. dots\r\n`)
})
