// Mail for the installation's own domains, over the real server: who may send what there, what is told of it, what becomes of people's mail.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { after, before, test } from 'node:test'
import type { NumberedEvent } from '../src/contract/events.ts'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { createTransport } from 'nodemailer'
import { dayOf } from '../src/services/logs/log-batch.ts'
import { until } from '../testkit/patience.ts'
import { bounceMessage, complaintMessage } from '../testkit/report-samples.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
let peer: SmtpPeer
let server: TestServer

before(async () => {
  peer = opened.use(await SmtpPeer.start())
  const record = `v=DKIM1; k=rsa; p=${KEYS.publicKey.toString('base64')}`
  const dns = opened.use(await DnsServer.start({ 's1._domainkey.fbl.test': { TXT: [record] } }))
  server = opened.use(await startServer({ config: { 'inbound.message_size': '512KiB', 'dns.servers': dns.address } }))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.hms('inbound', 'add', 'bounce.test', '--account', '1001', '--forward', 'owner@example.test', '--local-part', 'support')
  await server.hms('inbound', 'add', 'kept.test')
})
after(() => opened.disposeAsync())

async function signatureOf(message: string, signingDomain: string): Promise<string> {
  const key = { signingDomain, selector: 's1', privateKey: KEYS.privateKey }
  const how = { canonicalization: 'simple/simple', algorithm: 'rsa-sha256', signatureData: [key], ...key }
  return (await dkimSign(message, how)).signatures
}

async function send(to: string, data: string, from = ''): Promise<{ code: number; text: string }> {
  using client = await SmtpClient.open(server.smtpPort)
  return await client.send({ from, to: [to], data })
}

async function told(kind: NumberedEvent['kind'], matches: (event: NumberedEvent) => boolean): Promise<NumberedEvent> {
  return await until(async () => (await server.call('events.find', { kinds: [kind], limit: 100 })).events.find(matches), kind)
}

test('strangers may send to listed mailboxes of own domains, and nowhere else', async () => {
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.command('MAIL FROM:<>')).code, 250)
  for (const local of ['postmaster', 'Abuse', 'bounces', 'fbl', 'unsubscribe', 'SUPPORT'])
    assert.equal((await client.command(`RCPT TO:<${local}@bounce.test>`)).code, 250, local)
  const unknown = await client.command('RCPT TO:<somebody@bounce.test>')
  assert.match(unknown.text, /^5\.1\.1 There is no mailbox somebody@bounce\.test here\./)
  assert.equal((await client.command('RCPT TO:<support@kept.test>')).code, 550)
  assert.equal((await client.command('RCPT TO:<Postmaster>')).code, 550)
  await server.hms('inbound', 'add', 'mta.hms.test')
  assert.equal((await client.command('RCPT TO:<Postmaster>')).code, 250)
  assert.match((await client.command('RCPT TO:<a@elsewhere.test>')).text, /^5\.7\.1 Relaying denied/)
})

test('a bounce without a token is told as unproved, once a day, with a line in the log; it is no mail that was sent', async () => {
  assert.equal((await send('bounces@bounce.test', bounceMessage('gone@example.net'))).code, 250)
  const event = await told('bounced', (one) => one.kind === 'bounced' && one.recipient === 'gone@example.net')
  assert.ok(event.kind === 'bounced')
  assert.deepEqual(
    [event.account, event.category, event.failureCode, event.status, event.proved, event.reporter],
    [1001, 'Hard', 2001, '5.1.1', false, 'mx.example.net'],
  )
  assert.match(event.response, /User unknown/)
  assert.match(event.authentication ?? '', /^spf=\w+ smtp\.mailfrom=postmaster@client\.test; dkim=none; dmarc=\w+/)
  assert.equal((await send('bounces@bounce.test', bounceMessage('gone@example.net'))).code, 250)
  assert.equal((await send('bounces@bounce.test', bounceMessage('other@example.net'))).code, 250)
  await told('bounced', (one) => one.kind === 'bounced' && one.recipient === 'other@example.net')
  const all = (await server.call('events.find', { kinds: ['bounced'], limit: 100 })).events
  assert.equal(all.filter((one) => one.kind === 'bounced' && one.recipient === 'gone@example.net').length, 1)
  const folder = join(server.home, 'accounts', '1001', 'logfiles')
  const log = readFileSync(join(folder, `${dayOf(event.at)}BounceProcessed.log`), 'utf8')
  const fields =
    log
      .split('\n')
      .find((line) => line.includes('gone@example.net'))
      ?.split(' ') ?? []
  assert.deepEqual(
    [fields[2], fields[6], fields[7], fields[10], fields[13]],
    ['Undeliverable', 'gone@example.net', 'Hard', 'unproved', '2001'],
  )
  assert.equal(existsSync(join(folder, `${dayOf(event.at)}Processed.log`)), false)
})

test('people who write are sent on to the owner, as they wrote, from <> and with what was proved; never twice round', async () => {
  const letter =
    'From: Ann <ann@people.test>\r\nTo: postmaster@bounce.test\r\nSubject: a question\r\nX-xsPool: none\r\n\r\nAre you there?\r\n'
  assert.equal((await send('postmaster@bounce.test', letter, 'ann@people.test')).code, 250)
  await peer.until(() => peer.messages.some(({ recipients }) => recipients.includes('owner@example.test')))
  const message = peer.messages.find(({ recipients }) => recipients.includes('owner@example.test'))
  assert.equal(message?.sender, '')
  const text = message?.data.toString('latin1') ?? ''
  assert.match(text, /^Authentication-Results: mta\.hms\.test;\r\n\tspf=/)
  assert.match(text, /^X-HMS-Forwarded: bounce\.test\r$/m)
  assert.ok(text.endsWith(letter), text)
  assert.equal((await send('postmaster@bounce.test', text, 'ann@people.test')).code, 250)
  const held = await told('held', (one) => one.kind === 'held' && one.recipient === 'postmaster@bounce.test')
  assert.ok(held.kind === 'held')
  assert.equal(held.reason, 'It was sent on from here before: it would go round.')
})

test('who asks to be taken off, and nothing proves who he is, is told of and sent on: nobody else can heed him', async () => {
  const letter = 'From: Joan <joan@people.test>\r\nTo: abuse@bounce.test\r\nSubject: unsubscribe\r\n\r\nunsubscribe\r\n'
  assert.equal((await send('abuse@bounce.test', letter, 'joan@people.test')).code, 250)
  const event = await told('bounced', (one) => one.kind === 'bounced' && one.recipient === 'joan@people.test')
  assert.deepEqual(event.kind === 'bounced' && [event.category, event.proved], ['Unsubscribe', false])
  await peer.until(() => peer.messages.some(({ recipients, data }) => recipients.includes('owner@example.test') && data.includes('joan@')))
})

test('a user who logs in reaches own domains as everybody else, with others in the same message', async () => {
  const { user, password } = server.account
  const transport = createTransport({
    host: '127.0.0.1',
    port: server.smtpPort,
    auth: { user, pass: password },
    tls: { rejectUnauthorized: false },
  })
  const letter = { from: 'app@sender.test', subject: 'both', text: 'for both of you' }
  await transport.sendMail({ ...letter, to: ['postmaster@bounce.test', 'friend@example.test'] })
  await assert.rejects(transport.sendMail({ ...letter, to: 'nobody@bounce.test' }), /5\.1\.1 There is no mailbox/)
  transport.close()
  const isThere = (recipient: string): boolean =>
    peer.messages.some(({ recipients, data }) => recipients.includes(recipient) && data.includes('for both of you'))
  await peer.until(() => isThere('owner@example.test') && isThere('friend@example.test'))
})

test("people's mail is kept where no mailbox is set, and says so", async () => {
  assert.equal(
    (await send('abuse@kept.test', 'From: a@people.test\r\nSubject: spam\r\n\r\nyou sent me this\r\n', 'a@people.test')).code,
    250,
  )
  const held = await told('held', (one) => one.kind === 'held' && one.recipient === 'abuse@kept.test')
  assert.ok(held.kind === 'held')
  assert.match(held.reason, /no mailbox is set: hms inbound add kept\.test --forward ADDRESS/)
})

test('what is larger than strangers may send is refused, declared or not', async () => {
  using client = await SmtpClient.open(server.smtpPort)
  await client.command('MAIL FROM:<> SIZE=600000')
  assert.match((await client.command('RCPT TO:<fbl@bounce.test>')).text, /^5\.3\.4/)
  await client.command('RSET')
  const large = `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(8000)}`
  assert.equal((await client.send({ from: '', to: ['fbl@bounce.test'], data: large })).code, 552)
})

test('a flood of forged reports proves nothing, and each is told once', async () => {
  using client = await SmtpClient.open(server.smtpPort)
  const forged = Array.from({ length: 300 }, (_, i) => `f${i % 10}@example.net`)
  for (const recipient of forged) {
    const answer = await client.send({ from: '', to: ['bounces@bounce.test'], data: bounceMessage(recipient) })
    assert.equal(answer.code, 250, answer.text)
  }
  await server.until(({ queued, delivered }) => queued === 2 && delivered >= forged.length)
  await told('bounced', (one) => one.kind === 'bounced' && one.recipient === 'f9@example.net')
  const { events } = await server.call('events.find', { kinds: ['bounced'], limit: 1000 })
  const about = events.filter((one) => one.kind === 'bounced' && forged.includes(one.recipient))
  assert.equal(about.length, 10)
  assert.ok(about.every((one) => one.kind === 'bounced' && !one.proved))
  assert.match((await server.get('/metrics')).body, /^hms_feedback_bounced_total [1-9]/m)
})

test('sums of DMARC and TLS are kept by domain and day, the same report once; unproved ones are counted apart', async () => {
  await server.hms('domain', 'add', 'sender.test', '1001')
  const dmarc = `<?xml version="1.0"?><feedback><report_metadata><org_name>Example Mail</org_name><email>r@example.net</email><report_id>77</report_id>
<date_range><begin>${Date.now() / 1000 - 86_400}</begin><end>${Date.now() / 1000}</end></date_range></report_metadata>
<policy_published><domain>sender.test</domain><p>reject</p></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>12</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>sender.test</header_from></identifiers></record></feedback>`
  const mail = [
    'From: r@example.net',
    'To: postmaster@bounce.test',
    'Subject: Report Domain: sender.test Submitter: example.net Report-ID: <77>',
    'MIME-Version: 1.0',
    'Content-Type: application/gzip; name="example.net!sender.test!1!2.xml.gz"',
    'Content-Transfer-Encoding: base64',
    '',
    ...(gzipSync(dmarc)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n')
  for (const _ of [1, 2]) assert.equal((await send('postmaster@bounce.test', mail, 'r@example.net')).code, 250)
  await server.until(({ queued }) => queued === 2)
  const days = await server.hms<readonly { readonly domain: string; readonly messages: number; readonly unproved: number }[]>(
    'reports',
    'dmarc',
  )
  assert.deepEqual(
    days.map(({ domain, messages, unproved }) => [domain, messages, unproved]),
    [['sender.test', 0, 1]],
  )
  assert.deepEqual(await server.hms('reports', 'tls', '--domain', 'sender.test'), [])
})

test('a large message of a person goes on octet for octet, so that its signature holds', async () => {
  await server.hms('inbound', 'add', 'large.test', '--forward', 'owner@large-example.test')
  // In a file, as it is over 256 KiB.
  const body = Array.from({ length: 7000 }, (_, i) => `.line ${i} of a long letter, with a dot before it\r\n`).join('')
  const plain = `From: ann@people.test\r\nTo: abuse@large.test\r\nBcc: b@people.test\r\nSubject: long\r\n\r\n${body}`
  const signatures = await signatureOf(plain, 'people.test')
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.send({ from: 'ann@people.test', to: ['abuse@large.test'], data: signatures + plain })).code, 250)
  const find = () => peer.messages.find(({ recipients }) => recipients.includes('owner@large-example.test'))
  await peer.until(() => find() !== undefined)
  const record = `v=DKIM1; k=rsa; p=${KEYS.publicKey.toString('base64')}`
  const verified = await dkimVerify(find()?.data ?? Buffer.alloc(0), { resolver: async () => [[record]] })
  assert.deepEqual(
    verified.results.map(({ status }) => status.result),
    ['pass'],
  )
})

test('a complaint without a token counts where a known reporter signed it, until he is taken away', async () => {
  await server.hms('feedback', 'reporters', 'add', 'fbl.test')
  const complain = async (recipient: string): Promise<boolean> => {
    const report = complaintMessage(recipient)
    assert.equal((await send('fbl@bounce.test', (await signatureOf(report, 'fbl.test')) + report, 'feedback@fbl.test')).code, 250)
    const event = await told('complained', (one) => one.kind === 'complained' && one.recipient === recipient)
    assert.ok(event.kind === 'complained')
    assert.match(event.authentication ?? '', /dkim=pass header\.d=fbl\.test/)
    return event.proved
  }
  assert.equal(await complain('one@people.test'), true)
  await server.hms('feedback', 'reporters', 'rm', 'fbl.test')
  assert.equal(await complain('two@people.test'), false)
})

test("the owner's list files count over the rules of the program, as soon as they are written", async () => {
  writeFileSync(join(server.home, 'config', 'response_translations.list'), 'our odd mailbox~*~3002\n')
  const said = { status: '5.0.0', diagnostic: '550 this is our odd mailbox' }
  const codeOf = async (recipient: string): Promise<number> => {
    assert.equal((await send('bounces@bounce.test', bounceMessage(recipient, said))).code, 250)
    const event = await told('bounced', (one) => one.kind === 'bounced' && one.recipient === recipient)
    return event.kind === 'bounced' ? event.failureCode : 0
  }
  let i = 0
  await until(async () => (await codeOf(`odd${i++}@example.net`)) === 3002, 'the list file counts')
})
