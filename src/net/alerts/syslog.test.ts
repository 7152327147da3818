// Syslog to real receivers: proved TLS and what is not, octets that are counted, a receiver that goes and comes back, and the datagrams of a
// machine's own socket by the program logger.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { machineClock } from '../../base/clock.ts'
import type { AlertContent } from '../../contract/alerts.ts'
import { syslogMessage } from '../../message/syslog.ts'
import { testCertificate } from '../../../testkit/certificate.ts'
import { until } from '../../../testkit/patience.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { SyslogServer } from '../../../testkit/syslog-server.ts'
import { sendSyslog, type SyslogTarget } from './syslog.ts'

const ALERT: AlertContent = {
  at: Date.UTC(2026, 10, 23, 5, 0, 0),
  kind: 'trouble.begun',
  what: 'Eine Nachricht an ä.test wartet.',
  mend: 'Look.',
  effect: null,
  by: 'hms',
  alarm: { name: 'no-delivery', severity: 'critical', subjects: ['ä.test'], count: 1 },
}
const [FIRST, SECOND] = ['first ä', 'second'].map((what) => syslogMessage({ ...ALERT, what }, { host: 'mta.test', pid: 7 })) as [
  Buffer,
  Buffer,
]
const send = (target: SyslogTarget, ...messages: Buffer[]): Promise<string | null> => sendSyslog(target, messages, machineClock)

test('a receiver of TLS that proves its name gets messages with their octets counted; one that does not, none (rfc:5425)', async (t) => {
  const trusted = testCertificate('logs.test', 'localhost')
  await using receiver = await SyslogServer.start(trusted)
  const before = getCACertificates('default')
  t.after(() => setDefaultCACertificates(before))
  const here = { kind: 'tls', host: 'localhost', port: receiver.tlsPort } as const
  assert.match((await send(here, FIRST)) ?? '', /certificate/, 'nobody trusts it yet')
  setDefaultCACertificates([...before, trusted.cert])
  assert.equal(await send(here, FIRST, SECOND), null)
  await until(() => receiver.messages.length === 2, 'both by TLS')
  assert.deepEqual(receiver.messages, [FIRST.toString(), SECOND.toString()])
  assert.ok(FIRST.length > FIRST.toString().length, 'octets are counted, not characters')
  const stream = receiver.streams.find(({ length }) => length > 0)
  assert.equal(stream?.toString(), `${FIRST.length} ${FIRST.toString()}${SECOND.length} ${SECOND.toString()}`)

  await using other = await SyslogServer.start(testCertificate('elsewhere.test'))
  setDefaultCACertificates([...before, testCertificate('elsewhere.test').cert])
  assert.match((await send({ ...here, port: other.tlsPort }, FIRST)) ?? '', /altnames|does not match/, 'of another name')
  // rfc:5425#4.2.1: nothing older than TLS 1.2.
  await using old = await SyslogServer.start({ ...trusted, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' })
  setDefaultCACertificates([...before, trusted.cert])
  assert.notEqual(await send({ ...here, port: old.tlsPort }, FIRST), null)
  // It says so only after the first octets were written.
  await using asking = await SyslogServer.start({ ...trusted, requestCert: true, rejectUnauthorized: true })
  assert.notEqual(await send({ ...here, port: asking.tlsPort }, FIRST), null, 'a receiver that wants a certificate of ours')
  assert.deepEqual(
    [other, old, asking].flatMap(({ messages }) => messages),
    [],
  )
})

test('a receiver that is gone, or cuts off, is told, and gets what comes once it is back', async () => {
  await using receiver = await SyslogServer.start()
  const here = { kind: 'tcp', host: '127.0.0.1', port: receiver.tcpPort } as const
  assert.equal(await send(here, FIRST), null)
  await until(() => receiver.messages.length === 1, 'the first')
  const port = await receiver.gone()
  assert.match((await send(here, SECOND)) ?? '', /ECONNREFUSED/)
  await receiver.back(port)
  assert.equal(await send(here, SECOND), null)
  await until(() => receiver.messages.length === 2, 'the second')
  assert.deepEqual(receiver.messages, [FIRST.toString(), SECOND.toString()])

  await using cutting = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()).on('error', () => {}))
  cutting.listen(0, '127.0.0.1')
  await once(cutting, 'listening')
  const { port: there } = cutting.address() as { port: number }
  assert.match((await send({ ...here, port: there }, FIRST)) ?? '', /ECONNRESET/)
})

/** A socket of datagrams, as /dev/log is one: this runtime has none. It writes each that came as a line of JSON. */
const DATAGRAMS = `import json, socket, sys
it = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
it.bind(sys.argv[1])
print('ready', flush=True)
while True: print(json.dumps(it.recv(65536).decode()), flush=True)`

test('a socket of the machine that takes datagrams is written to by logger, whole and with its priority', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'log')
  const child = spawn('python3', ['-c', DATAGRAMS, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let said = ''
    child.stdout.on('data', (piece: Buffer) => (said += piece.toString()))
    await until(() => said.startsWith('ready\n'), 'the socket')
    // rfc:5424#6.1 lets a message have 2048 octets and more; logger cuts off at 1024 where nobody says otherwise.
    const long = syslogMessage({ ...ALERT, what: `${'x'.repeat(1100)} end` }, { host: 'mta.test', pid: 7 })
    assert.equal(await send({ kind: 'unix', path }, FIRST, long), null)
    await until(() => said.split('\n').length === 4, 'two datagrams')
    const [, first = '', second = ''] = said.split('\n')
    assert.match(
      JSON.parse(first) as string,
      /^<27>.* hms\[\d+\]: \[hms@32473 kind="trouble\.begun".* alarm="no-delivery".*\] .*first ä Look\.$/,
    )
    assert.match(JSON.parse(second) as string, /x{1100} end Look\.$/)
  } finally {
    child.kill()
    await once(child, 'close')
  }
  assert.match((await send({ kind: 'unix', path }, FIRST)) ?? '', /ECONNREFUSED|ENOENT/, 'nobody reads there any more')
})
