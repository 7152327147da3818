import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../testkit/patience.ts'
import { DialogDriver, TEST_TLS } from '../../../testkit/server-dialog.ts'
import { base64 } from '../../../testkit/server-dialogs.ts'

test('what the handler knows of the client', async () => {
  const driver = new DialogDriver({ plainAuth: true, xclient: true })
  driver.session.start()
  const protocol = (text: string): string | undefined => {
    driver.session.feed(Buffer.from(text))
    return driver.handler.client?.protocol
  }
  assert.equal(protocol('HELO x\r\nMAIL FROM:<>\r\n'), 'SMTP')
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<>\r\n'), 'ESMTP')
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<> SMTPUTF8\r\n'), 'UTF8SMTP')
  assert.equal(protocol(`EHLO y\r\nAUTH PLAIN ${base64('\0me\0right')}\r\nMAIL FROM:<>\r\n`), 'ESMTPA')
  driver.session.feed(Buffer.from('RSET\r\nSTARTTLS\r\n'))
  driver.session.tlsEstablished(TEST_TLS)
  assert.equal(protocol('EHLO y\r\nMAIL FROM:<>\r\n'), 'ESMTPS')
  assert.equal(driver.handler.client?.user, null)
  driver.session.feed(Buffer.from('RSET\r\nXCLIENT ADDR=192.0.2.9 PORT=7 LOGIN=me PROTO=ESMTP HELO=h\r\n'))
  assert.equal(protocol('MAIL FROM:<> SMTPUTF8\r\n'), 'UTF8SMTPSA')
  const { address, port, localPort, helo, user } = driver.handler.client ?? {}
  assert.deepEqual([address, port, localPort, helo, user], ['192.0.2.9', 7, 25, 'h', 'me'])
})

test('SCRAM-SHA-256 over AUTH, proved and not', async () => {
  const { answerChallenge } = await import('../scram.ts')
  const driver = new DialogDriver({ plainAuth: true })
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\n'))
  const say = async (text: string): Promise<string> => {
    driver.said = []
    driver.session.feed(Buffer.from(`${text}\r\n`))
    await driver.settled()
    return driver.said.join('\n')
  }
  const login = async (password: string): Promise<string> => {
    const challenge = await say(`AUTH SCRAM-SHA-256 ${base64('n,,n=me,r=abc')}`)
    assert.match(challenge, /^S: 334 [\w+/=]+$/)
    const answer = await answerChallenge(password, 'n=me,r=abc', Buffer.from(challenge.slice(7), 'base64').toString())
    assert.ok(answer)
    const last = await say(base64(answer.clientFinal))
    if (last.startsWith('S: 334 ')) assert.equal(Buffer.from(last.slice(7), 'base64').toString(), answer.serverFinal)
    return last.startsWith('S: 334 ') ? await say('') : last
  }
  assert.equal(await login('wrong'), 'S: 535 5.7.8 No.')
  assert.equal(await login('right'), 'S: 235 2.7.0 Authentication successful.')
  assert.deepEqual(
    driver.handler.asked.filter((note) => note.startsWith('scram')),
    ['scram me false', 'scram me true'],
  )
})

test('a pipelined group is answered in one write, also around a promised decision', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'))
  assert.equal(driver.writes, 2)
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('.\r\nNOOP\r\nRSET\r\nNOOP\r\n'))
  assert.equal(driver.session.wait, 'us')
  assert.equal(driver.writes, 2)
  await driver.settled()
  assert.equal(driver.writes, 3)
  assert.equal(driver.session.wait, 'command')
})

test('clocks: 421 and the end, whatever was under way', () => {
  for (const [before, wait, kind, text] of [
    ['', 'command', 'idle', 'S: 421 4.4.2 Nothing was said for too long.'],
    ['EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nhalf', 'data', 'idle', 'S: 421 4.4.2 Nothing was said for too long.'],
    ['EHLO x\r\nBDAT 7\r\nhalf', 'data', 'session', 'S: 421 4.4.2 The session has lasted too long.'],
    ['EHLO x\r\nSTARTTLS\r\n', 'tls', 'idle', undefined],
  ] as const) {
    const driver = new DialogDriver()
    driver.session.start()
    driver.session.feed(Buffer.from(before))
    assert.equal(driver.session.wait, wait)
    driver.said = []
    driver.session.timeout(kind)
    assert.deepEqual(driver.said, text === undefined ? ['X: close'] : [text, 'X: close'])
    assert.equal(driver.session.wait, 'closed')
    driver.session.feed(Buffer.from('NOOP\r\n'))
    driver.session.ended()
    driver.session.ended()
    assert.equal(driver.handler.asked.filter((note) => note === 'closed').length, 1)
    if (before.includes('DATA')) assert.ok(driver.handler.asked.includes('abort'))
  }
})

test('a stop ends an idle session at once, and a busy one after its message', async () => {
  const idle = new DialogDriver()
  idle.session.start()
  idle.session.stop()
  assert.deepEqual(idle.said.slice(1), ['S: 421 4.3.2 Shutting down, try again later.', 'X: close'])
  const busy = new DialogDriver()
  busy.session.start()
  busy.session.feed(Buffer.from('HELO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  busy.session.stop()
  busy.handler.mood = 'promise'
  busy.session.feed(Buffer.from('DATA\r\n'))
  await busy.settled()
  busy.said = []
  busy.session.feed(Buffer.from('x\r\n.\r\nMAIL FROM:<again@x.test>\r\n'))
  await busy.settled()
  assert.deepEqual(busy.said, ['S: 250 2.6.0 Message received and queued.', 'S: 421 4.3.2 Shutting down, try again later.', 'X: close'])
})

test('a decision that throws is a 451, told to the driver, and the session goes on', () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  driver.handler.mood = 'throw'
  driver.said = []
  driver.session.feed(Buffer.from('RCPT TO:<c@x.test>\r\nBDAT 3 LAST\r\nxyzNOOP\r\n'))
  assert.deepEqual(driver.said, [
    'S: 451 4.3.0 Local error, try again later.',
    'S: 451 4.3.0 Local error, try again later.',
    'S: 250 2.0.0 Ok.',
  ])
  assert.equal(driver.errors.length, 2)
})

test('input during a decision is kept in bounds: the socket is paused, and resumed after it', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'))
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('.\r\n'))
  driver.session.feed(Buffer.from('NOOP\r\n'.repeat(100)))
  assert.equal(driver.paused, false)
  driver.session.feed(Buffer.alloc(40_000, 'x'))
  assert.equal(driver.paused, true)
  await driver.settled()
  assert.equal(driver.paused, false)
  assert.equal(driver.said.filter((line) => line === 'S: 250 2.0.0 Ok.').length, 100)
})

test('the memory of a chunk may be used again after the call', async () => {
  const driver = new DialogDriver()
  driver.handler.mood = 'promise'
  driver.session.start()
  const memory = Buffer.alloc(200)
  const say = (text: string): void => {
    memory.fill(0)
    const size = memory.write(text, 'latin1')
    driver.session.feed(memory.subarray(0, size))
    memory.fill(0xff)
  }
  say('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n')
  await driver.settled()
  say('one\r\n..two\r\n..three\r\n')
  say('four\r\n.\r\nNOOP\r\n')
  await driver.settled()
  assert.equal(driver.handler.messages[0]?.toString('latin1'), 'one\r\n.two\r\n.three\r\nfour\r\n')
})

test('a client that leaves while the handler thinks: the sink that comes too late is aborted', async () => {
  const driver = new DialogDriver()
  driver.session.start()
  driver.session.feed(Buffer.from('EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n'))
  driver.handler.mood = 'promise'
  driver.session.feed(Buffer.from('DATA\r\n'))
  driver.session.ended()
  await until(() => driver.handler.asked.at(-1) === 'abort')
  assert.deepEqual(driver.handler.asked.slice(-3), ['begin', 'closed', 'abort'])
})
