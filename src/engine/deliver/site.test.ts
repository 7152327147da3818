import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { testCertificate } from '../../../testkit/certificate.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

/** Whoever stands between: lets nobody through to TLS, and is glad of every password. */
const BREAKS_TLS = { tls: testCertificate(), on: { starttls: () => ({ text: '220 ready', after: 'drop' as const }) } }

test('a broken TLS handshake never brings out the password of a smart host', async () => {
  const auth = { user: 'ann', password: 'secret', mechanisms: ['PLAIN', 'SCRAM-SHA-256'] as const }
  await using peer = await SmtpPeer.start({ ...BREAKS_TLS, auth: { ...auth, mechanisms: [...auth.mechanisms] } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port, { tls: 'may', user: 'ann', password: 'secret' })] } })
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /TLS handshake/)
  assert.ok(peer.transcript.some((line) => line.includes('STARTTLS')))
  assert.deepEqual(
    peer.transcript.filter((line) => /AUTH|MAIL/.test(line)),
    [],
  )
})

test('without a login a broken TLS handshake is followed by a connection in the clear', async () => {
  await using peer = await SmtpPeer.start(BREAKS_TLS)
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port, { tls: 'may' })] } })
  await home.submit()
  const [delivered] = await home.waitFor('delivered')
  assert.equal(delivered?.tls, null)
})
