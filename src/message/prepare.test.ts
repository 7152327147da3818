import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId } from '../base/brand.ts'
import { readHeader } from './header.ts'
import { hasLongLine, reencodeLongLines } from './long-lines.ts'
import { prepareHeader, prepareMessage, type Reception } from './prepare.ts'

const reception: Reception = {
  id: '0000000000000001' as MessageId,
  at: Date.UTC(2026, 10, 22, 7, 12),
  host: 'mx.example',
  protocol: 'ESMTPSA',
  client: { helo: 'client.example', address: '192.0.2.1' },
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: false },
  recipient: 'b@y.example',
}
const RECEIVED =
  'Received: from client.example ([192.0.2.1])\r\n\tby mx.example with ESMTPSA id 0000000000000001\r\n' +
  '\t(TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n\tfor <b@y.example>;\r\n\tSun, 22 Nov 2026 07:12:00 +0000\r\n'
const DATED = 'Date: x\r\nMessage-ID: <y>\r\n'
const prepared = (text: string, change: Partial<Reception> = {}) => prepareMessage(Buffer.from(text), { ...reception, ...change })

test('Received goes in front and the rest stays as it came', () => {
  const raw = `${DATED}From: a@x.example\r\nSubject:  odd   spacing \r\n\r\nbody\r\n..dot\r\n`
  const { message, facts } = prepared(raw)
  assert.equal(message.toString(), RECEIVED + raw)
  assert.deepEqual(facts, {
    received: 0,
    authorDomain: 'x.example',
    fromDomains: ['x.example'],
    clientId: null,
    mailing: null,
    eightBit: false,
    subject: 'odd   spacing',
    headerId: 'y',
  })
})

test('by what a message is found is read from its first fields, where they have something to find it by', () => {
  const read = (header: string) => {
    const { subject, headerId } = prepared(`${header}\r\n\r\n`).facts
    return [subject, headerId]
  }
  assert.deepEqual(read('Subject: one\r\nSubject: two\r\nMessage-ID:\r\n <a@b>\r\nMessage-ID: <c@d>'), ['one', 'a@b'])
  assert.deepEqual(read('Subject:\r\nMessage-ID: <a b@c>\r\nFrom: a@b.example'), [undefined, undefined])
  assert.deepEqual(read(`message-id: ${'x'.repeat(251)}`), [undefined, undefined])
})

test('what must not be seen or is not needed any more is taken out', () => {
  const { message, facts } = prepared(
    `X-xsMessageId: order-17\r\n${DATED}Bcc: secret@z.example,\r\n\tother@z.example\r\nbCC : x@z.example\r\nReceived: a\r\n` +
      'Return-Path: <r@x.example>\r\nResent-Bcc: s@z.example\r\nX-XSMAILINGID: \r\n m-1 \r\n\r\nbody',
  )
  assert.equal(message.toString(), `${RECEIVED}${DATED}Received: a\r\n\r\nbody`)
  assert.deepEqual([facts.clientId, facts.mailing, facts.received], ['order-17', 'm-1', 1])
})

test("a caller's id of another form is ignored, and removed all the same", () => {
  for (const id of ['', 'a b', 'a_b', 'ü', 'x'.repeat(101), 'a\r\n\tb']) {
    const { message, facts } = prepared(`${DATED}X-xsMailingId: ${id}\r\n\r\n`)
    assert.equal(facts.mailing, null)
    assert.equal(message.toString(), `${RECEIVED}${DATED}\r\n`)
  }
})

test('a missing Date and Message-ID are added', () => {
  const { message } = prepared('Subject: x\r\n\r\nbody')
  assert.equal(
    message.toString(),
    `${RECEIVED}Message-ID: <0000000000000001@mx.example>\r\nDate: Sun, 22 Nov 2026 07:12:00 +0000\r\nSubject: x\r\n\r\nbody`,
  )
})

test('a missing separator is put in, and no CR or LF is ever left alone', () => {
  assert.equal(prepared(`${DATED}Hello\r\n`).message.toString(), `${RECEIVED}${DATED}\r\nHello\r\n`)
  assert.equal(prepared(`${DATED}A: b`).message.toString(), `${RECEIVED}${DATED}A: b\r\n\r\n`)
  assert.equal(prepared(`${DATED}Bcc: b`).message.toString(), `${RECEIVED}${DATED}\r\n`)
  assert.equal(prepared(`${DATED}`).message.toString(), `${RECEIVED}${DATED}\r\n`)
  assert.match(prepared('').message.toString(), /\+0000\r\n\r\n$/)
  assert.match(prepared('\r\nbody').message.toString(), /\+0000\r\n\r\nbody$/)
  for (const raw of ['', 'x', 'A: b', 'A: b\r\n\r\n', 'Bcc: x', ' x\r\n'])
    assert.doesNotMatch(prepared(raw).message.toString('latin1'), /\r(?!\n)|(?<!\r)\n/)
})

test('Received names no recipient among several, and nothing that a client can bend', () => {
  assert.doesNotMatch(prepared(DATED, { recipient: null }).message.toString(), /for </)
  assert.doesNotMatch(prepared(DATED, { recipient: 'a@b>\r\nX: y' }).message.toString(), /for </)
  const odd = prepared(DATED, { client: { helo: 'a (b)\r\nX: ü', address: '2001:db8::1' }, tls: null }).message.toString()
  assert.match(odd, /^Received: from a\?\?b\?\?\?X:\?\? \(\[IPv6:2001:db8::1\]\)\r\n\tby/)
  assert.match(prepared(DATED, { client: null, protocol: 'local' }).message.toString(), /^Received: by mx.example with local id/)
})

test('a streamed message has its header prepared, and the body goes on where it says', () => {
  const raw = Buffer.from(`${DATED}Bcc: x@z.example\r\nSubject: grün\r\n\r\nfirst part of the body`)
  const { header, body, facts } = prepareHeader(raw, reception)
  assert.equal(header.toString(), `${RECEIVED}${DATED}Subject: grün\r\n\r\n`)
  assert.equal(raw.toString('utf8', body), 'first part of the body')
  assert.equal(facts.eightBit, true)
})

/** Pseudo-random texts of pieces that headers are made of, the same at each run. */
function* scraps(rounds: number, pieces: readonly string[]): Generator<string> {
  let seed = 11
  const next = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most
  for (let round = 0; round < rounds; round++) yield Array.from({ length: next(30) }, () => pieces[next(pieces.length)]).join('')
}

test('whatever comes in, the body survives, the header can be read and nothing is left bare', () => {
  const pieces = [
    'From: a@b.example',
    'Bcc',
    ':',
    ' ',
    '\t',
    '\r\n',
    '\r\n',
    '\r\n\r\n',
    'x',
    'ü',
    'Date: x',
    'Return-Path:',
    'X-xsMailingId: 1',
    '<',
    '"',
    '(',
  ]
  for (const text of scraps(3000, pieces)) {
    const { message, facts } = prepared(text)
    assert.doesNotMatch(message.toString('latin1'), /\r(?!\n)|(?<!\r)\n/)
    const header = readHeader(message)
    const names = header.fields.map((field) => field.name)
    assert.equal(names.filter((name) => name === 'received').length, facts.received + 1)
    for (const name of ['bcc', 'return-path', 'x-xsmailingid']) assert.ok(!names.includes(name), JSON.stringify(text))
    const raw = Buffer.from(text)
    assert.equal(message.toString('latin1', header.body), raw.toString('latin1', readHeader(raw).body), JSON.stringify(text))
    const streamed = prepareHeader(raw, reception)
    assert.deepEqual(Buffer.concat([streamed.header, raw.subarray(streamed.body)]), message)
  }
})

test('whatever comes in, no long line goes out', () => {
  const long = 'y'.repeat(999)
  const pieces = [
    long,
    `${long} z`,
    'Content-Type: multipart/mixed; boundary=b\r\n',
    '\r\n--b\r\n',
    '\r\n--b--\r\n',
    '\r\n\r\n',
    '\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'x: ',
    ' ',
  ]
  for (const text of scraps(1000, pieces)) {
    const octets = reencodeLongLines(Buffer.from(text))
    assert.equal(hasLongLine(octets), false, JSON.stringify(text))
    assert.doesNotMatch(octets.toString('latin1'), /\r(?!\n)|(?<!\r)\n/)
  }
})
