import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromQuotedPrintable, toBase64Lines, toQuotedPrintable } from './encode.ts'
import { fieldValue, readHeader } from './header.ts'
import { hasLongLine, reencodeLongLines } from './long-lines.ts'
import { contentType, piecesOf } from './mime.ts'

const LONG = `${'word '.repeat(300)}ünd = end`
const SHORT = 'Subject: x\r\nFrom: a@x.example\r\n'
const reencoded = (text: string): { text: string; header: Map<string, string>; body: Buffer } => {
  const octets = reencodeLongLines(Buffer.from(text))
  assert.equal(hasLongLine(octets), false)
  assert.doesNotMatch(octets.toString('latin1'), /\r(?!\n)|(?<!\r)\n/)
  const header = readHeader(octets)
  const fields = new Map(header.fields.map((field) => [field.name, fieldValue(header, field)]))
  return { text: octets.toString(), header: fields, body: octets.subarray(header.body) }
}

test('a message without long lines is the same buffer', () => {
  const message = Buffer.from(`${SHORT}\r\n${'x'.repeat(998)}\r\n`)
  assert.equal(reencodeLongLines(message), message)
  assert.equal(hasLongLine(Buffer.from('x'.repeat(999))), true)
  assert.equal(hasLongLine(Buffer.from(`a\r\n${'x'.repeat(999)}\r\nb`)), true)
})

test('a text without MIME becomes quoted-printable and says what it is', () => {
  const { header, body } = reencoded(`${SHORT}\r\nHello\r\n${LONG}\r\n.dot\r\nFrom here\r\ntrailing \r\n`)
  assert.equal(header.get('mime-version'), '1.0')
  assert.equal(header.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(header.get('content-transfer-encoding'), 'quoted-printable')
  assert.equal(fromQuotedPrintable(body).toString(), `Hello\r\n${LONG}\r\n.dot\r\nFrom here\r\ntrailing \r\n`)
  assert.match(body.toString(), /\r\n=2Edot\r\n=46rom here\r\ntrailing=20\r\n/)
})

test('an encoding that was there is undone first, and the type is kept', () => {
  const html = reencoded(
    `${SHORT}MIME-Version: 1.0\r\nContent-Type: text/html;\r\n charset=x\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${LONG}\r\n`,
  )
  assert.equal(html.header.get('content-type'), 'text/html; charset=x')
  assert.equal(html.text.match(/content-transfer-encoding/gi)?.length, 1)
  const quoted = reencoded(`${SHORT}Content-Transfer-Encoding: Quoted-Printable\r\n\r\n=41${'b'.repeat(1200)}\r\n`)
  assert.equal(fromQuotedPrintable(quoted.body).toString(), `A${'b'.repeat(1200)}\r\n`)
  const base64 = reencoded(
    `${SHORT}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(LONG).toString('base64')}\r\n`,
  )
  assert.equal(base64.header.get('content-transfer-encoding'), 'base64')
  assert.equal(Buffer.from(base64.body.toString(), 'base64').toString(), LONG)
  const image = reencoded(`${SHORT}Content-Type: image/x\r\n\r\n${LONG}`)
  assert.equal(Buffer.from(image.body.toString(), 'base64').toString(), LONG)
})

test('in a multipart only the parts that need it are changed', () => {
  const before = `${SHORT}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b 1"\r\n\r\npreamble\r\n--b 1\r\nContent-Type: text/html\r\n\r\n<p>  keep me\r\n--b 1\r\n`
  const inner = `Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\n\r\n${LONG}\r\n--b2\r\nContent-Type: application/x\r\n\r\n${LONG}\r\n--b2--\r\n`
  const after = `\r\n--b 1--\r\nepilogue\r\n`
  const { text } = reencoded(before + inner + after)
  assert.ok(text.startsWith(before) && text.endsWith(`--b2--\r\n${after}`))
  assert.match(text, /--b2\r\nContent-Type: text\/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nword /)
  assert.match(text, /Content-Type: application\/x\r\nContent-Transfer-Encoding: base64\r\n\r\nd29yZCB3/)
  assert.doesNotMatch(text, /MIME-Version[^]*MIME-Version/)
})

test('forwarded messages, preambles and unknown encodings are mended too', () => {
  const forwarded = reencoded(`${SHORT}Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n${LONG}`)
  assert.match(forwarded.text, /message\/rfc822\r\n\r\nSubject: inner\r\n[^]*quoted-printable/)
  const preamble = reencoded(`${SHORT}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'p'.repeat(2500)}\r\n--b\r\n\r\nx\r\n--b--\r\n`)
  assert.match(preamble.text, /\r\np{998}\r\np{998}\r\np{504}\r\n--b\r\n\r\nx\r\n--b--/)
  assert.match(reencoded(`${SHORT}Content-Transfer-Encoding: x-uuencode\r\n\r\n${'u'.repeat(1000)}`).text, /u{998}\r\nu{2}$/)
  assert.equal(
    reencoded(`${SHORT}Content-Type: multipart/mixed; boundary=none\r\n\r\n${LONG}`).header.get('content-transfer-encoding'),
    'quoted-printable',
  )
})

test('long header lines are folded at white space, or cut where there is none', () => {
  const to = Array.from({ length: 100 }, (_, n) => `person.${n}@y.example`).join(',  ')
  const { header } = reencoded(`${SHORT}To: ${to}\r\nX-Blob: ${'x'.repeat(3000)}\r\nX-Blank: a${' '.repeat(5000)}\r\n\r\nbody\r\n`)
  assert.equal(header.get('to')?.replaceAll(' ', ''), to.replaceAll(' ', ''))
  assert.equal(header.get('x-blob')?.replaceAll(' ', ''), 'x'.repeat(3000))
  assert.equal(header.get('x-blank'), 'a')
})

test('nesting is bounded', () => {
  let deep = ''
  for (let depth = 0; depth < 200; depth++) deep += `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`
  const { text } = reencoded(`${SHORT}${deep}\r\n${LONG}\r\n`)
  assert.ok(text.includes('word word'))
  reencoded(`${'Content-Type: message/rfc822\r\n\r\n'.repeat(500)}${LONG}`)
})

test('quoted-printable and base64 come back as they were, in lines of at most 76', () => {
  const all = Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 7919) % 256))
  for (const octets of [
    all,
    Buffer.alloc(0),
    Buffer.from('='.repeat(500)),
    Buffer.from(`${'a'.repeat(76)}\r\n${'b'.repeat(77)} \r\n\r\n`),
  ]) {
    const quoted = toQuotedPrintable(octets)
    assert.doesNotMatch(quoted.toString(), /[^\r\n]{77}/)
    assert.deepEqual(fromQuotedPrintable(quoted), octets)
    const lines = toBase64Lines(octets)
    assert.doesNotMatch(lines.toString(), /[^\r\n]{77}/)
    assert.deepEqual(Buffer.from(lines.toString(), 'base64'), octets)
  }
})

test('pieces of a multipart join to what they were cut from', () => {
  const body = Buffer.from('pre\r\n--b\r\n\r\none--b\r\n--bx\r\n--b \t\r\n\r\n--b--\r\nepi\r\n--b\r\n')
  const pieces = piecesOf(body, 'b') ?? []
  assert.equal(Buffer.concat(pieces.map(({ octets }) => octets)).toString(), body.toString())
  assert.deepEqual(
    pieces.filter(({ kind }) => kind === 'part').map(({ octets }) => octets.toString()),
    ['\r\none--b\r\n--bx', ''],
  )
  assert.equal(piecesOf(Buffer.from('x--b\r\n'), 'b'), null)
  const type = contentType(readHeader(Buffer.from('Content-Type: Multipart/Mixed; x=y;\r\n boundary="a\\"b"\r\n\r\n')))
  assert.deepEqual(type, { type: 'multipart/mixed', boundary: 'a"b' })
})

test('a long header line without a space is cut and nothing of it lost', () => {
  const { text } = reencoded(`${SHORT}X: ${'a'.repeat(5000)}\r\n\r\nhi\r\n`)
  const field = text.slice(text.indexOf('X:'), text.indexOf('\r\n', text.lastIndexOf('aaa')))
  assert.ok(field.replaceAll('\r\n ', '') === `X:${'a'.repeat(5000)}`)
})

test('a message of a million parts or fields is cut where its lines are too long, and its structure is left alone', () => {
  const open = (boundary: string) => `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`
  const long = 'b'.repeat(1500)
  const cut = `${'b'.repeat(998)}\r\n${'b'.repeat(502)}`
  for (const [start, repeated] of [
    [open('b'), '--b\r\n'.repeat(210_000)],
    [`${open('a')}${open('b')}${open('c')}`, '-- a line of a dump\r\n'.repeat(70_000)],
    [open('b'), 'X:\r\n'.repeat(550_000)],
  ] as const) {
    const { text, header } = reencoded(`${SHORT}X-Long: ${'word '.repeat(400)}end\r\n${start}${repeated}\r\n${long}\r\n`)
    assert.equal(header.get('x-long'), `${'word '.repeat(400)}end`)
    assert.ok(text.includes(`${repeated}\r\n`) && text.endsWith(`\r\n${cut}\r\n`))
    assert.doesNotMatch(text, /quoted-printable/)
  }
  // A few thousand such lines, or a part of megabytes without a header, are mail.
  const dump = reencoded(`${SHORT}${open('a')}\r\n${'-- a line of a dump\r\n'.repeat(20_000)}${long}\r\n--a--\r\n`)
  assert.match(dump.text, /quoted-printable\r\n\r\n-- a line/)
  const bare = reencoded(`${SHORT}${open('a')}${'text of a part without a header\r\n'.repeat(150_000)}${long}\r\n--a--\r\n`)
  assert.match(bare.text, /quoted-printable\r\n\r\ntext of/)
})

test('what a sender writes into a part costs its length', () => {
  const open = (boundary: string) => `${SHORT}Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\n`
  const evil: ((n: number) => string)[] = [
    (n) => `${open('b')}X: ${'a'.repeat(n)}\r\n\r\n${'b'.repeat(1000)}\r\n`,
    (n) => `${open('b')}X: ${'a '.repeat(n / 2)}\r\n\r\n${'b'.repeat(1000)}\r\n`,
    (n) => `${open(`x${'-'.repeat(2000)}`)}\r\n${'-'.repeat(n)}`,
    (n) => `${open('b')}\r\n${'\n--bb'.repeat(n / 5)}${'b'.repeat(1000)}`,
    (n) => 'Content-Type: message/rfc822\r\n\r\n'.repeat(n / 32) + 'b'.repeat(1000),
  ]
  const time = (text: string): number => {
    const octets = Buffer.from(text)
    const before = process.cpuUsage()
    reencodeLongLines(octets)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  // A harmless message of an eighth of the size says how fast this machine is at the moment.
  const harmless = Math.max(time(`${open('b')}\r\n${'some text\r\n'.repeat(24_000)}${'b'.repeat(1000)}`), 20)
  for (const [i, make] of evil.entries()) {
    const least = Math.min(time(make(2048 * 1024)), time(make(2048 * 1024)))
    assert.ok(least < 40 * harmless, `${i}: ${harmless} ms, eight times as much ${least} ms`)
  }
})
