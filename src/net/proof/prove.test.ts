import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { systemClock } from '../../base/clock.ts'
import type { Proof } from '../../engine/ports/feedback.ts'
import { DnsServer } from '../../../testkit/dns-server.ts'
import { createResolver, type Resolver } from '../dns/resolver.ts'
import { prove } from './prove.ts'

const opened = new AsyncDisposableStack()
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const RECEIVED = 'Received: from mx.fbl.test ([192.0.2.1])\r\n\tby mta.hms.test with ESMTP id 1;\r\n\tSun, 22 Nov 2026 07:00:00 +0000\r\n'
const LETTER = 'From: feedback@fbl.test\r\nTo: fbl@bounce.test\r\nSubject: a complaint\r\n\r\nit was junk\r\n'
let resolver: Resolver
let dns: DnsServer

before(async () => {
  dns = opened.use(
    await DnsServer.start({
      'fbl.test': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
      's1._domainkey.fbl.test': { TXT: [`v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`] },
      '_dmarc.fbl.test': { TXT: ['v=DMARC1; p=reject'] },
    }),
  )
  resolver = opened.use(createResolver({ servers: [`127.0.0.1:${dns.port}`], timeout: 1000, clock: systemClock }))
})
after(() => opened.disposeAsync())

async function signed(change: { readonly maxBodyLength?: number } = {}): Promise<string> {
  const signatureData = [{ signingDomain: 'fbl.test', selector: 's1', privateKey, ...change }]
  const { signatures } = await dkimSign(LETTER, {
    signingDomain: 'fbl.test',
    selector: 's1',
    privateKey,
    canonicalization: 'relaxed/relaxed',
    algorithm: 'rsa-sha256',
    signatureData,
  })
  return signatures
}

function proofOf(text: string, address: string | null = '192.0.2.1'): Promise<Proof> {
  return prove({ octets: Buffer.from(RECEIVED + text), sender: 'bounce@fbl.test', helo: 'mx.fbl.test', address }, resolver)
}

test('SPF, DKIM and DMARC of a message that is from whom it says', async () => {
  assert.deepEqual(await proofOf((await signed()) + LETTER), {
    spf: { result: 'pass', sender: 'bounce@fbl.test' },
    dkim: [{ result: 'pass', domain: 'fbl.test', selector: 's1' }],
    dmarc: { result: 'pass', domain: 'fbl.test' },
    arc: 'none',
    from: 'feedback@fbl.test',
  })
})

test('of one that is not', async () => {
  const changed = await proofOf(((await signed()) + LETTER).replace('it was junk', 'it was not'), '198.51.100.1')
  assert.deepEqual([changed.spf.result, changed.dkim[0]?.result, changed.dmarc.result], ['fail', 'neutral', 'fail'])
  const bare = await proofOf(LETTER, null)
  assert.deepEqual([bare.spf.result, bare.dkim, bare.dmarc.result], ['none', [], 'fail'])
  const two = await proofOf(LETTER.replace('To:', 'From: staff@hotmail.com\r\nTo:'))
  assert.equal(two.from, null)
})

test('a signature over a part of the body proves nothing', async () => {
  const text = (await signed({ maxBodyLength: 2 })) + LETTER
  assert.equal((await proofOf(text)).dkim[0]?.result, 'policy')
})

test('name servers that do not answer prove nothing', async () => {
  dns.behaviour.set('*', { rcode: 'SERVFAIL' })
  using fresh = createResolver({ servers: [`127.0.0.1:${dns.port}`], timeout: 1000, clock: systemClock })
  const octets = Buffer.from(RECEIVED + (await signed()) + LETTER)
  const found = await prove({ octets, sender: 'bounce@fbl.test', helo: 'mx', address: '192.0.2.1' }, fresh)
  assert.deepEqual([found.spf.result, found.dkim[0]?.result, found.dmarc.result], ['temperror', 'temperror', 'temperror'])
})

test('a header that costs time is not looked at, and of many signatures a few', async () => {
  const wide = await proofOf(`DKIM-Signature: v=1; a=rsa-sha256;${' '.repeat(10_000)}d=fbl.test\r\n${LETTER}`)
  assert.deepEqual([wide.dkim, wide.dmarc.result, wide.arc], [[], 'permerror', 'permerror'])
  const one = await signed()
  assert.equal((await proofOf(one.repeat(40) + LETTER)).dkim.length, 8)
})

test('a body that costs time and memory is not hashed: blank lines, bare line ends, long lines', async () => {
  const fields = (await signed()) + LETTER
  for (const [name, more] of [
    ['blank lines', ' \r\n'.repeat(1_400_000)],
    ['bare line ends', '\n'.repeat(4_000_000)],
    ['a long line', ' '.repeat(4_000_000)],
  ] as const) {
    const { spf, dkim, dmarc } = await proofOf(fields + more)
    assert.deepEqual([spf.result, dkim, dmarc.result], ['pass', [], 'permerror'], name)
  }
  const large = await proofOf(fields + 'a line as people write them\r\n\r\n'.repeat(10_000))
  assert.equal(large.dkim[0]?.result, 'neutral', 'it is looked at, and its body is another')
})
