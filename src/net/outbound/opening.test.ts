// Opening a session over real sockets: greetings, EHLO and HELO, STARTTLS and its attacks, logins, peers that make no sense.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { testCertificate } from '../../../testkit/certificate.ts'
import { opened, recipient, refused, targetAt, testOutbound, transaction } from '../../../testkit/outbound.ts'
import { DROP, SILENCE, SmtpPeer, type Answer } from '../../../testkit/smtp-peer.ts'
import type { OpenFailure, OutboundTarget } from '../../engine/ports/outbound.ts'

const certificate = testCertificate('peer.test')
const LOGIN = { user: 'jo=e,x', password: 'pa ss' }

/** The failure without its words. */
const kinds = ({ kind, phase, reply }: OpenFailure): unknown[] => [kind, phase, reply?.code ?? null]

test('a refusal while opening is a reply of its phase', async () => {
  const cases: [string, Answer, unknown[]][] = [
    ['connect', '554 5.7.1 go away', ['reply', 'greeting', 554]],
    ['connect', { text: '421 4.3.2 busy', after: 'close' }, ['reply', 'greeting', 421]],
    ['connect', { after: 'close' }, ['network', 'greeting', null]],
    ['connect', SILENCE, ['timeout', 'greeting', null]],
    ['ehlo', '550 5.7.1 no', ['reply', 'ehlo', 550]],
    ['ehlo', '421 4.3.2 busy', ['reply', 'ehlo', 421]],
    ['ehlo', DROP, ['network', 'ehlo', null]],
    ['ehlo', SILENCE, ['timeout', 'ehlo', null]],
  ]
  for (const [step, answer, expected] of cases) {
    await using peer = await SmtpPeer.start({ on: { [step]: () => answer } })
    const outbound = answer === SILENCE ? testOutbound({ [step === 'connect' ? 'greeting' : 'command']: 100 }) : testOutbound()
    assert.deepEqual(kinds(await refused(outbound, targetAt(peer.port))), expected, `${step}: ${JSON.stringify(answer)}`)
    await peer.until(() => peer.open === 0)
  }
})

test('nobody listens, or the opening is given up', async () => {
  const peer = await SmtpPeer.start({ on: { connect: () => SILENCE } })
  const { port } = peer
  const stop = new AbortController()
  const opening = testOutbound().open(targetAt(port), stop.signal)
  await peer.until(() => peer.open === 1)
  stop.abort()
  const result = await opening
  assert.ok(!result.ok)
  assert.match(kinds(result.failure).join(), /^network,(connect|greeting),$/)
  const early = await testOutbound().open(targetAt(port), AbortSignal.abort())
  assert.deepEqual(early.ok ? null : kinds(early.failure), ['network', 'connect', null])
  await peer[Symbol.asyncDispose]()
  assert.deepEqual(kinds(await refused(testOutbound(), targetAt(port))), ['refused', 'connect', null])
})

test('the local address is bound; one that cannot be is a failure of the connection', async () => {
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port, { localAddress: '127.0.0.77' }))
  assert.equal(connection.peer.localAddress, '127.0.0.77')
  await connection.close('quit')
  for (const [localAddress, kind] of [
    ['192.0.2.1', 'source'],
    ['not-an-address', 'network'],
  ] as const)
    assert.deepEqual(kinds(await refused(testOutbound(), targetAt(peer.port, { localAddress }))), [kind, 'connect', null])
})

test('an old server that knows no EHLO is greeted with HELO', async () => {
  await using peer = await SmtpPeer.start({ on: { ehlo: () => '502 5.5.1 what?', connect: () => '220-peer.test hello\n220 there' } })
  const connection = await opened(testOutbound(), targetAt(peer.port))
  assert.equal(connection.peer.greeting, 'peer.test')
  assert.deepEqual(connection.peer.extensions.size, null)
  const [result] = await connection.send(transaction('x\r\n', { recipients: [recipient('a@x.test')], eightBit: true }))
  assert.equal(result?.kind, 'accepted')
  assert.equal(peer.messages[0]?.mailLine, 'MAIL FROM:<from@sender.test>')
  await connection.close('quit')
  for (const tls of ['encrypt', 'verify'] as const)
    assert.deepEqual(kinds(await refused(testOutbound(), targetAt(peer.port, { tls }))), ['tls', 'ehlo', null])
})

test('TLS as the policy says: never, where offered, always, with a certificate that proves the host', async () => {
  await using peer = await SmtpPeer.start({ tls: certificate })
  const trusting = testOutbound({}, [certificate.cert])
  const cases: [OutboundTarget['tls'], typeof trusting, boolean | null, string?][] = [
    ['none', trusting, null],
    ['may', testOutbound(), false],
    ['encrypt', testOutbound(), false],
    ['may', trusting, true],
    ['verify', trusting, true],
    ['encrypt', trusting, false, 'other.test'],
  ]
  for (const [tls, outbound, verified, host] of cases) {
    const connection = await opened(outbound, targetAt(peer.port, { tls, ...(host === undefined ? {} : { host }) }))
    assert.equal(connection.peer.tls?.verified ?? null, verified)
    if (verified !== null) assert.match(connection.peer.tls?.version ?? '', /^TLSv1\.[23]$/)
    const [result] = await connection.send(transaction('x\r\n'))
    assert.equal(result?.kind, 'accepted')
    assert.equal(peer.messages.at(-1)?.secure, verified !== null)
    await connection.close('quit')
  }
  assert.deepEqual(kinds(await refused(testOutbound(), targetAt(peer.port, { tls: 'verify' }))), ['tls', 'starttls', null])
  const wrongName = await refused(trusting, targetAt(peer.port, { tls: 'verify', host: 'other.test' }))
  assert.deepEqual(kinds(wrongName), ['tls', 'starttls', null])
  assert.match(wrongName.reason, /for another name/)
})

test('a resumed TLS session keeps the verdict on the certificate', async () => {
  await using peer = await SmtpPeer.start({ tls: certificate })
  const [stranger, trusting] = [testOutbound(), testOutbound({}, [certificate.cert])]
  for (let i = 0; i < 4; i++)
    for (const [outbound, host, verified] of [
      [trusting, 'peer.test', true],
      [trusting, 'other.test', false],
      [stranger, 'peer.test', false],
    ] as const) {
      const connection = await opened(outbound, targetAt(peer.port, { tls: 'may', host }))
      await connection.send(transaction('x\r\n'))
      assert.equal(connection.peer.tls?.verified, verified, `${host}, connection ${i}`)
      await connection.close('quit')
    }
})

test('TLS from the first octet', async () => {
  await using peer = await SmtpPeer.start({ tls: certificate, implicitTls: true })
  const trusting = testOutbound({}, [certificate.cert])
  const connection = await opened(trusting, targetAt(peer.port, { tls: 'verify', implicitTls: true }))
  assert.equal(connection.peer.tls?.verified, true)
  const big = Buffer.from(`${'x'.repeat(98)}\r\n`.repeat(30_000))
  for (const content of [Buffer.from('x\r\n'), big, Buffer.from('y\r\n')]) {
    assert.equal((await connection.send(transaction(content)))[0]?.kind, 'accepted')
    assert.ok(peer.messages.at(-1)?.data.equals(content))
  }
  await connection.close('quit')
})

test('STARTTLS that is missing, refused or broken', async () => {
  await using without = await SmtpPeer.start()
  for (const tls of ['encrypt', 'verify'] as const)
    assert.deepEqual(kinds(await refused(testOutbound(), targetAt(without.port, { tls }))), ['tls', 'ehlo', null])
  const clear = await opened(testOutbound(), targetAt(without.port, { tls: 'may' }))
  assert.equal(clear.peer.tls, null)
  await clear.close('quit')

  await using refusing = await SmtpPeer.start({ tls: certificate, on: { starttls: () => '454 4.7.0 not now' } })
  assert.deepEqual(kinds(await refused(testOutbound(), targetAt(refusing.port, { tls: 'encrypt' }))), ['reply', 'starttls', 454])
  const goesOn = await opened(testOutbound(), targetAt(refusing.port, { tls: 'may' }))
  assert.equal((await goesOn.send(transaction('x\r\n')))[0]?.kind, 'accepted')
  await goesOn.close('quit')

  for (const answer of [DROP, { text: '220 ready', after: 'drop' }, { text: '220 ready', after: 'close' }] as const) {
    await using broken = await SmtpPeer.start({ tls: certificate, on: { starttls: () => answer } })
    const [kind, phase] = kinds(await refused(testOutbound(), targetAt(broken.port, { tls: 'may' })))
    assert.deepEqual([kind, phase], [answer === DROP ? 'network' : 'tls', 'starttls'])
  }
})

test('what is sent before the handshake is not taken for what is said under TLS', async () => {
  for (const tls of ['may', 'encrypt'] as const) {
    await using peer = await SmtpPeer.start({ tls: certificate, on: { starttls: () => '220 ready\n250-evil.test\n250 AUTH PLAIN' } })
    const failure = await refused(testOutbound(), targetAt(peer.port, { tls, auth: LOGIN }))
    assert.deepEqual(kinds(failure), ['network', 'starttls', null])
    assert.match(failure.reason, /before the TLS handshake/)
  }
})

test('every login that is known, the best of those offered', async () => {
  const cases: [string[], OutboundTarget['tls'], string][] = [
    [['LOGIN', 'PLAIN', 'SCRAM-SHA-256'], 'none', 'AUTH SCRAM-SHA-256 '],
    [['LOGIN', 'PLAIN'], 'none', 'AUTH PLAIN '],
    [['LOGIN'], 'encrypt', 'AUTH LOGIN'],
    [['LOGIN', 'PLAIN'], 'may', 'AUTH PLAIN '],
    [['CRAM-MD5', 'SCRAM-SHA-256'], 'encrypt', 'AUTH SCRAM-SHA-256 '],
  ]
  for (const [mechanisms, tls, command] of cases) {
    await using peer = await SmtpPeer.start({ tls: certificate, auth: { ...LOGIN, mechanisms } })
    const connection = await opened(testOutbound(), targetAt(peer.port, { tls, auth: LOGIN }))
    await connection.send(transaction('x\r\n'))
    assert.equal(peer.messages[0]?.user, LOGIN.user)
    assert.ok(peer.transcript.some((line) => line.startsWith(`1 ${command}`)))
    await connection.close('quit')
    const wrong = await refused(testOutbound(), targetAt(peer.port, { tls, auth: { ...LOGIN, password: 'wrong' } }))
    assert.deepEqual(kinds(wrong), ['reply', 'auth', 535])
  }
})

test('a password is not given away in the clear, and a server that has no login for us is told', async () => {
  await using peer = await SmtpPeer.start({ auth: { ...LOGIN, mechanisms: ['PLAIN', 'LOGIN'] } })
  const failure = await refused(testOutbound(), targetAt(peer.port, { tls: 'may', auth: LOGIN }))
  assert.deepEqual(kinds(failure), ['reply', 'ehlo', null])
  assert.ok(!peer.transcript.some((line) => line.includes('AUTH')))
  await using none = await SmtpPeer.start()
  assert.deepEqual(kinds(await refused(testOutbound(), targetAt(none.port, { auth: LOGIN }))), ['reply', 'ehlo', null])
})

test('a server that takes a SCRAM login without proving itself, or asks for the impossible, is not believed', async () => {
  const scram = { ...LOGIN, mechanisms: ['SCRAM-SHA-256'] }
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  for (const answer of ['235 2.7.0 welcome', `334 ${base64('r=other,s=AAAA,i=4096')}`, '334 !!!', `334 ${base64('x')}`]) {
    await using peer = await SmtpPeer.start({ auth: scram, on: { auth: () => answer } })
    assert.deepEqual(kinds(await refused(testOutbound(), targetAt(peer.port, { auth: LOGIN }))), ['reply', 'auth', null])
  }
  const nonceOf = (line: string): string => /r=(.*)$/.exec(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString())?.[1] ?? ''
  for (const rounds of ['1', '999999999']) {
    const auth = (line: string): Answer => `334 ${base64(`r=${nonceOf(line)}more,s=AAAAAAAA,i=${rounds}`)}`
    await using peer = await SmtpPeer.start({ auth: scram, on: { auth } })
    assert.deepEqual(kinds(await refused(testOutbound(), targetAt(peer.port, { auth: LOGIN }))), ['reply', 'auth', null])
  }
})

/** A server that sends `first`, then `more` for as long as it is read. */
async function babbler(first: string, more: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    const babble = (): void => {
      if (more !== '') while (socket.write(more) && !socket.destroyed);
    }
    socket.on('drain', babble)
    socket.write(first)
    babble()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const dispose = async (): Promise<void> => {
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose }
}

test('peers that make no sense or never end are cut off', async () => {
  for (const [first, more] of [
    ['HTTP/1.1 400 Bad Request\r\n', ''],
    ['\0\0\0\0\r\n', ''],
    ['99 too low\r\n', ''],
    ['220', 'x'.repeat(10_000)],
    ['', 'x'.repeat(10_000)],
    ['', '220-again\r\n'.repeat(1000)],
    ['', '220-\n'.repeat(1000)],
    ['', `220-${'y'.repeat(60_000)}\r\n`],
  ] as const) {
    await using peer = await babbler(first, more)
    const failure = await refused(testOutbound(), targetAt(peer.port))
    assert.deepEqual(kinds(failure), ['network', 'greeting', null], first)
    assert.ok(failure.reason.length < 300)
  }
})

test('a server that speaks out of turn while idle loses the connection', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => '250 2.0.0 ok\n250 2.0.0 and more' } })
  const connection = await opened(testOutbound(), targetAt(peer.port))
  const ended = new Promise<void>((resolve) => {
    connection.onEnd(resolve)
  })
  assert.equal((await connection.send(transaction('x\r\n')))[0]?.kind, 'accepted')
  await ended
  assert.equal(connection.usable, false)
})
