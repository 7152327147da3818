import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentType, piecesOf, readEntity } from '../mime.ts'
import { composeMessage, composeStructured, type Draft } from './compose.ts'
import { readAddressList } from '../addresses.ts'
import { fromQuotedPrintable } from '../encode.ts'
import { fieldValue, findField, readHeader } from '../header.ts'
import { encodedAttachment } from './parts.ts'

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

/** Types, from the outermost part on. */
function treeOf(octets: Buffer): string[] {
  const { header } = readEntity(octets)
  const { type, boundary } = contentType(header)
  const pieces = boundary === null ? [] : (piecesOf(octets.subarray(header.body), boundary) ?? [])
  return [type, ...pieces.flatMap((piece) => (piece.kind === 'part' ? treeOf(piece.octets) : []))]
}

/** Encoded words in quotation marks, as names that came so would be. */
function valueOf(octets: Buffer, name: string): string {
  const header = readHeader(octets)
  const field = findField(header, name)
  assert.ok(field !== undefined)
  return fieldValue(header, field).replaceAll(/=\?utf-8\?B\?([^?]+)\?=/g, (_all, base64: string) =>
    JSON.stringify(Buffer.from(base64, 'base64').toString()),
  )
}

const image = encodedAttachment({ name: 'logo.png', type: 'image/png', octets: Buffer.from('png'), contentId: 'logo' })
const list = encodedAttachment({ name: 'Preise für Österreich und die Schweiz, gültig ab Jänner 2027.pdf', octets: Buffer.alloc(100, 'x') })

test('text, HTML, images and files are nested as readers expect them', () => {
  const octets = composeStructured({
    from: { email: 'news@x.example', name: 'Grüße, "X"' },
    to: [
      { email: 'b@y.example', name: 'Müller, "B" \\' },
      { email: 'c@y.example', name: 'C. (D)' },
    ],
    cc: [{ email: 'e@y.example' }],
    replyTo: [{ email: 'r@x.example', name: 'R E' }],
    subject: 'Größe',
    text: 'groß\n.\n',
    html: `<p>--=_hms_a</p>\n<img src="cid:logo">`,
    fields: [['X-Long', 'word '.repeat(60)]],
    attachments: [image, list],
    id: '1',
  })
  assert.deepEqual(readAddressList(valueOf(octets, 'from')), [{ name: 'Grüße, "X"', local: 'news', domain: 'x.example' }])
  assert.deepEqual(readAddressList(valueOf(octets, 'to')), [
    { name: 'Müller, "B" \\', local: 'b', domain: 'y.example' },
    { name: 'C. (D)', local: 'c', domain: 'y.example' },
  ])
  assert.deepEqual(treeOf(octets), [
    'multipart/mixed',
    'multipart/alternative',
    'text/plain',
    'multipart/related',
    'text/html',
    'image/png',
    'application/octet-stream',
  ])
  const text = octets.toString('latin1')
  assert.doesNotMatch(text, /[^\r\n]{79}|[\u0080-\u00ff]|\r\n \r\n/)
  assert.match(text, /filename\*0\*=utf-8''Preise%20f%C3%BCr.*\r\n filename\*1\*=/)
  assert.equal(text.match(/--=_hms_a_1\r\n/g)?.length, 2)
})

test('no line of a header is white space alone, which would end it for some readers', () => {
  const subject = `a${' '.repeat(400)}Content-Type: text/html${' '.repeat(400)}`
  const octets = composeStructured({ from: { email: 'a@x.example', name: `A, B${' '.repeat(200)}C` }, to: [], subject, id: '1' }).toString()
  assert.doesNotMatch(octets.slice(0, octets.indexOf('MIME-Version')), /^[ \t]*\r$/m)
  assert.match(octets, /^Subject: a[^]*\r\n [^\r\n]*Content-Type/m)
})

test('what is alone needs no multipart, and nobody named is said so', () => {
  const one = { from: { email: 'a@x.example' }, to: [], id: '1' }
  assert.match(composeStructured({ ...one, html: '<p>' }).toString(), /To: undisclosed-recipients:;\r\n.*Content-Type: text\/html/s)
  assert.match(composeStructured({ ...one, attachments: [image] }).toString(), /multipart\/mixed.*text\/plain.*Content-ID: <logo>/s)
  assert.doesNotMatch(composeStructured({ ...one, text: 'x' }).toString(), /multipart/)
})

test('line ends of every kind become CRLF, one for one', () => {
  const base = { from: { email: 'a@x.example' }, to: [], id: 'x' }
  for (const [text, body] of [
    ['a\rb\nc\r\nd\r\r\n\n', 'a\r\nb\r\nc\r\nd\r\n\r\n\r\n'],
    ['\n\r', '\r\n\r\n'],
    ['\r\n', '\r\n'],
    ['a', 'a\r\n'],
    ['', ''],
  ] as const) {
    const octets = composeStructured({ ...base, text })
    assert.equal(octets.subarray(readHeader(octets).body).toString(), body, JSON.stringify(text))
  }
})
