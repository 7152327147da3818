// What an owner changes beside a running server or before it starts: the certificate on the disk, config/hms.yaml with mistakes in it,
// the environment over the file.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { testCertificate } from '../testkit/certificate.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

async function fingerprint(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().fingerprint256
  } finally {
    socket.destroy()
  }
}

test('a certificate that is replaced on the disk is shown within seconds; half of a pair never is', async () => {
  await using server = await startServer({ workers: 2, config: { 'smtps.listen': '127.0.0.1:0' } })
  const port = server.portOf('smtps.listen')
  await server.until(({ workers }) => workers.length === 2)
  const folder = join(server.home, 'config/tls')
  const files = readdirSync(folder).map((name) => join(folder, name))
  const certFile = files.find((file) => readFileSync(file, 'latin1').includes('CERTIFICATE')) ?? assert.fail()
  const keyFile = files.find((file) => readFileSync(file, 'latin1').includes('PRIVATE KEY')) ?? assert.fail()
  const first = new X509Certificate(readFileSync(certFile)).fingerprint256
  assert.equal(await fingerprint(port), first)
  const fresh = testCertificate('renewed.test')
  const renewed = new X509Certificate(fresh.cert).fingerprint256
  writeFileSync(certFile, fresh.cert)
  await until(() => server.output().includes('a new certificate cannot be used, the one before stays'), server.output)
  assert.equal(await fingerprint(port), first, 'the key does not belong to it yet')
  writeFileSync(keyFile, fresh.key)
  chmodSync(keyFile, 0o600)
  // Both workers have it: eight connections in a row show nothing else.
  let inRow = 0
  const isShown = async (): Promise<boolean> => {
    inRow = (await fingerprint(port)) === renewed ? inRow + 1 : 0
    return inRow === 8
  }
  await until(isShown, server.output)
})

test('five mistakes in the file and one in the environment are told at once, each with its line, and nothing starts', async () => {
  await using server = await startServer()
  const lines = [
    'smtp.listn: 127.0.0.1:25',
    'smtp:',
    '  message_size: 25 potatoes',
    'delivery.tls: maybe',
    'delivery.retry_first: 10',
    'smtp.proxy_from: 10.0.0.1/8',
  ]
  writeFileSync(join(server.home, 'config/hms.yaml'), lines.join('\n'))
  const checked = await server.run('config', 'check')
  assert.equal(checked.code, 1)
  assert.equal(checked.stdout, '')
  assert.equal(
    checked.stderr,
    `hms: The configuration has 5 problems:
config/hms.yaml:1: smtp.listn: there is no such setting; did you mean smtp.listen?
config/hms.yaml:3: smtp.message_size: expected a size such as 25MiB, from 64KiB to 1GiB, found "25 potatoes".
config/hms.yaml:4: delivery.tls: expected one of none, may, encrypt, verify, found "maybe".
config/hms.yaml:5: delivery.retry_first: expected a time with its unit such as 30s, 5m or 4h, from 1s to 1d, found 10.
config/hms.yaml:6: smtp.proxy_from: expected networks by their first address, such as 192.0.2.0/24 or 2001:db8::/48, found "10.0.0.1/8".
     Mend the lines named and check with 'hms config check'; 'hms config describe' tells every setting.
`,
  )
  assert.equal((await server.status()).running, true, 'a running server keeps what it started with')
  await server.stop()
  const started = await server.run('start')
  assert.equal(started.code, 1)
  assert.match(started.stderr, /^hms: The configuration has 5 problems:/)
})

test('the environment wins over the file', async () => {
  await using server = await startServer({ config: { 'smtp.message_size': '1MiB' } })
  writeFileSync(join(server.home, 'config/hms.yaml'), 'smtp.message_size: 2MiB\nhost.name: file.hms.test\nsmtp.recipients: 123\n')
  await server.stop()
  await server.startAgain()
  using client = await SmtpClient.open(server.smtpPort)
  const hello = await client.command('EHLO again.test')
  assert.match(hello.text, /^mta\.hms\.test/, 'the name is that of the environment')
  assert.match(hello.text, /^SIZE 1048576$/m)
  const described = await server.hms<{ now: string }>('config', 'describe', 'smtp.recipients')
  assert.equal(described.now, '123')
})

test('SIGHUP reads and checks the file; the old configuration stays in force, whatever it holds', async () => {
  await using server = await startServer({ config: { 'logs.days': '30' } })
  const hangUp = async (text: string, expected: RegExp): Promise<void> => {
    writeFileSync(join(server.home, 'config/hms.yaml'), text)
    process.kill(server.pidOf('launcher'), 'SIGHUP')
    await until(() => expected.test(server.output()), server.output)
  }
  await hangUp(
    'delivery.tls: maybe\n',
    /hms\.yaml:1: delivery\.tls: expected one of none.*\n.*stays in force; the next start would be refused/,
  )
  await hangUp('delivery.tls: encrypt\n', /delivery\.tls counts at the next start: may becomes encrypt\./)
  await hangUp('logs.days: 3\n', /hms\.yaml is in order and as it was at the start/)
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.command('NOOP')).code, 250)
})
