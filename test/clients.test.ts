// The clients that people use: swaks, Python's smtplib and nodemailer hand in mail with STARTTLS and AUTH.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const run = promisify(execFile)
const PYTHON = `
import smtplib, ssl, sys
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with smtplib.SMTP('127.0.0.1', port) as smtp:
    smtp.starttls(context=context)
    smtp.login(user, password)
    smtp.sendmail('a@sender.test', ['python@peer.test'], 'Subject: python\\r\\n\\r\\nhello\\r\\n')
`

async function swaks({ smtpPort, account }: TestServer, mechanism: string): Promise<void> {
  const to = `swaks-${mechanism.toLowerCase()}@peer.test`
  const login = ['--auth', mechanism, '--auth-user', account.user, '--auth-password', account.password]
  await run('swaks', ['--server', `127.0.0.1:${smtpPort}`, '--tls', ...login, '--from', 'a@sender.test', '--to', to])
}

async function nodemailer({ smtpPort, account }: TestServer): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: smtpPort,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: account.user, pass: account.password },
  })
  await transport.sendMail({ from: 'a@sender.test', to: 'nodemailer@peer.test', subject: 'nodemailer', text: 'grüße\n.\nend' })
  transport.close()
}

test('swaks, smtplib and nodemailer send with TLS and AUTH; without either nothing relays', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await swaks(server, 'PLAIN')
  await swaks(server, 'LOGIN')
  await run('python3', ['-c', PYTHON, String(server.smtpPort), server.account.user, server.account.password])
  await nodemailer(server)
  const messages = await peer.waitForMessages(4)
  assert.deepEqual(messages.flatMap(({ recipients }) => recipients).toSorted(), [
    'nodemailer@peer.test',
    'python@peer.test',
    'swaks-login@peer.test',
    'swaks-plain@peer.test',
  ])
  const wrong = run('swaks', ['--server', `127.0.0.1:${server.smtpPort}`, '--from', 'a@sender.test', '--to', 'b@peer.test'])
  await assert.rejects(wrong, 'a client without a login relayed')
  const { events } = await server.call('events.find', { kinds: ['accepted'], limit: 10 })
  assert.deepEqual(
    events.map(({ account }) => account),
    Array.from({ length: 4 }, () => server.account.id),
  )
})
