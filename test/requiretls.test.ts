// REQUIRETLS and `TLS-Required: No` (rfc:8689) end to end: a message that must stay under TLS goes to hosts that are proved to be the
// domain's, prove themselves and promise the same, or back to its sender; one that need not goes whatever the domain asks for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { issue, tlsaData } from '../testkit/authority.ts'
import { testCertificate } from '../testkit/certificate.ts'
import type { DnsZones } from '../testkit/dns-server.ts'
import { EngineHome, type HomeOptions, type Submission } from '../testkit/engine-home.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { PEER_EXTENSIONS, SmtpPeer } from '../testkit/smtp-peer.ts'
import { spoolIn, temporaryFolder } from '../testkit/spool-samples.ts'

const good = testCertificate('good.mx.test', 'implicit.test')
const own = issue({ subject: 'nobody', names: ['else.test'] }, null)
const extensions = [...PEER_EXTENSIONS, 'REQUIRETLS']
const opened = new AsyncDisposableStack()
/** 127.0.0.3 promises and proves itself; .4 does not promise; .5 proves itself by DANE only; .6 has no TLS. */
let promising: SmtpPeer
let plain: SmtpPeer
let dane: SmtpPeer
let clear: SmtpPeer
let policies: PolicyServer
let zones: DnsZones

before(async () => {
  promising = opened.use(await SmtpPeer.start({ host: '127.0.0.3', tls: good, extensions }))
  const { port } = promising
  plain = opened.use(await SmtpPeer.start({ host: '127.0.0.4', port, tls: good }))
  dane = opened.use(await SmtpPeer.start({ host: '127.0.0.5', port, tls: own, extensions }))
  clear = opened.use(await SmtpPeer.start({ host: '127.0.0.6', port, extensions }))
  policies = opened.use(await PolicyServer.start('mta-sts.sts.test', 'mta-sts.strict.test', 'mta-sts.nowhere.test'))
  policies.publish('sts.test', 'mode: testing', 'mx: good.mx.test', 'max_age: 86400')
  policies.publish('strict.test', 'mode: enforce', 'mx: clear.mx.test', 'max_age: 86400')
  policies.publish('nowhere.test', 'mode: enforce', 'mx: else.test', 'max_age: 86400')
  const secure = true
  zones = {
    'good.mx.test': { A: ['127.0.0.3'] },
    'plain.mx.test': { A: ['127.0.0.4'] },
    'dane.mx.test': { A: ['127.0.0.5'], secure },
    'clear.mx.test': { A: ['127.0.0.6'] },
    [`_${port}._tcp.dane.mx.test`]: { TLSA: [[3, 1, 1, tlsaData(own, 1, 1)]], secure },
    'signed.test': { MX: [[10, 'good.mx.test']], secure },
    'unsigned.test': { MX: [[10, 'good.mx.test']] },
    'implicit.test': { A: ['127.0.0.3'] },
    'dane.test': { MX: [[10, 'dane.mx.test']], secure },
    'clear.test': { MX: [[10, 'clear.mx.test']], secure },
    'mixed.test': { MX: [[10, 'clear.mx.test'], [20, 'good.mx.test']], secure },
    'silent.test': { MX: [[10, 'good.mx.test']], secure },
    'sts.test': { MX: [[10, 'good.mx.test']] },
    'strict.test': { MX: [[10, 'clear.mx.test']] },
    'nowhere.test': { MX: [[10, 'clear.mx.test']] },
  } // prettier-ignore
  for (const name of ['sts', 'strict', 'nowhere']) {
    zones[`_mta-sts.${name}.test`] = { TXT: ['v=STSv1; id=1'] }
    zones[`mta-sts.${name}.test`] = { A: ['127.0.0.1'] }
  }
})
after(() => opened.disposeAsync())

function homeWith(options: Partial<HomeOptions> = {}): Promise<EngineHome> {
  const config = { 'delivery.port': promising.port, 'delivery.allow_private': true, ...options.config }
  return EngineHome.start({ policies, trust: [good.cert], zones, ...options, config })
}

/** What became of a message to the domain: its event's kind, and the reason. */
async function outcome(domain: string, submission: Submission, options?: Partial<HomeOptions>): Promise<string> {
  await using home = await homeWith(options)
  await home.submit({ ...submission, to: [`a@${domain}`] })
  for (;;) {
    const event = (await home.events()).find(({ kind, recipient }) => kind !== 'accepted' && recipient === `a@${domain}`)
    if (event !== undefined) return 'reason' in event ? `${event.kind}: ${event.reason}` : event.kind
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const REQUIRED = { requireTls: true } as const
const OPTIONAL = { text: 'From: bob@sender.example\r\nTLS-Required: No\r\n\r\nhello\r\n' }

test('it goes to hosts that are proved to be the domain’s and prove themselves, with the same demand', async () => {
  for (const domain of ['signed.test', 'sts.test', 'implicit.test']) {
    const before = promising.messages.length
    assert.equal(await outcome(domain, REQUIRED), 'delivered', domain)
    assert.equal(promising.messages.length, before + 1)
    assert.match(promising.messages.at(-1)?.mailLine ?? '', / REQUIRETLS$/)
    assert.equal(promising.messages.at(-1)?.secure, true)
  }
  assert.equal(await outcome('dane.test', REQUIRED), 'delivered')
  assert.match(dane.messages.at(-1)?.mailLine ?? '', / REQUIRETLS$/)
  assert.equal(await outcome('mixed.test', REQUIRED), 'delivered')
})

test('without proof or promise it goes back, and nothing of it is shown to anybody', async () => {
  const before = [promising, plain, clear].map(({ messages }) => messages.length)
  assert.match(await outcome('unsigned.test', REQUIRED), /^failed: .*nothing proves which hosts/)
  assert.match(await outcome('clear.test', REQUIRED), /^failed: .*as REQUIRETLS asks for: the server does not offer STARTTLS/)
  assert.match(await outcome('signed.test', REQUIRED, { trust: [] }), /^failed: .*does not prove the host/)
  zones['good.mx.test'] = { A: ['127.0.0.4'] }
  assert.match(await outcome('silent.test', REQUIRED), /^failed: .*does not promise to keep the message under TLS/)
  zones['good.mx.test'] = { A: ['127.0.0.3'] }
  assert.deepEqual(
    [promising, plain, clear].map(({ messages }) => messages.length),
    before,
  )
})

test('a peer that is not there is waited for, and tried at once where somebody wants that', async () => {
  const config = { 'delivery.retry_first': 3_600_000, 'delivery.retry_longest': 3_600_000 }
  await using home = await homeWith({ config, zones: { ...zones, 'good.mx.test': { A: ['127.0.0.9'] } } })
  await home.submit({ ...REQUIRED, to: ['a@signed.test'] })
  await home.waitFor('deferred')
  await using late = await SmtpPeer.start({ host: '127.0.0.9', port: promising.port, tls: good, extensions })
  await home.engine.queue.act('retry', {}, { by: 'a test' })
  await late.waitForMessages(1)
})

test('neighbours of a message that must stay under TLS go as ever, and so does the next message', async () => {
  await using home = await homeWith()
  for (const submission of [REQUIRED, {}, REQUIRED, {}]) await home.submit({ ...submission, to: ['a@clear.test'] })
  await home.waitFor('delivered', 2)
  await home.waitFor('failed', 2)
})

test('the notification of a failure must stay under TLS too, and has the header only', async () => {
  await using home = await homeWith({ zones: { ...zones, 'sender.example': { MX: [[10, 'good.mx.test']], secure: true } } })
  await home.submit({ ...REQUIRED, to: ['a@clear.test'], text: 'From: bob@sender.example\r\nSubject: s\r\n\r\na secret\r\n' })
  await home.waitFor('delivered')
  const bounce = promising.messages.at(-1)
  assert.match(bounce?.mailLine ?? '', /^MAIL FROM:<>.* REQUIRETLS$/)
  assert.match(bounce?.data.toString() ?? '', /Subject: s\r\n/)
  assert.doesNotMatch(bounce?.data.toString() ?? '', /a secret/)
  assert.match(bounce?.data.toString() ?? '', /Status: 5\.7\.10/)
})

test('TLS-Required: No goes although the policy cannot be kept; twice, or other words, says nothing', async () => {
  for (const domain of ['strict.test', 'nowhere.test']) {
    assert.match(await outcome(domain, {}), /^deferred: .*MTA-STS/)
    assert.equal(await outcome(domain, OPTIONAL), 'delivered')
    assert.match(clear.messages.at(-1)?.data.toString() ?? '', /TLS-Required: No\r\n/)
    for (const field of ['TLS-Required: No\r\nTLS-Required: No', 'TLS-Required: Yes'])
      assert.match(await outcome(domain, { text: OPTIONAL.text.replace('TLS-Required: No', field) }), /^deferred/)
  }
  assert.equal(await outcome('sts.test', OPTIONAL), 'delivered')
  assert.match(await outcome('clear.test', { ...OPTIONAL, ...REQUIRED }), /^failed/, 'the parameter counts, not the field')
})

test('TLS-Required: No goes past DANE, but not past the owner', async () => {
  const wrong = { ...zones, 'dane.mx.test': { A: ['127.0.0.4'], secure: true } } as const
  assert.match(await outcome('dane.test', {}, { zones: wrong }), /^deferred: .*DANE/)
  assert.equal(await outcome('dane.test', OPTIONAL, { zones: wrong }), 'delivered')
  assert.match(await outcome('strict.test', OPTIONAL, { config: { 'delivery.tls': 'encrypt' } }), /^deferred: .*STARTTLS/)
})

test('the wish is kept with the message over a restart', async () => {
  using folder = temporaryFolder()
  {
    await using home = await homeWith({ folder: folder.path, zones: {} })
    home.dns.behaviour.set('*', { rcode: 'SERVFAIL' })
    await home.submit({ ...REQUIRED, to: ['a@signed.test'] })
    await home.submit({ ...OPTIONAL, to: ['a@strict.test'] })
    await home.waitFor('deferred', 2)
  }
  const spool = await spoolIn(folder.path)
  const listed = await spool.list({}, null, 10)
  await spool[Symbol.asyncDispose]()
  assert.deepEqual(listed.map(({ head }) => head.tls).toSorted(), ['optional', 'required'])
  await using home = await homeWith({ folder: folder.path })
  await home.waitFor('delivered', 2)
  assert.match(promising.messages.at(-1)?.mailLine ?? '', / REQUIRETLS$/)
})
