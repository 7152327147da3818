// The engine whole: messages go in by its handler and out to scripted servers over real sockets, with the real store.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId } from '../base/brand.ts'
import { CLIENT, EngineHome, routeTo } from '../../testkit/engine-home.ts'
import { DROP, PEER_EXTENSIONS, SmtpPeer } from '../../testkit/smtp-peer.ts'
import { temporaryFolder } from '../../testkit/spool-samples.ts'

const QUEUED = '250 2.6.0 Message received and queued.'

test('a message goes in, out, and is told of', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  assert.equal(await home.submit({ to: ['ann@example.com', 'ann@example.com', 'ben@example.org'] }), QUEUED)
  const [message] = await peer.waitForMessages(1)
  assert.deepEqual(message?.recipients, ['ann@example.com', 'ben@example.org'])
  assert.match(message?.data.toString() ?? '', /^Received: from client\.example \(\[127\.0\.0\.1\]\)/)
  const delivered = await home.waitFor('delivered', 2)
  assert.equal(delivered[0]?.site, `smtp://127.0.0.1:${peer.port}`)
  assert.equal(delivered[0]?.attempt, 1)
  const [accepted] = await home.waitFor('accepted')
  assert.equal(accepted?.recipients, 2)
  await home.untilQueued(0)
  assert.deepEqual(await home.queued(), [])
  assert.equal(home.engine.counters().recipientsProcessed, 2)
})

test('nothing relays without a right to', async () => {
  await using home = await EngineHome.start({ settings: { relays: [] } })
  assert.match(await home.submit(), /^550 5\.7\.1 Relaying denied/)
})

test('a sender domain that belongs to another account is refused at MAIL', async () => {
  const settings = {
    credentials: new Map([
      ['u', { user: 'u', account: 1001 as AccountId, salt: '', iterations: 1, storedKey: '', serverKey: '', networks: [] }],
    ]),
  }
  await using home = await EngineHome.start({ settings })
  const client = { ...CLIENT, user: 'u' }
  assert.match(await home.submit({ client }), /^550 5\.7\.1 The sender domain sender\.example belongs to another account/)
  assert.match(await home.submit({ client, sender: 'x@mail.sender.example' }), /^550 5\.7\.1/)
})

test('a large message streams to a file and arrives whole', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  const body = 'x'.repeat(76).concat('\r\n').repeat(20_000)
  assert.equal(
    await home.submit({ text: `From: a@sender.example\r\nBcc: secret@example.com\r\nX-xsMailingId: m-1\r\n\r\n${body}` }),
    QUEUED,
  )
  const [message] = await peer.waitForMessages(1)
  const text = message?.data.toString() ?? ''
  assert.ok(text.endsWith(`\r\n\r\n${body}`))
  assert.doesNotMatch(text, /secret|X-xs/)
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.mailing, 'm-1')
  assert.equal(delivered?.size, text.length)
})

test('lines over 998 octets are re-encoded, in memory and in a file', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  for (const size of [5000, 400_000]) {
    const text = `From: a@sender.example\r\n\r\n${'y'.repeat(size)}\r\n`
    assert.equal(await home.submit({ text, longestLine: size }), QUEUED)
  }
  const messages = await peer.waitForMessages(2)
  for (const { data } of messages)
    assert.ok(
      data
        .toString()
        .split('\r\n')
        .every((line) => line.length <= 998),
    )
  assert.equal((await home.waitFor('delivered', 2)).length, 2)
})

test('partial refusals: each recipient has its own outcome, and failures share one bounce', async () => {
  const rcpt = (line: string) =>
    line.includes('bad') ? '550 5.1.1 no such user' : line.includes('slow') ? '450 4.2.0 Greylisted' : undefined
  await using peer = await SmtpPeer.start({ on: { rcpt } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  assert.equal(await home.submit({ to: ['ok@e.example', 'bad1@e.example', 'slow@e.example', 'bad2@e.example'] }), QUEUED)
  const failed = await home.waitFor('failed', 2)
  assert.deepEqual(
    failed.map(({ recipient, failureCode }) => [recipient, failureCode]),
    [
      ['bad1@e.example', 2001],
      ['bad2@e.example', 2001],
    ],
  )
  const [deferred] = await home.waitFor('deferred')
  assert.equal(deferred?.failureCode, 3003)
  await peer.until(() => peer.messages.some(({ sender }) => sender === ''))
  const bounces = peer.messages.filter(({ sender }) => sender === '')
  assert.equal(bounces.length, 1)
  assert.deepEqual(bounces[0]?.recipients, ['bob@sender.example'])
  assert.match(bounces[0]?.data.toString() ?? '', /bad1@e\.example[\s\S]*bad2@e\.example/)
  const [entry] = await home.queued()
  assert.deepEqual(
    entry?.recipients.map(({ address, attempts }) => [address, attempts]),
    [['slow@e.example', 1]],
  )
  assert.match(entry?.recipients[0]?.lastReply ?? '', /450 4\.2\.0 Greylisted/)
  // And it is tried again by itself.
  assert.ok((await home.waitFor('deferred', 2)).length >= 2)
})

test('bounces obey NOTIFY, and never go to a sender that was not verified or to <>', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('bad') ? '550 5.1.1 no' : undefined) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ to: ['bad@e.example'], notify: {} })
  await home.submit({ to: ['bad@e.example'], sender: 'x@elsewhere.example' })
  await home.submit({ to: ['bad@e.example'], sender: '' })
  await home.waitFor('failed', 3)
  await home.submit({ to: ['ok@e.example'], notify: { success: true } })
  await peer.until(() => peer.messages.some(({ recipients }) => recipients.includes('ok@e.example')))
  await home.waitFor('delivered', 1)
  assert.equal(peer.messages.filter(({ sender }) => sender === '').length, 0)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'accepted').length, 4)
})

test('a smart host that answers 535 fails nobody, and all goes out when it is mended', async () => {
  let isBroken = true
  await using peer = await SmtpPeer.start({
    auth: { user: 'ann', password: 'secret', mechanisms: ['PLAIN'] },
    on: { auth: () => (isBroken ? '535 5.7.8 no' : undefined) },
  })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port, { tls: 'none', user: 'ann', password: 'secret' })] },
  })
  for (let i = 0; i < 200; i++) assert.equal(await home.submit({ to: [`r${i}@d${i % 20}.example`] }), QUEUED)
  await home.waitFor('deferred')
  assert.match(home.engine.alerts()[0]?.what ?? '', /535/)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'failed').length, 0)
  const [entry] = await home.queued()
  assert.match(entry?.recipients[0]?.lastReply ?? '', /535/)
  isBroken = false
  assert.equal((await home.waitFor('delivered', 200)).length, 200)
  assert.equal(new Set(peer.messages.map(({ recipients }) => recipients[0])).size, 200)
  assert.equal(peer.messages.length, 200)
  assert.deepEqual(home.engine.alerts(), [])
  await home.untilQueued(0)
})

test('a block of our address defers and the site backs off', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '550 5.7.1 Client host [127.0.0.1] blocked using zen.spamhaus.org' } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  assert.equal(deferred?.failureCode, 1002)
  assert.equal(home.engine.alerts().length, 1)
})

test('a route that backs off is left alone when other settings change, and tried when routes do', async () => {
  let asked = 0
  const refuse = (): string => {
    asked++
    return '550 5.7.1 Client host [127.0.0.1] blocked using zen.spamhaus.org'
  }
  await using peer = await SmtpPeer.start({ on: { rcpt: refuse } })
  const config = { 'delivery.retry_first': 30_000 }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)] } })
  await home.submit()
  await home.waitFor('deferred')
  home.change({ credentials: new Map() })
  await home.submit()
  await wait(300)
  assert.equal(asked, 1)
  home.change({ routes: [routeTo(peer.port), { ...routeTo(peer.port), pattern: 'other.example' }] })
  await home.waitFor('deferred', 2)
  // A connection that was still open may be used again.
  assert.ok(asked > 1)
})

test('a connection lost after the final dot is not tried at once, nor elsewhere', async () => {
  let finals = 0
  await using peer = await SmtpPeer.start({ on: { final: () => (++finals === 1 ? DROP : undefined) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /may have/)
  assert.ok((deferred?.nextAttempt ?? 0) - (deferred?.at ?? 0) >= 900)
  assert.equal(finals, 1)
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.attempt, 2)
})

test('a connection lost before the final dot is tried on the next host at once', async () => {
  const zones = {
    'two.example': {
      MX: [
        [1, 'a.two.example'],
        [2, 'b.two.example'],
      ] as const,
    },
    'a.two.example': { A: ['127.0.0.2'] },
    'b.two.example': { A: ['127.0.0.3'] },
  }
  await using bad = await SmtpPeer.start({ host: '127.0.0.2', on: { data: () => DROP } })
  await using good = await SmtpPeer.start({ host: '127.0.0.3', port: bad.port })
  await using home = await EngineHome.start({ zones, config: { 'delivery.port': bad.port, 'delivery.allow_private': true } })
  await home.submit({ to: ['x@two.example'] })
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.remoteHost, 'b.two.example')
  assert.equal(delivered?.attempt, 1)
  assert.equal(good.messages.length, 1)
})

test('what the DNS says decides: no such domain, null MX and loopback', async () => {
  const zones = { 'null.example': { MX: [[0, '']] as const }, 'home.example': { A: ['127.0.0.1'] } }
  await using home = await EngineHome.start({ zones })
  await home.submit({ to: ['x@nowhere.example', 'x@null.example', 'x@home.example'], notify: {} })
  const failed = await home.waitFor('failed', 2)
  assert.deepEqual(
    new Map(failed.map(({ domain, failureCode }) => [domain as string, failureCode])),
    new Map([
      ['nowhere.example', 2002],
      ['null.example', 4006],
    ]),
  )
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /not public \(127\.0\.0\.1\)/)
})

test('a restart finds what waits, and nothing is sent twice', async () => {
  await using peer = await SmtpPeer.start()
  using folder = temporaryFolder()
  {
    await using home = await EngineHome.start({ folder: folder.path, settings: { routes: [routeTo(9)] } })
    for (let i = 0; i < 50; i++) await home.submit({ to: [`r${i}@d${i % 7}.example`] })
  }
  await using home = await EngineHome.start({ folder: folder.path, settings: { routes: [routeTo(peer.port)] } })
  await home.waitFor('delivered', 50)
  assert.equal(peer.messages.length, 50)
  await home.untilQueued(0)
})

test('success is told of where the peer cannot, with ENVID and the original recipient', async () => {
  await using peer = await SmtpPeer.start({ extensions: PEER_EXTENSIONS.filter((keyword) => keyword !== 'DSN') })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ notify: { success: true }, envelopeId: 'env-7' })
  await peer.until(() => peer.messages.length === 2)
  const text = peer.messages.find(({ sender }) => sender === '')?.data.toString() ?? ''
  assert.match(text, /Action: relayed/)
  assert.match(text, /Original-Envelope-Id: env-7/)
  assert.match(text, /Final-Recipient: rfc822; ann@example\.com/)
})

test('bounces to one sender within an hour are limited, and off where the account does not want them', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('bad') ? '550 5.1.1 no' : undefined) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'bounce.per_sender_hour': 2 } })
  for (let i = 0; i < 5; i++) await home.submit({ to: [`bad${i}@e.example`] })
  await home.waitFor('failed', 5)
  await home.waitFor('delivered', 2)
  await home.untilQueued(0)
  assert.equal(peer.messages.length, 2)
})

test('international mail is not sent to a peer that lacks SMTPUTF8', async () => {
  await using peer = await SmtpPeer.start({ extensions: ['PIPELINING'] })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ to: ['j\u00f6@example.com'], utf8: true, notify: {} })
  const [failed] = await home.waitFor('failed')
  assert.match(failed?.reason ?? '', /SMTPUTF8/)
  assert.equal(peer.messages.length, 0)
  await home.submit({ to: ['joe@example.com'], utf8: true })
  await home.waitFor('delivered')
  // rfc:6533#3: ORCPT may be what makes it international.
  await home.submit({ to: ['joe@example.com'], utf8: true, originalRecipient: 'utf-8;j\u00f6@example.com' })
  await home.waitFor('failed', 2)
})

test('a delivery that meets a defect of ours is tried again by the schedule, not at once', async () => {
  await using peer = await SmtpPeer.start()
  // Nothing of the kind comes in: it could not be said to a peer, and the client's assertion stops it.
  const impossible = { to: ['joe@example.com'], originalRecipient: 'utf-8;j\u00f6@example.com' }
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.retry_first': 60_000 } })
  await home.submit(impossible)
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /defect of this server/)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 1)
  await home.submit()
  await home.waitFor('delivered')
})

test('the simulator does not back off: what one of its addresses says is not true of the others', async () => {
  const blocked = '554 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org'
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('block@') ? blocked : undefined) } })
  await using home = await EngineHome.start({ config: { 'simulator.listen': [{ host: '127.0.0.1', port: peer.port }] } })
  await home.submit({ to: ['block@simulator.hms.test'] })
  await home.waitFor('deferred')
  await home.submit({ to: ['success@simulator.hms.test'] })
  await home.waitFor('delivered', 1)
  assert.deepEqual(home.engine.alerts(), [])
})

test('a start on a disk without room is told of, as the lack of it later would be', async () => {
  await using home = await EngineHome.start({ spool: { lowWater: { bytes: 2 ** 60, percent: 0 } } })
  assert.match(home.engine.alerts()[0]?.what ?? '', /Shard 0 of the spool is full: .* low-water mark/)
  assert.match(await home.submit(), /^452 4\.3\.1/)
})

test('a mailbox simulator that is configured by a name is looked up, or waited for', async () => {
  await using peer = await SmtpPeer.start()
  const listen = (host: string) => ({ 'simulator.listen': [{ host, port: peer.port }] })
  const zones = { 'here.example': { A: ['127.0.0.1'] } }
  {
    await using home = await EngineHome.start({ config: listen('here.example'), zones })
    await home.submit({ to: ['success@simulator.hms.test'] })
    await home.waitFor('delivered')
  }
  await using home = await EngineHome.start({ config: listen('nowhere.example'), zones })
  await home.submit({ to: ['success@simulator.hms.test'] })
  assert.match((await home.waitFor('deferred'))[0]?.reason ?? '', /has no address/)
})
