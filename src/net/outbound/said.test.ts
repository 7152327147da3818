// What is remembered of real sessions: refusals at each step, TLS that fails, nobody who listens; never credentials or a message; within bounds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCertificate } from '../../../testkit/certificate.ts'
import { opened, PATIENT, recipient, refused, targetAt, testOutbound, transaction } from '../../../testkit/outbound.ts'
import { DROP, SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { MOST_DIALOG } from '../../contract/dialogs.ts'
import type { Outbound, OutboundDialog } from '../../engine/ports/outbound.ts'
import { createOutbound } from './outbound.ts'

const certificate = testCertificate('peer.test')

function remembering(): Outbound {
  const log = jsonLog('test', 'error', () => undefined)
  return createOutbound({ timeouts: PATIENT, clock: systemClock, log, remembers: true })
}

const SIGNS = { us: '>', peer: '<', note: '*' } as const
const shown = (dialog: OutboundDialog | null | undefined): string[] =>
  (dialog?.lines ?? []).map(({ from, text }) => `${SIGNS[from]} ${text}`)
const octets = (dialog: OutboundDialog | null): number => (dialog?.lines ?? []).reduce((sum, { text }) => sum + text.length, 0)

test('a deferral at RCPT and a refusal after the message: the opening and the last transaction, in order', async () => {
  await using peer = await SmtpPeer.start({
    on: { rcpt: (line) => (line.includes('busy@') ? '451 4.7.1 later' : undefined), final: () => '554-5.7.1 no\n554 5.7.1 such words' },
  })
  const connection = await opened(remembering(), targetAt(peer.port))
  const before = systemClock.now()
  await connection.send(transaction('first\r\n', { recipients: [recipient('busy@peer.test')] }))
  const first = connection.dialog()
  assert.ok(first !== null && first.begun <= before && first.lines.every(({ after }) => after >= 0 && after < 3_600_000))
  const [connecting, greeting, hello, ...offered] = shown(first)
  assert.equal(connecting, `* connecting to peer.test [127.0.0.1]:${peer.port}`)
  assert.match(greeting ?? '', /^< 220 peer\.test/)
  assert.equal(hello, '> EHLO out.test')
  assert.ok(offered.some((line) => /^< 250-?/.test(line)))
  const said = shown(first)
  assert.ok(said.indexOf('> RCPT TO:<busy@peer.test>') < said.indexOf('< 451 4.7.1 later'))

  await connection.send(transaction('so secret\r\n'))
  const second = shown(connection.dialog())
  assert.equal(second[2], '> EHLO out.test')
  assert.ok(!second.some((line) => /busy@|451|secret/.test(line)), second.join('\n'))
  assert.deepEqual(second.slice(-3), ['* the message, 11 octets', '< 554-5.7.1 no', '< 554 5.7.1 such words'])
  await connection.close('quit')
})

test('what never became a session: nobody listens, TLS fails, the greeting refuses, the server ends it', async () => {
  const tried = async (peer: Pick<SmtpPeer, 'port'>, change: Parameters<typeof targetAt>[1] = {}): Promise<string[]> =>
    shown((await refused(remembering(), targetAt(peer.port, change))).dialogs?.[0])
  await using tls = await SmtpPeer.start({ tls: certificate })
  assert.match(
    (await tried(tls, { tls: 'verify' })).join('\n'),
    /> STARTTLS\n< 220.*\n\* TLSv1\.\d with \S+, the certificate does not prove the host: /,
  )
  await using broken = await SmtpPeer.start({ tls: certificate, on: { starttls: () => ({ text: '220 go', after: 'close' }) } })
  assert.match((await tried(broken, { tls: 'encrypt' })).join('\n'), /> STARTTLS\n< 220 go\n\* /)
  await using clear = await SmtpPeer.start()
  assert.match((await tried(clear, { tls: 'encrypt' })).at(-1) ?? '', /^\* the server does not offer STARTTLS/)
  await using unwilling = await SmtpPeer.start({ on: { connect: () => '554 5.7.1 go away' } })
  assert.equal((await tried(unwilling)).at(-1), '< 554 5.7.1 go away')
  const gone = await SmtpPeer.start()
  const { port } = gone
  await gone[Symbol.asyncDispose]()
  assert.match((await tried({ port })).join('\n'), /^\* connecting to .*\n\* connect ECONNREFUSED /)
  await using dropping = await SmtpPeer.start({ on: { mail: () => DROP } })
  const connection = await opened(remembering(), targetAt(dropping.port))
  await connection.send(transaction('x\r\n'))
  assert.match(shown(connection.dialog()).join('\n'), /> MAIL FROM:<from@sender\.test>.*\n(?:>.*\n)*\* /)
})

test('a login is told of without what proves it, whether it is taken or not', async () => {
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256'])
    for (const password of ['so secret', 'wrong one']) {
      const auth = { user: 'smart-user', password: 'so secret', mechanisms: [mechanism] }
      await using peer = await SmtpPeer.start({ tls: certificate, auth, on: { rcpt: () => '450 4.2.0 later' } })
      const target = targetAt(peer.port, { tls: 'encrypt', auth: { user: 'smart-user', password } })
      const opening = await remembering().open(target, new AbortController().signal)
      if (opening.ok) await opening.connection.send(transaction('x\r\n'))
      const dialog = opening.ok ? opening.connection.dialog() : opening.failure.dialogs?.[0]
      const text = shown(dialog).join('\n')
      assert.match(text, new RegExp(`> AUTH ${mechanism}(?: \\(credentials\\))?\n`))
      assert.match(text, opening.ok ? /< 235 .*\n> MAIL FROM/ : /< 5\d\d /)
      const secrets = ['smart-user', password, `\0smart-user\0${password}`]
      for (const secret of secrets.flatMap((one) => [one, Buffer.from(one).toString('base64')])) assert.ok(!text.includes(secret), text)
      assert.ok(!/[A-Za-z0-9+/]{24}/.test(text.replaceAll(/TLS\S+|AES\S+/g, '')), text)
      if (opening.ok) await opening.connection.close('quit')
    }
})

test('a dialog has its bounds, whatever is sent and said', async () => {
  await using peer = await SmtpPeer.start({
    on: {
      ehlo: () =>
        Array.from({ length: 90 }, (_, n) => `250 X${n}-${'e'.repeat(400)}`)
          .join('\n')
          .replaceAll(/250 (?=.*\n)/g, '250-'),
      rcpt: (line) => `450 4.2.0 ${line} ${'r'.repeat(900)}`,
    },
  })
  const connection = await opened(remembering(), targetAt(peer.port))
  const many = Array.from({ length: 500 }, (_, n) => recipient(`r${n}@peer.test`))
  await connection.send(transaction('x\r\n', { recipients: many }))
  const dialog = connection.dialog()
  const text = shown(dialog)
  assert.ok(octets(dialog) <= MOST_DIALOG, String(octets(dialog)))
  assert.ok(text.some((line) => /^\* \(\d+ lines are left out\)$/.test(line)))
  assert.match(text.at(-1) ?? '', /^< 450 4\.2\.0 RCPT TO:<r499@|^< 5\d\d|^\. *$|^> /)
  assert.match(text[0] ?? '', /connecting to/)
  // The next has nothing of it.
  await connection.send(transaction('x\r\n', { recipients: [recipient('one@peer.test')] }))
  assert.ok(shown(connection.dialog()).some((line) => line.startsWith('< 450 4.2.0 RCPT TO:<one@peer.test>')))
  await connection.close('abort')
})

test('nothing is remembered where nobody asks for it', async () => {
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port))
  await connection.send(transaction('x\r\n'))
  assert.equal(connection.dialog(), null)
  await connection.close('quit')
  await using unwilling = await SmtpPeer.start({ on: { connect: () => '554 5.7.1 go away' } })
  assert.equal((await refused(testOutbound(), targetAt(unwilling.port))).dialogs, undefined)
})
