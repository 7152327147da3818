// The watch over the thread that reads mail: a message that stops or ends it is found among others, which are read all the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CameIn } from '../../engine/ports/feedback.ts'
import { ReadingThreads } from './reading-threads.ts'

const DATA = { servers: ['127.0.0.1:9'], timeout: 100 }
const MISBEHAVING = { thread: new URL('../../../testkit/misbehaving-reader.ts', import.meta.url), lookEvery: 50 }

function mail(text: string, sender: string): CameIn {
  return { sender, body: { kind: 'bytes', bytes: Buffer.from(text) } }
}

for (const [what, why] of [
  ['hang', /it takes too long/],
  ['die', /the thread that read it ended/],
] as const)
  test(`a message that makes the reader ${what} is unreadable, and the others are read`, async () => {
    using reader = new ReadingThreads(DATA, MISBEHAVING)
    const good = Array.from({ length: 8 }, (_, i) => `s${i}@people.test`)
    // A thread that never answered is given longer.
    await reader.read(mail('fine', 'first@people.test'))
    const before = good.slice(0, 4).map((sender) => reader.read(mail('fine', sender)))
    const bad = reader.read(mail(what, 'mallory@people.test'))
    const after = good.slice(4).map((sender) => reader.read(mail('fine', sender)))
    await assert.rejects(bad, why)
    const readings = await Promise.all([...before, ...after])
    assert.deepEqual(
      readings.map(({ report }) => report.text),
      good,
    )
    assert.equal((await reader.read(mail('fine', 'later@people.test'))).report.text, 'later@people.test')
  })

test('what is not read when the server stops is told so', async () => {
  const reader = new ReadingThreads(DATA, MISBEHAVING)
  const reading = reader.read(mail('hang', 'a@people.test'))
  reader[Symbol.dispose]()
  await assert.rejects(reading, /the server stops/)
  await assert.rejects(reader.read(mail('fine', 'b@people.test')), /the server stops/, 'nothing is begun again')
})

const NESTED = `Content-Type: multipart/mixed; boundary="b0"\r\n\r\n${Array.from({ length: 20_000 }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary="b${i + 1}"\r\n\r\n`).join('')}`
const SPACES = `From: a@people.test\r\nDKIM-Signature: v=1; a=rsa-sha256; d=people.test; s=s; h=from;${' '.repeat(200_000)}b=AAAA\r\nSubject:${' \t'.repeat(100_000)}x\r\n\r\nhello\r\n`
const SIGNED = `From: a@people.test\r\n${'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=people.test; s=s; h=from; bh=AAAA; b=AAAA\r\n'.repeat(400)}\r\nhello\r\n`
const BOUNCES: readonly (readonly [string, string])[] = [
  ['parts in parts', NESTED],
  ['many parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(100_000)}`],
  ['a header of spaces', SPACES],
  ['very many signatures', SIGNED],
  ['very many fields', `${'X-A: b\r\n'.repeat(50_000)}\r\nhello\r\n`],
  ['one long line', `Subject: x\r\n\r\n${'a@b.test 550 5.1.1 '.repeat(200_000)}\r\n`],
  ['no text at all', '\u0000\u00ff'.repeat(100_000)],
  ['a long word of base64', `Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(500_000)}\r\n`],
]

test('whatever a stranger sends is read in bounded time', async () => {
  using reader = new ReadingThreads(DATA)
  await reader.read(mail('Subject: first\r\n\r\nThe thread is there.\r\n', ''))
  for (const [what, text] of BOUNCES) {
    // It is neither given up nor the end of the thread.
    const { proof } = await reader.read(mail(text, ''))
    assert.ok(proof.dkim.length <= 8, what)
  }
})
