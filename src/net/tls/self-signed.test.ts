import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { makeSelfSigned } from './self-signed.ts'
import { tlsOutcome } from './tls-outcome.ts'

test('a self-signed certificate says what was asked, to a parser that is not ours', () => {
  const now = Date.UTC(2026, 10, 22)
  const { cert, key } = makeSelfSigned(['mail.example.test', 'localhost', '127.0.0.1', '::1'], now)
  const read = new X509Certificate(cert)
  assert.equal(read.subject, 'CN=mail.example.test')
  assert.equal(read.subjectAltName, 'DNS:mail.example.test, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  assert.equal(read.checkHost('mail.example.test'), 'mail.example.test')
  assert.equal(read.ca, false)
  assert.ok(read.verify(read.publicKey) && read.checkPrivateKey(createPrivateKey(key)))
  assert.equal(read.validFromDate.getTime(), now - 3_600_000)
  assert.equal(read.validToDate.getUTCFullYear(), 2036)
  assert.notEqual(read.serialNumber, new X509Certificate(makeSelfSigned(['x'], now).cert).serialNumber)
})

test('it can be made after 2049, for long names, and on any day', () => {
  const long = `${'mail.'.repeat(14)}example.test`
  const read = new X509Certificate(makeSelfSigned([long], Date.UTC(2048, 1, 29)).cert)
  assert.equal(read.subject, 'CN=Hurricane MTA Server')
  assert.equal(read.checkHost(long), long)
  assert.equal(read.validToDate.getUTCFullYear(), 2058)
  for (let i = 0; i < 50; i++) {
    const made = new X509Certificate(makeSelfSigned(['a.test'], Date.UTC(2026, 0, i)).cert)
    assert.ok(made.verify(made.publicKey))
  }
})

test('a client that trusts it verifies the name', async () => {
  const { cert, key } = makeSelfSigned(['mail.example.test'], Date.now())
  const server = createServer({ cert, key }, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: 'mail.example.test', ca: cert })
  await once(socket, 'secureConnect')
  assert.deepEqual(tlsOutcome(socket), { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true })
  socket.destroy()
  server.close()
  await once(server, 'close')
})
