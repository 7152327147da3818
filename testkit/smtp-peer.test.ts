import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTransport } from 'nodemailer'
import { testCertificate } from './certificate.ts'
import { DROP, SmtpPeer } from './smtp-peer.ts'

const MAIL = { from: 'a@sender.test', to: ['b@peer.test', 'bad@peer.test'], subject: 'hi', text: '.dot\nend' }

test('the peer takes mail over STARTTLS with a login, and keeps it as it came', async () => {
  const auth = { user: 'joe', password: 'secret', mechanisms: ['PLAIN'] }
  const on = { rcpt: (line: string) => (line.includes('bad@') ? '550-5.1.1 no\n550 5.1.1 such user' : undefined) }
  await using peer = await SmtpPeer.start({ tls: testCertificate('peer.test'), auth, on })
  const client = createTransport({
    host: '127.0.0.1',
    port: peer.port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'joe', pass: 'secret' },
  })
  const { rejected } = await client.sendMail(MAIL)
  assert.deepEqual(rejected, ['bad@peer.test'])
  const [message] = await peer.waitForMessages(1)
  assert.deepEqual([message?.secure, message?.user, message?.sender], [true, 'joe', 'a@sender.test'])
  assert.deepEqual(message?.recipients, ['b@peer.test'])
  assert.match(message?.wire.toString() ?? '', /\r\n\.\.dot\r\nend\r\n$/)
  assert.match(message?.data.toString() ?? '', /\r\n\.dot\r\nend\r\n$/)
})

test('the peer drops where it was told to, and takes TLS from the first octet', async () => {
  await using peer = await SmtpPeer.start({ tls: testCertificate('peer.test'), implicitTls: true, on: { final: () => DROP } })
  const client = createTransport({ host: '127.0.0.1', port: peer.port, secure: true, tls: { rejectUnauthorized: false } })
  await assert.rejects(client.sendMail(MAIL))
  assert.deepEqual([peer.messages.length, peer.refused.length, peer.connections], [0, 1, 1])
})
