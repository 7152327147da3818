import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composeMessage, type Draft } from './compose.ts'
import { fromQuotedPrintable } from './encode.ts'
import { readHeader } from './header.ts'

const draft: Draft = {
  from: 'a@x.example',
  to: ['b@y.example', 'c@y.example'],
  subject: 'hello',
  text: 'one\ntwo\r\nthree',
  at: Date.UTC(2026, 10, 22),
  messageId: '1@x.example',
  fields: [['X-xsMailingId', 'test']],
}

test('a plain text goes out as it is, its lines ended by CRLF', () => {
  assert.equal(
    composeMessage(draft).toString(),
    'From: a@x.example\r\nTo: b@y.example,\r\n c@y.example\r\nSubject: hello\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\n' +
      'Message-ID: <1@x.example>\r\nX-xsMailingId: test\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n' +
      'Content-Transfer-Encoding: 7bit\r\n\r\none\r\ntwo\r\nthree\r\n',
  )
})

test('what is beyond ASCII is encoded', () => {
  const subject = 'Grüße aus München, '.repeat(6)
  const octets = composeMessage({ ...draft, subject, text: `grün ${'x'.repeat(2000)}` })
  const text = octets.toString('latin1')
  assert.doesNotMatch(text, /[^\r\n]{79}|[\u0080-\u00ff]/)
  const words = [...text.matchAll(/=\?utf-8\?B\?([^?]+)\?=/g)].map((match) => Buffer.from(match[1] ?? '', 'base64').toString())
  assert.equal(words.join(''), subject)
  assert.equal(fromQuotedPrintable(octets.subarray(readHeader(octets).body)).toString(), `grün ${'x'.repeat(2000)}\r\n`)
})

test('nobody writes fields through a value', () => {
  for (const change of [
    { subject: 'x\r\nBcc: y' },
    { from: 'a\n' },
    { to: ['a\r'] },
    { messageId: 'a\0' },
    { fields: [['X\r\nY', 'z']] },
    { fields: [['X', 'z\nY: z']] },
  ] as Partial<Draft>[])
    assert.throws(() => composeMessage({ ...draft, ...change }), { code: 'line-break-refused' })
})
