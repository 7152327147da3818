// DANE end to end (rfc:7672): a DNS server that says what DNSSEC proves, receiving servers with certificates of every kind. What is proved
// counts, what is not proved changes nothing, and what cannot be looked up lets nothing through.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Issued, issue, tlsaData } from '../testkit/authority.ts'
import { testCertificate } from '../testkit/certificate.ts'
import { DnsServer, type DnsName, type DnsZones } from '../testkit/dns-server.ts'
import { EngineHome, type HomeOptions } from '../testkit/engine-home.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { NO_RULES } from '../src/contract/rules.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const root = issue({ subject: 'private root', isAuthority: true }, null)
const own = issue({ subject: 'old', names: ['nobody.test'], from: -20, to: -10 }, null)
const signed = issue({ subject: 'leaf', names: ['ta.mx.test'] }, root)
const stranger = issue({ subject: 'stranger', names: ['ee.mx.test', 'ta.mx.test'] }, null)

const opened = new AsyncDisposableStack()
/** 127.0.0.3: its own certificate, over and for another name; .4: one of a private root; .5: no TLS; .6: one that nobody names. */
let ee: SmtpPeer
let clear: SmtpPeer
let other: SmtpPeer

type TlsaList = NonNullable<DnsName['TLSA']>
const EE: TlsaList = [[3, 1, 1, tlsaData(own, 1, 1)]]
const TA: TlsaList = [[2, 0, 1, tlsaData(root, 0, 1)]]

function withChain(certificate: Issued, ...above: readonly Issued[]) {
  return { cert: [certificate, ...above].map(({ cert }) => cert).join(''), key: certificate.key }
}

before(async () => {
  ee = opened.use(await SmtpPeer.start({ host: '127.0.0.3', tls: withChain(own) }))
  opened.use(await SmtpPeer.start({ host: '127.0.0.4', port: ee.port, tls: withChain(signed, root) }))
  clear = opened.use(await SmtpPeer.start({ host: '127.0.0.5', port: ee.port }))
  other = opened.use(await SmtpPeer.start({ host: '127.0.0.6', port: ee.port, tls: withChain(stranger) }))
})
after(() => opened.disposeAsync())

/** A host at an address, and a domain `NAME.test` of which it is the only one. */
function zonesOf(
  host: string,
  address: string,
  tlsa: TlsaList,
  change: { host?: DnsName; records?: DnsName; domain?: DnsName } = {},
): DnsZones {
  return {
    [host]: { A: [address], secure: true, ...change.host },
    [`_${ee.port}._tcp.${host}`]: { TLSA: tlsa, secure: true, ...change.records },
    'd.test': { MX: [[10, host]], secure: true, ...change.domain },
  }
}

function homeWith(zones: DnsZones, options: Partial<HomeOptions> = {}): Promise<EngineHome> {
  const config = { 'delivery.port': ee.port, 'delivery.allow_private': true, ...options.config } as const
  return EngineHome.start({ ...options, zones, config })
}

/** What became of one message: `delivered VERIFIED`, or why it was deferred. */
async function outcome(zones: DnsZones, options: Partial<HomeOptions> = {}, spoil?: (dns: DnsServer) => void): Promise<string> {
  await using home = await homeWith(zones, options)
  spoil?.(home.dns)
  await home.submit({ to: ['a@d.test'] })
  for (;;) {
    const event = (await home.events()).find(({ kind }) => kind !== 'accepted')
    if (event?.kind === 'delivered') return `delivered ${event.tls?.verified ?? 'in the clear'}`
    if (event?.kind === 'deferred') return event.reason
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a certificate that the records name is proof, by itself or by its authority', async () => {
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.3', EE)), 'delivered true')
  assert.equal(await outcome(zonesOf('ta.mx.test', '127.0.0.4', TA)), 'delivered true')
  // The host asks for it, not the domain: a domain without DNSSEC gains by it, too.
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.3', EE, { domain: { MX: [[10, 'ee.mx.test']] } })), 'delivered true')
})

test('an account that wants a proved certificate has it by the records', async () => {
  const rule = { name: 'proved', by: 'mx', mask: '*', set: { tls: 'verify' } } as const
  const document = { ...NO_RULES, accounts: { '1000': { rules: [rule], overrides: [] } } }
  const settings = { rules: { version: 1, document } }
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.3', EE), { settings }), 'delivered true')
  assert.match(await outcome(zonesOf('ee.mx.test', '127.0.0.3', []), { settings }), /does not prove the host/)
})

test('any other certificate, or none, is no delivery', async () => {
  assert.match(
    await outcome(zonesOf('ee.mx.test', '127.0.0.6', EE)),
    /as DANE asks for: the certificate is not one that the DNS names: no TLSA record matches/,
  )
  assert.match(await outcome(zonesOf('ta.mx.test', '127.0.0.6', TA)), /no TLSA record matches/)
  assert.match(await outcome(zonesOf('wrong.mx.test', '127.0.0.4', TA)), /another name/)
  assert.match(await outcome(zonesOf('ee.mx.test', '127.0.0.5', EE)), /as DANE asks for: the server does not offer STARTTLS/)
  assert.equal(other.messages.length + clear.messages.length, 0)
})

test('what is not proved changes nothing', async () => {
  const insecure = (zones: DnsZones, name: string): DnsZones => {
    delete zones[name]?.secure
    return zones
  }
  const delivered = 'delivered false'
  const records = `_${ee.port}._tcp.ee.mx.test`
  assert.equal(await outcome(insecure(zonesOf('ee.mx.test', '127.0.0.6', EE), records)), delivered)
  assert.equal(await outcome(insecure(zonesOf('ee.mx.test', '127.0.0.6', EE), 'ee.mx.test')), delivered)
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.6', [])), delivered)
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.6', EE), { config: { 'delivery.dane': false } }), delivered)
})

test('records that cannot be used ask for TLS, and for no more', async () => {
  const unusable: TlsaList = [[1, 1, 1, tlsaData(own, 1, 1)]]
  assert.equal(await outcome(zonesOf('ee.mx.test', '127.0.0.6', unusable)), 'delivered false')
  assert.match(await outcome(zonesOf('ee.mx.test', '127.0.0.5', unusable)), /does not offer STARTTLS/)
})

test('records that cannot be looked up let nothing through, unless another host is there', async () => {
  const records = `_${ee.port}._tcp.ee.mx.test TLSA`
  const hidden = (dns: DnsServer): void => void dns.behaviour.set(records, { rcode: 'SERVFAIL' })
  assert.match(await outcome(zonesOf('ee.mx.test', '127.0.0.3', EE), {}, hidden), /TLSA of ee\.mx\.test: .*SERVFAIL/)
  const second = { MX: [[10, 'ee.mx.test'], [20, 'ta.mx.test']] } as const // prettier-ignore
  const two = { ...zonesOf('ta.mx.test', '127.0.0.4', TA), ...zonesOf('ee.mx.test', '127.0.0.3', EE, { domain: second }) }
  assert.equal(await outcome(two, {}, hidden), 'delivered true')
  // A server that chokes on the question in a zone without DNSSEC is nobody's attack: it is not asked.
  const plain = zonesOf('ee.mx.test', '127.0.0.6', EE, { host: { A: ['127.0.0.6'] } })
  delete plain['ee.mx.test']?.secure
  assert.equal(await outcome(plain, {}, hidden), 'delivered false')
})

test('records below the name that an alias leads to come first', async () => {
  const zones: DnsZones = {
    ...zonesOf('ee.mx.test', '127.0.0.3', EE, { domain: { MX: [[10, 'alias.test']] } }),
    'alias.test': { CNAME: 'ee.mx.test', secure: true },
  }
  assert.equal(await outcome(zones), 'delivered true')
  zones[`_${ee.port}._tcp.ee.mx.test`] = { TLSA: TA, secure: true }
  assert.match(await outcome(zones), /no TLSA record matches|another name/)
  zones[`_${ee.port}._tcp.ee.mx.test`] = { secure: true }
  zones[`_${ee.port}._tcp.alias.test`] = { TLSA: EE, secure: true }
  assert.equal(await outcome(zones), 'delivered true')
})

test('a neighbour at the same hosts that is looked up before the records are there does not lend its connections', async () => {
  const zones = zonesOf('ee.mx.test', '127.0.0.6', [])
  zones['other.test'] = { MX: [[10, 'ee.mx.test']], ttl: 3600 }
  for (const name of ['ee.mx.test', `_${ee.port}._tcp.ee.mx.test`]) zones[name] = { ...zones[name], ttl: 1 }
  await using home = await homeWith(zones, { config: { 'delivery.timeout_idle': 60_000 } })
  home.dns.soaMinimum = 1
  await home.submit({ to: ['a@other.test'] })
  await home.waitFor('delivered')
  zones[`_${ee.port}._tcp.ee.mx.test`] = { TLSA: EE, secure: true }
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await home.submit({ to: ['a@d.test'] })
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /no TLSA record matches/)
})

test('a failure of DANE is not mended by an MTA-STS policy that would be kept', async () => {
  const good = testCertificate('sts.mx.test')
  await using peer = await SmtpPeer.start({ host: '127.0.0.7', port: ee.port, tls: good })
  const zones: DnsZones = {
    ...zonesOf('sts.mx.test', '127.0.0.7', EE),
    '_mta-sts.d.test': { TXT: ['v=STSv1; id=1'] },
    'mta-sts.d.test': { A: ['127.0.0.1'] },
  }
  await using server = await PolicyServer.start('mta-sts.d.test')
  server.publish('d.test', 'mode: enforce', 'mx: *.mx.test', 'max_age: 86400')
  const options = { policies: server, trust: [good.cert] }
  for (const domain of [{}, { MX: [[10, 'sts.mx.test']] } as const]) {
    zones['d.test'] = { MX: [[10, 'sts.mx.test']], ...domain }
    assert.match(await outcome(zones, options), /as DANE asks for/)
  }
  assert.equal(peer.messages.length, 0)
  delete zones[`_${ee.port}._tcp.sts.mx.test`]
  assert.equal(await outcome(zones, options), 'delivered true')
})

test('a name server that is not listed is not believed; the real server', async () => {
  await using dns = await DnsServer.start(zonesOf('ee.mx.test', '127.0.0.6', EE))
  // The way to it is loopback all the same, but who can tell from the address.
  const servers = `0.0.0.0:${dns.port}`
  for (const [trusted, kind] of [
    ['', 'delivered'],
    [servers, 'deferred'],
  ] as const) {
    await using server = await startServer({
      config: {
        'dns.servers': servers,
        'dns.trusted': trusted,
        'delivery.port': String(ee.port),
        'delivery.allow_private': 'true',
        'delivery.mta_sts': 'false',
      },
    })
    await server.call('relay.allow', { cidr: '127.0.0.1' })
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.send({ from: 'a@sender.test', to: ['a@d.test'], data: 'Subject: x\r\n\r\nhello\r\n' })).code, 250)
    assert.equal((await server.outcome('a@d.test')).kind, kind)
    assert.equal(dns.asked.includes(`_${ee.port}._tcp.ee.mx.test TLSA`), kind === 'deferred')
    const { stdout } = await server.run('trust', 'd.test')
    assert.match(stdout, kind === 'deferred' ? /3 1 1 +as TLSA says \(DANE\)/ : /DANE +off: what 0\.0\.0\.0/)
    const doctor = await server.run('doctor')
    assert.match(doctor.stdout, kind === 'deferred' ? /dane +The name servers are believed/ : /WARN +dane +DANE is off/)
  }
})
