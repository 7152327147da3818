// Transactions over real sockets: what the peer gets, and what became of each recipient.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { opened, PATIENT, recipient, targetAt, testOutbound, transaction } from '../../../testkit/outbound.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { DROP, PEER_EXTENSIONS, SILENCE, SmtpPeer, type Answer } from '../../../testkit/smtp-peer.ts'
import type { OutboundTransaction, RecipientResult } from '../../engine/ports/outbound.ts'

const WITHOUT_PIPELINING = PEER_EXTENSIONS.filter((keyword) => keyword !== 'PIPELINING')
const three = ['a@x.test', 'b@x.test', 'c@x.test'].map((address) => recipient(address))
const short = (results: readonly RecipientResult[]): string[] =>
  results.map((result) =>
    'reply' in result
      ? `${result.kind}${'phase' in result ? ` ${result.phase}` : ''} ${result.reply.code}`
      : `${result.kind}${'phase' in result ? ` ${result.phase}` : ''}`,
  )

test('a message arrives as it is, in two writes where the peer pipelines', async () => {
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port))
  assert.equal(connection.peer.greeting, 'peer.test')
  assert.equal(connection.peer.localAddress, '127.0.0.1')
  assert.equal(connection.peer.extensions.size, 52428800)
  const before = peer.reads
  const text = 'Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n'
  const results = await connection.send(transaction(text, { prefix: Buffer.from('X-Sign: 1\r\n'), recipients: three }))
  const accepted = { kind: 'accepted', reply: { code: 250, enhanced: '2.0.0', text: 'queued' } }
  assert.deepEqual(results, [accepted, accepted, accepted])
  assert.equal(peer.reads - before, 2)
  assert.equal(peer.messages[0]?.data.toString(), `X-Sign: 1\r\n${text}`)
  assert.deepEqual(peer.messages[0]?.recipients, ['a@x.test', 'b@x.test', 'c@x.test'])
  assert.equal(peer.messages[0]?.mailLine, `MAIL FROM:<from@sender.test> SIZE=${text.length + 11}`)
  await connection.close('quit')
  assert.equal(peer.transcript.at(-1), '1 QUIT')
})

test('many messages share one connection, with and without PIPELINING, without RSET', async () => {
  for (const extensions of [PEER_EXTENSIONS, WITHOUT_PIPELINING, ['SIZE']]) {
    await using peer = await SmtpPeer.start({ extensions })
    const connection = await opened(testOutbound(), targetAt(peer.port))
    for (let i = 0; i < 5; i++) await connection.send(transaction(`${i}\r\n`, { recipients: three }))
    assert.deepEqual(
      peer.messages.map(({ data }) => data.toString()),
      ['0\r\n', '1\r\n', '2\r\n', '3\r\n', '4\r\n'],
    )
    assert.equal(peer.connections, 1)
    assert.ok(!peer.transcript.some((line) => line.endsWith('RSET')))
    await connection.close('quit')
  }
})

test('only those who were accepted take part', async () => {
  for (const extensions of [PEER_EXTENSIONS, WITHOUT_PIPELINING]) {
    const rcpt = (line: string): Answer | undefined => (line.includes('b@') ? '550-5.1.1 no such\n550 5.1.1 user' : undefined)
    await using peer = await SmtpPeer.start({ extensions, on: { rcpt } })
    const connection = await opened(testOutbound(), targetAt(peer.port))
    const results = await connection.send(transaction('x\r\n', { recipients: three }))
    assert.deepEqual(short(results), ['accepted 250', 'rejected rcpt 550', 'accepted 250'])
    assert.deepEqual(results[1], { kind: 'rejected', phase: 'rcpt', reply: { code: 550, enhanced: '5.1.1', text: 'no such user' } })
    assert.deepEqual(peer.messages[0]?.recipients, ['a@x.test', 'c@x.test'])
    await connection.close('abort')
  }
})

test('a refusal is told with its step, and the connection goes on after RSET where one is due', async () => {
  const cases: [string, string, string, string][] = [
    ['mail', '550 5.1.8 no', 'rejected mail 550', ''],
    ['rcpt', '450 4.2.0 later', 'rejected rcpt 450', 'RSET'],
    ['data', '451 4.3.0 later', 'rejected data 451', 'RSET'],
    ['final', '554 5.6.0 spam', 'rejected final 554', ''],
  ]
  for (const extensions of [PEER_EXTENSIONS, WITHOUT_PIPELINING])
    for (const [step, answer, expected, reset] of cases) {
      let first = true
      const hook = (): Answer | undefined => (first ? answer : undefined)
      await using peer = await SmtpPeer.start({ extensions, on: { [step]: hook } })
      const connection = await opened(testOutbound(), targetAt(peer.port))
      assert.deepEqual(short(await connection.send(transaction('x\r\n'))), [expected])
      first = false
      assert.equal(connection.usable, true)
      assert.deepEqual(short(await connection.send(transaction('y\r\n'))), ['accepted 250'])
      assert.deepEqual(
        peer.messages.map(({ data }) => data.toString()),
        ['y\r\n'],
      )
      assert.equal(peer.transcript.filter((line) => line.endsWith('RSET')).length, reset === '' ? 0 : 1)
      await connection.close('abort')
    }
})

test('DATA that is taken although no recipient was is ended by a lone dot, to nobody', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '550 5.1.1 no', data: () => '354 go on' } })
  const connection = await opened(testOutbound(), targetAt(peer.port))
  assert.deepEqual(short(await connection.send(transaction('secret\r\n', { recipients: three }))), Array(3).fill('rejected rcpt 550'))
  assert.equal(peer.messages[0]?.data.length, 0)
  assert.equal(connection.usable, true)
  await connection.close('abort')
})

test('421 at any step stands for that step, and ends the connection', async () => {
  for (const extensions of [PEER_EXTENSIONS, WITHOUT_PIPELINING])
    for (const step of ['mail', 'rcpt', 'data', 'final']) {
      await using peer = await SmtpPeer.start({ extensions, on: { [step]: () => ({ text: '421 4.3.2 closing', after: 'close' }) } })
      const connection = await opened(testOutbound(), targetAt(peer.port))
      assert.deepEqual(short(await connection.send(transaction('x\r\n', { recipients: three }))), Array(3).fill(`rejected ${step} 421`))
      assert.equal(connection.usable, false)
      assert.deepEqual(short(await connection.send(transaction('x\r\n'))), ['lost idle'])
      await connection.close('quit')
    }
})

test('a connection lost before the end of the message is lost, after it the peer perhaps has it', async () => {
  for (const extensions of [PEER_EXTENSIONS, WITHOUT_PIPELINING])
    for (const [step, expected] of [
      ['mail', 'lost mail'],
      ['rcpt', 'lost rcpt'],
      ['data', 'lost data'],
      ['final', 'perhaps'],
    ] as const) {
      await using peer = await SmtpPeer.start({ extensions, on: { [step]: () => DROP } })
      const connection = await opened(testOutbound(), targetAt(peer.port))
      assert.deepEqual(short(await connection.send(transaction('x\r\n', { recipients: three }))), Array(3).fill(expected))
      assert.equal(connection.usable, false)
      await connection.close('abort')
    }
})

test('a peer that falls silent runs into the timeout of the step', async () => {
  const clock = new FakeClock()
  const outbound = testOutbound({}, [], clock)
  for (const [step, expected] of [
    ['mail', 'lost mail'],
    ['rcpt', 'lost rcpt'],
    ['data', 'lost data'],
    ['final', 'perhaps'],
  ] as const) {
    let isSilent = false
    await using peer = await SmtpPeer.start({ on: { [step]: () => ((isSilent = true), SILENCE) } })
    const connection = await opened(outbound, targetAt(peer.port))
    const sent = connection.send(transaction('x\r\n'))
    await peer.until(() => isSilent)
    const turns = async (): Promise<null> => {
      // What was answered before is read in the next turns.
      for (let turn = 0; turn < 20; turn++) await setImmediate()
      clock.pass(PATIENT.final)
      return null
    }
    let results: Awaited<typeof sent> | null = null
    while (!(results = await Promise.race([sent, turns()])));
    assert.deepEqual(short(results), [expected])
    assert.equal(connection.usable, false)
  }
})

test('the end of a message waits for `mayFinish`; lost while it waits is lost, not perhaps', async () => {
  const large = Buffer.from(`${'y'.repeat(998)}\r\n`.repeat(400))
  for (const text of [Buffer.from('x\r\n'), large]) {
    await using peer = await SmtpPeer.start({ extensions: ['PIPELINING'] })
    const connection = await opened(testOutbound(), targetAt(peer.port))
    const commit = Promise.withResolvers<void>()
    const sent = connection.send(transaction(text, { mayFinish: commit.promise }))
    await sleep(50)
    assert.deepEqual([peer.messages.length, peer.refused.length], [0, 0])
    commit.resolve()
    assert.deepEqual(short(await sent), ['accepted 250'])
    assert.ok(peer.messages[0]?.data.equals(text))
    const never = connection.send(transaction(text, { mayFinish: Promise.withResolvers<void>().promise }))
    await sleep(50)
    peer.dropAll()
    assert.deepEqual(short(await never), ['lost body'])
    assert.equal(peer.messages.length, 1)
    const again = await opened(testOutbound(), targetAt(peer.port))
    const failed = again.send(transaction(text, { mayFinish: Promise.reject(new Error('no commit')) }))
    assert.match(short(await failed)[0] ?? '', /^lost/)
    assert.equal(peer.messages.length, 1)
  }
})

async function withFile<T>(content: Buffer, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-outbound-'))
  try {
    await writeFile(join(folder, 'body'), content)
    return await use(join(folder, 'body'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a body in a file streams, dots stuffed across the pieces, by DATA and by BDAT', async () => {
  // Lines of 7 octets: dots at the start of lines fall on every place of a piece.
  const content = Buffer.from('.123.\r\n'.repeat(200_000))
  for (const extensions of [PEER_EXTENSIONS, ['PIPELINING'], ['CHUNKING'], []]) {
    await using peer = await SmtpPeer.start({ extensions })
    await withFile(content, async (path) => {
      const connection = await opened(testOutbound(), targetAt(peer.port))
      const message: Partial<OutboundTransaction> = { body: { kind: 'file', path, size: content.length }, prefix: Buffer.from('A: b\r\n') }
      for (let i = 0; i < 2; i++) assert.deepEqual(short(await connection.send(transaction('', message))), ['accepted 250'])
      await connection.close('quit')
    })
    for (const message of peer.messages) {
      assert.equal(message.how, extensions.includes('CHUNKING') ? 'bdat' : 'data')
      assert.ok(message.data.equals(Buffer.concat([Buffer.from('A: b\r\n'), content])))
    }
    assert.equal(peer.messages.length, 2)
  }
})

test('a message that is ready for the wire goes out as it is with its end behind it, short or long, by DATA and by BDAT', async () => {
  const prefix = Buffer.from('X-Sign: 1\r\n')
  for (const extensions of [PEER_EXTENSIONS, ['PIPELINING']]) {
    await using peer = await SmtpPeer.start({ extensions })
    const connection = await opened(testOutbound(), targetAt(peer.port))
    for (const content of ['', 'A: b\r\n\r\na.\r\n', 'line\r\n'.repeat(60_000)]) {
      for (const front of [Buffer.alloc(0), prefix]) {
        assert.deepEqual(short(await connection.send(transaction(content, { prefix: front, wireReady: true }))), ['accepted 250'])
        assert.equal(peer.messages.at(-1)?.data.toString(), `${front.toString()}${content}`)
      }
    }
    await withFile(Buffer.from('line\r\n'.repeat(60_000)), async (path) => {
      const body = { kind: 'file', path, size: 360_000 } as const
      assert.deepEqual(short(await connection.send(transaction('', { body, prefix, wireReady: true }))), ['accepted 250'])
      assert.equal(peer.messages.at(-1)?.data.length, 360_000 + prefix.length)
    })
    await connection.close('quit')
    assert.equal(peer.messages.length, 7)
  }
})

test('a binary message goes as it is, short or long', async () => {
  const binary = Buffer.from([0, 10, 13, 46, 13, 10, 46, 13, 10, 255])
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port))
  for (const content of [binary, Buffer.concat(Array(50_000).fill(binary))]) {
    assert.deepEqual(short(await connection.send(transaction(content, { binary: true }))), ['accepted 250'])
    assert.ok(peer.messages.at(-1)?.data.equals(content))
    assert.match(peer.messages.at(-1)?.mailLine ?? '', / BODY=BINARYMIME$/)
  }
  await connection.close('quit')
})

test('a refused BDAT chunk is told, a file that cannot be read loses the connection and nothing else', async () => {
  const content = Buffer.alloc(600_000, 'x')
  await withFile(content, async (path) => {
    await using strict = await SmtpPeer.start({ on: { bdat: () => '552 5.3.4 too big' } })
    await using peer = await SmtpPeer.start()
    const body = { kind: 'file', path, size: content.length } as const
    const connection = await opened(testOutbound(), targetAt(strict.port))
    assert.match(short(await connection.send(transaction('', { body })))[0] ?? '', /^rejected (body|final) 552$/)
    const missing = await opened(testOutbound(), targetAt(peer.port))
    const results = await missing.send(transaction('', { body: { ...body, path: `${path}-gone` } }))
    assert.deepEqual(short(results), ['lost body'])
    const tooShort = await opened(testOutbound(), targetAt(peer.port))
    assert.deepEqual(short(await tooShort.send(transaction('', { body: { ...body, size: content.length + 1 } }))), ['lost body'])
    assert.equal(peer.messages.length, 0)
  })
})

test('a connection cut in the middle of a long message is lost', async () => {
  const content = Buffer.from(`${'z'.repeat(98)}\r\n`.repeat(50_000))
  for (const extensions of [['PIPELINING'], PEER_EXTENSIONS]) {
    const piece = (octets: number): Answer | undefined => (octets > 100_000 ? DROP : undefined)
    await using peer = await SmtpPeer.start({ extensions, on: { piece } })
    await withFile(content, async (path) => {
      const connection = await opened(testOutbound(), targetAt(peer.port))
      const results = await connection.send(transaction('', { body: { kind: 'file', path, size: content.length } }))
      assert.deepEqual(short(results), ['lost body'])
    })
  }
})

test('a peer that stops reading a long message runs into the timeout for data', async () => {
  const content = Buffer.alloc(20_000_000, 'x')
  await using peer = await SmtpPeer.start({ extensions: ['PIPELINING'], on: { piece: () => void peer.pause() } })
  const connection = await opened(testOutbound({ data: 200 }), targetAt(peer.port))
  const results = await connection.send(transaction(content))
  assert.deepEqual(short(results), ['lost body'])
})

test('parameters go out where the peer offers them', async () => {
  const notify = { given: true, success: true, failure: true, delay: false }
  const recipients = [
    recipient('a@x.test', { notify, originalRecipient: 'rfc822;a+2B@x.test' }),
    recipient('b@x.test', { notify: { given: true, success: false, failure: false, delay: false } }),
  ]
  const message = transaction('x\r\n', { recipients, envelopeId: 'a+b=c d', returnContent: 'headers', eightBit: true })
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port))
  await connection.send(message)
  assert.equal(peer.messages[0]?.mailLine, 'MAIL FROM:<from@sender.test> SIZE=3 BODY=8BITMIME RET=HDRS ENVID=a+2Bb+3Dc+20d')
  assert.deepEqual(peer.messages[0]?.rcptLines, [
    'RCPT TO:<a@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2B@x.test',
    'RCPT TO:<b@x.test> NOTIFY=NEVER',
  ])
  await connection.send(transaction('x\r\n', { sender: 'jörg@x.test', recipients: [recipient('"a b"@x.test')], utf8: true }))
  assert.equal(peer.messages[1]?.mailLine, 'MAIL FROM:<jörg@x.test> SIZE=3 SMTPUTF8')
  assert.deepEqual(peer.messages[1]?.recipients, ['"a b"@x.test'])
  await connection.send(transaction('x\r\n', { sender: '' }))
  assert.equal(peer.messages[2]?.mailLine, 'MAIL FROM:<> SIZE=3')
  await connection.close('quit')

  await using plain = await SmtpPeer.start({ extensions: [] })
  const second = await opened(testOutbound(), targetAt(plain.port))
  await second.send(message)
  assert.equal(plain.messages[0]?.mailLine, 'MAIL FROM:<from@sender.test>')
  assert.deepEqual(plain.messages[0]?.rcptLines, ['RCPT TO:<a@x.test>', 'RCPT TO:<b@x.test>'])
  await second.close('quit')
})

test('an address that could end a command is a bug that writes nothing', async () => {
  await using peer = await SmtpPeer.start()
  const connection = await opened(testOutbound(), targetAt(peer.port))
  for (const address of ['a@x.test>\r\nDATA', 'a\r\n@x.test', 'a\0@x.test', 'a b@x.test', 'a>@x.test', '"a\r\nb"@x.test', 'ü@x.test', ''])
    assert.throws(() => void connection.send(transaction('x\r\n', { recipients: [recipient(address)] })), { code: 'ERR_ASSERTION' })
  assert.throws(() => void connection.send(transaction('x\r\n', { sender: 'a@b c' })), { code: 'ERR_ASSERTION' })
  assert.deepEqual(short(await connection.send(transaction('x\r\n'))), ['accepted 250'])
  assert.deepEqual(peer.transcript.filter((line) => !line.includes('EHLO')).length, 3)
  await connection.close('quit')
})

test('no bare CR or LF leaves, whatever is in the message', async () => {
  const text = 'a\nb\rc\r\n.\nMAIL FROM:<x>\n.\r\nd\r'
  for (const content of [Buffer.from(text), Buffer.from(text.repeat(30_000))]) {
    await using peer = await SmtpPeer.start()
    const connection = await opened(testOutbound(), targetAt(peer.port))
    assert.deepEqual(short(await connection.send(transaction(content))), ['accepted 250'])
    assert.ok(!/\r(?!\n)|(?<!\r)\n/.test(peer.messages[0]?.wire.toString('latin1') ?? '\n'))
    assert.equal(peer.messages.length, 1)
    await connection.close('quit')
  }
})

test('the end of an idle connection is told once, early or late', async () => {
  await using peer = await SmtpPeer.start()
  const outbound = testOutbound()
  const connection = await opened(outbound, targetAt(peer.port))
  await connection.send(transaction('x\r\n'))
  const ended = new Promise<void>((resolve) => {
    connection.onEnd(resolve)
  })
  peer.dropAll()
  await ended
  assert.equal(connection.usable, false)
  const late = await opened(outbound, targetAt(peer.port))
  peer.dropAll()
  while (late.usable) await sleep(5)
  await new Promise<void>((resolve) => {
    late.onEnd(resolve)
  })
})
