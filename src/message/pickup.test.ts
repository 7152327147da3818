import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PickedUp, hasCrInHeader, readPickup } from './pickup.ts'

const LIMITS = { headerSize: 1000, recipients: 2 }
const read = (...lines: string[]): PickedUp | string => readPickup(Buffer.from(lines.map((line) => `${line}\r\n`).join('')), LIMITS)

test('the envelope is in X-Sender and X-Receiver, which leave the header, folded or not, in any case', () => {
  const found = read(
    'X-Sender: <a@one.test>',
    'From: A <a@one.test>',
    'X-RECEIVER:',
    ' b@two.test',
    'Subject: x',
    'x-receiver: <c@two.test>',
    '',
    'x-receiver: text',
  )
  assert.ok(typeof found !== 'string')
  assert.deepEqual([found.sender, found.receivers], ['a@one.test', ['b@two.test', 'c@two.test']])
  assert.equal(found.octets.toString(), 'From: A <a@one.test>\r\nSubject: x\r\n\r\nx-receiver: text\r\n')
})

test('the sender may be empty, the body may be missing', () => {
  const found = read('X-Sender: <>', 'X-Receiver: b@two.test', 'Subject: x')
  assert.ok(typeof found !== 'string')
  assert.deepEqual([found.sender, found.octets.toString()], ['', 'Subject: x\r\n'])
})

test('a CR within a line of the header is found, whatever its lines end in; the body may have any', () => {
  for (const end of ['\n', '\r\n']) {
    const lines = (...all: string[]): Buffer => Buffer.from(all.join(end))
    assert.ok(hasCrInHeader(lines('Subject: a\rBcc: b@two.test', '', 'x')))
    assert.ok(hasCrInHeader(lines('Subject: a', 'X-A: b\r')))
    assert.ok(!hasCrInHeader(lines('Subject: a', 'X-A: b', '', 'c\rd', '')))
  }
})

test('what cannot be sent is said in a sentence', () => {
  const to = 'X-Receiver: b@two.test'
  assert.match(String(read('hello')), /does not begin with a header field/)
  assert.match(String(read(to, '', 'X-Sender: a@one.test')), /no X-Sender field/)
  assert.match(String(read('X-Sender: a@one.test', '')), /no X-Receiver field/)
  assert.match(String(read('X-Sender: a@one.test', 'X-Sender: b@one.test', to, '')), /more than one X-Sender/)
  assert.match(String(read('X-Sender: a@one.test', to, to, to, '')), /has 3 X-Receiver fields, and 2 are the most/)
  assert.match(String(read('X-Sender: a@one.test', to, `Subject: ${'x'.repeat(1000)}`, '')), /header is larger than 1000 octets/)
})
