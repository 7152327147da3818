// Octets of every kind from every state: nothing throws, every reply is well-formed (the driver of the dialogs checks each),
// the sink is used in order, and memory stays bounded whatever a client sends without end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DialogDriver, TEST_TLS } from '../../../testkit/server-dialog.ts'

const HELLO = 'EHLO x\r\n'
const ENVELOPE = `${HELLO}MAIL FROM:<a@x.test> SMTPUTF8\r\nRCPT TO:<b@x.test>\r\n`
const STATES: Record<string, string> = {
  new: '',
  hello: HELLO,
  line: `${HELLO}MAIL FRO`,
  mail: `${HELLO}MAIL FROM:<a@x.test>\r\n`,
  recipient: ENVELOPE,
  auth: `${HELLO}AUTH PLAIN\r\n`,
  login: `${HELLO}AUTH LOGIN bWU=\r\n`,
  scram: `${HELLO}AUTH SCRAM-SHA-256\r\n`,
  data: `${ENVELOPE}DATA\r\n`,
  dataLine: `${ENVELOPE}DATA\r\nabc\r\n.\r`,
  bareNewline: `${ENVELOPE}DATA\r\nabc\n`,
  chunk: `${ENVELOPE}BDAT 20 LAST\r\nabc`,
  betweenChunks: `${ENVELOPE}BDAT 2\r\nab`,
  refusedChunk: 'BDAT 20 LAST\r\nabc',
  tls: `${HELLO}STARTTLS\r\n`,
}
const PIECES = [
  ['\r\n', '\n', '\r', '.', '.\r\n', '\r\n.\r\n', '\0', '\xff', '\xc3\xbc', ' ', '<', '>', '"', '\\', '@', ':', '=', '*\r\n', '\t'],
  ['EHLO x\r\n', 'HELO y\r\n', 'MAIL FROM:<a@x.test>\r\n', 'MAIL FROM:<>', ' SIZE=10', ' BODY=BINARYMIME', ' SMTPUTF8', ' FOO=1'],
  ['RCPT TO:<b@x.test>\r\n', 'RCPT TO:<no@x.test>\r\n', ' NOTIFY=NEVER', ' ORCPT=rfc822;x', 'DATA\r\n', 'RSET\r\n', 'NOOP\r\n', 'HELP\r\n'],
  ['BDAT 5\r\n', 'BDAT 0 LAST\r\n', 'BDAT 3 LAST\r\n', 'BDAT 99999\r\n', 'BDAT x\r\n', 'hello', 'x'.repeat(600), 'a\r\nb\r\n', '..\r\n'],
  ['AUTH PLAIN AG1lAHJpZ2h0\r\n', 'AUTH LOGIN\r\n', 'AUTH SCRAM-SHA-256 biwsbj1tZSxyPWFiYw==\r\n', 'bWU=\r\n', 'cmlnaHQ=\r\n', '=\r\n'],
  ['STARTTLS\r\n', 'QUIT\r\n', 'XCLIENT ADDR=192.0.2.7 LOGIN=x\r\n', 'XCLIENT ADDR=', 'VRFY x\r\n', 'GET / HTTP/1.1\r\n', '\x16\x03\x01'],
].flat()

function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Drives one session through random pieces, cut at random; returns what was sent, for the message of a failure. */
async function play(driver: DialogDriver, opening: string, random: (below: number) => number): Promise<void> {
  const { session, handler } = driver
  session.start()
  session.feed(Buffer.from(opening, 'latin1'))
  handler.mood = random(2) === 0 ? 'now' : 'promise'
  for (let step = 0; step < 12; step++) {
    const text = Array.from({ length: 1 + random(6) }, () => PIECES[random(PIECES.length)]).join('')
    const octets = Buffer.from(text, 'latin1')
    const cut = random(octets.length + 1)
    session.feed(octets.subarray(0, cut))
    // A driver reads on while a decision is pending, unless it was told to pause.
    if (driver.paused || random(3) === 0) await driver.settled()
    session.feed(octets.subarray(cut))
    if (session.wait === 'tls') session.tlsEstablished(TEST_TLS)
    const event = random(60)
    if (event === 0) session.timeout('idle')
    else if (event === 1) session.stop()
    else if (event === 2) session.ended()
    if (random(2) === 0) await driver.settled()
  }
  await driver.settled()
  assert.notEqual(session.wait, 'us', 'a decision never came to its end')
  session.ended()
  assert.equal(handler.asked.filter((note) => note === 'closed').length, 1)
  assert.deepEqual(driver.errors, [])
}

test('random octets from every state', async () => {
  let sessions = 0
  for (const [name, opening] of Object.entries(STATES)) {
    for (let seed = 1; seed <= 60; seed++) {
      const driver = new DialogDriver({
        plainAuth: true,
        xclient: seed % 3 === 0,
        bareNewline: seed % 2 === 0 ? 'refuse' : 'repair',
        errors: seed % 5 === 0 ? 3 : 1000,
      })
      try {
        await play(driver, opening, generator(seed * 7919 + name.length))
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error)
        throw new Error(`from ${name} with seed ${seed}: ${what}; said ${JSON.stringify(driver.said.slice(-5))}`, { cause: error })
      }
      sessions++
    }
  }
  assert.equal(sessions, Object.keys(STATES).length * 60)
})

test('what a client sends without end takes no memory', () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const dots = Buffer.from('\r\n.x'.repeat(16 * 1024))
  for (const [name, opening] of Object.entries(STATES)) {
    if (name === 'tls') continue
    for (const flood of [chunk, dots]) {
      const driver = new DialogDriver({ plainAuth: true, errors: 10_000_000, commands: 10_000_000 })
      driver.session.start()
      driver.session.feed(Buffer.from(opening, 'latin1'))
      const before = process.memoryUsage()
      for (let i = 0; i < 40; i++) {
        driver.session.feed(flood)
        driver.said.length = 0
      }
      const after = process.memoryUsage()
      const grown = after.external - before.external
      assert.ok(grown < 8 * 1024 * 1024, `${name} keeps ${grown} octets of ${40 * chunk.length}`)
      driver.session.ended()
    }
  }
})
