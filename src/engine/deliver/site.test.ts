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

test('a server that refuses one connection too many is not taken for one that refuses us, though the refusal comes first', async () => {
  await using peer = await SmtpPeer.start({
    on: {
      connect: (_line, { number }) =>
        number === 1 ? { text: '220 peer.test ESMTP', delay: 200 } : { text: '421 4.7.0 Too many connections', after: 'close' as const },
    },
  })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  await Promise.all(Array.from({ length: 60 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await home.waitFor('delivered', 60)
  assert.ok(peer.connections > 1, 'the test saw one connection only')
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 0)
})

test('a free place goes to a site that wants it, whoever else asked before', async () => {
  const after = 'close' as const
  const free = Promise.withResolvers<void>()
  await using first = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', when: free.promise, after }) } })
  await using second = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 150 }) } })
  await using third = await SmtpPeer.start()
  const routes = [first, second, third].map(({ port }, i) => routeTo(port, { pattern: `d${i}.example` }))
  await using home = await EngineHome.start({
    settings: { routes },
    config: { 'delivery.connections': 2, 'delivery.timeout_idle': 60_000 },
  })
  await home.submit({ to: ['x@d0.example'] })
  // The second wants another connection for a moment, but is done with one when the place is free.
  for (let i = 0; i < 4; i++) await home.submit({ to: [`x${i}@d1.example`] })
  await home.submit({ to: ['x@d2.example'] })
  await second.waitForMessages(4)
  free.resolve()
  await third.waitForMessages(1)
  assert.equal(second.connections, 1)
})

test('a connection that is out of work makes room for a site that asked while it was busy', async () => {
  await using busy = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 300 }) } })
  await using other = await SmtpPeer.start()
  const routes = [busy, other].map(({ port }, i) => routeTo(port, { pattern: `d${i}.example` }))
  await using home = await EngineHome.start({
    settings: { routes },
    config: { 'delivery.connections': 1, 'delivery.timeout_idle': 60_000 },
  })
  await home.submit({ to: ['x@d0.example'] })
  await busy.until(() => busy.transcript.some((line) => line.includes('DATA')))
  await home.submit({ to: ['x@d1.example'] })
  await other.waitForMessages(1)
})
