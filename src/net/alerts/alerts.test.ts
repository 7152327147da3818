// Ways out over real sockets: syslog by UDP, TCP, TLS and a local socket, and mail that is handed over directly.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { machineClock } from '../../base/clock.ts'
import type { AlertContent } from '../../contract/alerts.ts'
import { framed, syslogMessage } from '../../message/syslog.ts'
import { testCertificate } from '../../../testkit/certificate.ts'
import { until } from '../../../testkit/patience.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { SyslogServer } from '../../../testkit/syslog-server.ts'
import { parseMailServer, sendDirectly } from './direct-mail.ts'
import { parseSyslogTarget, sendSyslog, type SyslogTarget } from './syslog.ts'

const ALERT: AlertContent = {
  at: Date.UTC(2026, 10, 23, 5, 0, 0),
  kind: 'trouble.begun',
  what: 'A message to "ä.test]\r\n<13>1 forged" waits.',
  mend: 'Look.',
  effect: null,
  by: 'hms',
  alarm: { name: 'no-delivery', severity: 'critical', subjects: ['a"b]c\\d'], count: 1 },
}
const MESSAGE = syslogMessage(ALERT, { host: 'mta.test', pid: 7 })

function target(text: string): SyslogTarget {
  const found = parseSyslogTarget(text)
  assert.ok(found !== null, text)
  return found
}

test('an alert is one line of syslog, whatever a stranger wrote into it', () => {
  assert.equal(
    MESSAGE.toString(),
    '<27>1 2026-11-23T05:00:00.000Z mta.test hms 7 trouble.begun [hms@32473 kind="trouble.begun" by="hms" alarm="no-delivery"' +
      ' severity="critical" subject="a\\"b\\]c\\\\d"] \uFEFFA message to "ä.test] <13>1 forged" waits. Look.',
  )
  const { alarm: _alarm, ...over } = { ...ALERT, kind: 'trouble.ended' as const, what: 'x'.repeat(5000) }
  const long = syslogMessage(over, { host: 'böse host', pid: 7 })
  assert.match(long.toString(), /^<29>1 \S+ bsehost hms 7 trouble\.ended /)
  assert.ok(long.length < 2048)
  assert.equal(framed(Buffer.from('ä')).toString(), '2 ä')
})

test('what is no address of a syslog receiver or a mail server is none', () => {
  for (const text of ['http://x', 'udp://', 'tcp://a:0', 'tcp://a:99999', 'unix://relative', 'udp://a b', 'logs.test'])
    assert.equal(parseSyslogTarget(text), null, text)
  assert.deepEqual(target('TLS://[::1]'), { kind: 'tls', host: '::1', port: 6514 })
  assert.deepEqual(target('unix:///dev/log'), { kind: 'unix', path: '/dev/log' })
  assert.deepEqual(parseMailServer('[::1]:587', 'may'), { host: '::1', port: 587 })
  assert.deepEqual(parseMailServer('mail.test', 'implicit'), { host: 'mail.test', port: 465 })
  for (const text of ['', 'a b', 'mail.test:0', 'smtp://mail.test']) assert.equal(parseMailServer(text, 'may'), null, text)
})

test('messages arrive whole by UDP, TCP and a local socket; a receiver that is gone, or cannot be proved, is told', async () => {
  await using receiver = await SyslogServer.start()
  using folder = temporaryFolder()
  for (const text of [`udp://127.0.0.1:${receiver.udpPort}`, `tcp://127.0.0.1:${receiver.tcpPort}`]) {
    receiver.messages.length = 0
    assert.equal(await sendSyslog(target(text), [MESSAGE, MESSAGE], machineClock), null)
    await until(() => receiver.messages.length === 2, text)
    assert.deepEqual(receiver.messages, [MESSAGE.toString(), MESSAGE.toString()])
  }
  const path = join(folder.path, 'log')
  let said = ''
  await using local = createServer((socket) => void socket.on('data', (piece: Buffer) => (said += piece.toString())))
  local.listen(path)
  await once(local, 'listening')
  assert.equal(await sendSyslog({ kind: 'unix', path }, [MESSAGE], machineClock), null)
  await until(() => said === `${MESSAGE.toString()}\n`, 'the local socket')
  assert.match((await sendSyslog({ kind: 'unix', path: `${path}x` }, [MESSAGE], machineClock)) ?? '', /ENOENT/)
  await using proved = createTlsServer(testCertificate('localhost'))
  proved.listen(0, '127.0.0.1')
  await once(proved, 'listening')
  const { port } = proved.address() as { port: number }
  assert.match((await sendSyslog({ kind: 'tls', host: 'localhost', port }, [MESSAGE], machineClock)) ?? '', /certificate/)
})

test('mail is handed over without the queue, with a login from a file; what the server says against it is told', async () => {
  using folder = temporaryFolder()
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, 'secret\n')
  await using peer = await SmtpPeer.start()
  const server = { host: '127.0.0.1', port: peer.port, tls: 'may', user: '', passwordFile, name: 'mta.test' } as const
  const mail = { from: 'a@mta.test', to: ['ann@owner.test', 'bob@owner.test'], octets: Buffer.from('Subject: x\r\n\r\n.hello\r\n') }
  assert.equal(await sendDirectly(server, mail), null)
  const [got] = await peer.waitForMessages(1)
  assert.deepEqual([got?.sender, got?.recipients, got?.data.toString()], ['a@mta.test', mail.to, mail.octets.toString()])
  await using refusing = await SmtpPeer.start({ on: { rcpt: () => '550 5.1.1 nobody here' } })
  assert.match((await sendDirectly({ ...server, port: refusing.port }, mail)) ?? '', /nobody here/)
  assert.match((await sendDirectly({ ...server, tls: 'encrypt' }, mail)) ?? '', /STARTTLS|TLS/i)
})
