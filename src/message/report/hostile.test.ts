// Octets that were made to hurt: whatever comes, reading it ends, answers, and costs no more than its length. HMS_FUZZ=N tries N times as much.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { MOST_OCTETS, MOST_PARTS, MOST_RECIPIENTS } from './bounds.ts'
import { readReport } from './report.ts'

const HEAD = 'From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n'
const fill = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const mixed = (body: string, boundary = 'B'): string => `${HEAD}Content-Type: multipart/mixed; boundary="${boundary}"\n\n${body}`
const status = (body: string): string => mixed(`--B\nContent-Type: message/delivery-status\n\n${body}`)
const html = (body: string): string => `${HEAD}Content-Type: text/html\n\n<html>${body}`
const many = (length: number, make: (n: number) => string): string => Array.from({ length }, (_, n) => make(n)).join('')

/** Each makes a message of about so many octets. */
const HOSTILE: Readonly<Record<string, (length: number) => string>> = {
  'one long line of spaces': (n) => `${HEAD}\n${fill(' ', n)}`,
  'empty lines': (n) => `${HEAD}\n${fill('\n', n)}`,
  'nothing but @': (n) => `${HEAD}\n${fill('@', n)}`,
  'addresses without end': (n) => `${HEAD}\n${fill('a@', n)}`,
  'a local part without end': (n) => `${HEAD}\n${fill('a', n)}@b.example`,
  'the same recipient again and again': (n) => `${HEAD}\nfailed:\n${fill('<a@b.example>: 550 5.1.1 no\n', n)}`,
  'a recipient a line': (n) => `${HEAD}\nfailed:\n${many(n / 35, (i) => `<a${i}@b.example>: 550 5.1.1 no\n`)}`,
  'delimiters that are none': (n) => mixed(fill(`\n--${'B'.repeat(150)}`, n), `${'B'.repeat(150)}C`),
  parts: (n) => mixed(fill('\n--B\n\nx', n)),
  'multiparts in one another': (n) => HEAD + many(n / 60, (i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`),
  'messages in one another': (n) => HEAD + fill('Content-Type: message/rfc822\n\n', n),
  'attached messages': (n) =>
    mixed(fill('\n--B\nContent-Type: message/rfc822\n\nSubject: undeliverable\nFrom: x@y\n\ntext a@b.example\n', n)),
  'a header without end': (n) => fill('X-A: b\n', n),
  'a field without end': (n) => `X-A: b\n${fill(' c\n', n)}`,
  'fields and lines that are none': (n) => fill('X: y\njunk line\n', n),
  'encoded words': (n) => `Subject: ${fill('=?utf-8?q?a?=', n)}\n\nx`,
  'beginnings of encoded words': (n) => `Subject: ${fill('=?', n)}\n\nx`,
  'soft line breaks that are none': (n) => `${HEAD}Content-Transfer-Encoding: quoted-printable\n\n${fill('= ', n)}`,
  base64: (n) => `${HEAD}Content-Transfer-Encoding: base64\n\n${fill('QUJD\n', n)}`,
  parameters: (n) => `Content-Type: multipart/mixed; ${fill('a=b;', n)}\n\nx`,
  'a quoted parameter without end': (n) => `Content-Type: multipart/mixed; boundary="${fill('\\', n)}`,
  'beginnings of tags': (n) => html(fill('<a', n)),
  'silent elements without end': (n) => html(fill('<style>', n)),
  'comments without end': (n) => html(fill('<!--', n)),
  entities: (n) => html(fill('&nbsp;', n)),
  'groups of one recipient': (n) => status(fill('Final-Recipient: rfc822; a@b.example\nAction: failed\n\n', n)),
  'groups of many recipients': (n) => status(many(n / 60, (i) => `Final-Recipient: rfc822; a${i}@b.example\nAction: failed\n\n`)),
  'a diagnostic without end': (n) => status(`Final-Recipient: rfc822;a@b.example\nDiagnostic-Code: x\n${fill(' c\n', n)}`),
  'failed recipients in the header': (n) => `${HEAD}X-Failed-Recipients: ${fill('a@b.example,', n)}\n\nx`,
  'header lines in the text': (n) => `${HEAD}\n${fill('> To: a\n', n)}`,
  codes: (n) => `${HEAD}\n${fill('550 5.1.1.', n)}`,
  'answers of answers': (n) => `Subject: ${fill('re: ', n)}\n\n${fill('please ', n)}`,
  complainants: (n) =>
    mixed(`--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n${fill('Original-Rcpt-To: a@b.example\n', n)}`),
  'what may be tokens': (n) => `To: ${fill('b', n)}\n\n${fill(`${'b'.repeat(63)}2.`, n)}`,
  'nested JSON': (n) => `Subject: tlsrpt\nContent-Type: application/tlsrpt+json\n\n{"policies":${fill('[', n)}`,
  'nested XML': (n) => `Subject: Report domain: x\nContent-Type: text/xml\n\n<feedback>${fill('<a>', n)}`,
  rows: (n) =>
    `Subject: Report domain: x\nContent-Type: text/xml\n\n<feedback>${fill('<record><row><source_ip>1</source_ip></row></record>', n)}`,
  'shifts of ISO-2022-JP': (n) => `Subject: ${fill('\u001b$B!!', n)}\n\nx`,
  'octets that are no text': (n) => `${HEAD}\n${fill('\u0000\u00ff\u0001', n)}`,
}

const [SMALL, LARGE] = [60_000, 240_000]

/** The least processor time of several tries, in microseconds: others use the machine too. */
function cost(octets: Buffer): number {
  let least = Infinity
  for (let n = 0; n < 4; n++) {
    const before = process.cpuUsage()
    readReport(octets)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return least
}

test('four times the octets cost no more than a little over four times, whatever they are', () => {
  const quadratic: string[] = []
  for (const [name, make] of Object.entries(HOSTILE)) {
    const [small, large] = [SMALL, LARGE].map((length) => Buffer.from(make(length), 'latin1'))
    assert.ok(small !== undefined && large !== undefined && large.length > small.length * 3, name)
    // Below some milliseconds a collection of garbage is more than the reading; what grows with the square is seconds here.
    const isLinear = (): boolean => cost(large) < Math.max(30_000, cost(small) * 12)
    if (![1, 2, 3].some(isLinear)) quadratic.push(name)
  }
  assert.deepEqual(quadratic, [])
})

test('white space in an address costs no more than letters do', () => {
  const groups = (by: string): Buffer =>
    Buffer.from(status(fill(`Final-Recipient: rfc822; <${fill(by, 1980)}"\nAction: failed\n\n`, LARGE)), 'latin1')
  const isCheap = (): boolean => cost(groups(' ')) < Math.max(30_000, cost(groups('x')) * 12)
  assert.ok([1, 2, 3].some(isCheap))
})

test('what is read is bounded: octets, parts, recipients', () => {
  for (const [name, make] of Object.entries(HOSTILE)) {
    const report = readReport(Buffer.from(make(MOST_OCTETS + 1000), 'latin1'))
    assert.ok(report.parts.length <= MOST_PARTS + 1, name)
    assert.ok(report.recipients.length <= MOST_RECIPIENTS, name)
    assert.ok(report.text.length < 20_000 && report.tokens.length <= 16, name)
  }
  assert.equal(readReport(Buffer.alloc(MOST_OCTETS + 1, 'a')).isCut, true)
})

function attached(type: string, name: string, octets: Buffer): Buffer {
  const head = `Subject: Report domain: x\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\n\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(octets.toString('base64'))])
}

/** A zip with one file, sizes behind the data as mailers that stream write it. */
function zip(name: string, octets: Buffer): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(8, 6)
  head.writeUInt16LE(8, 8)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, Buffer.from(name), deflateRawSync(octets), Buffer.from('PK\u0007\u0008 and a directory')])
}

test('archives are read to a bounded size: a report is, a bomb and a broken one are not', () => {
  const xml = Buffer.from(
    '<feedback><report_metadata><org_name>Isp</org_name></report_metadata><record><row><count>3</count></row></record></feedback>',
  )
  const bomb = Buffer.alloc(64 * 1024 * 1024, ' ')
  for (const [type, pack] of [
    ['application/zip', (octets: Buffer) => zip('r.xml', octets)],
    ['application/gzip', (octets: Buffer) => gzipSync(octets)],
  ] as const) {
    const sums = readReport(attached(type, 'r.xml.gz', pack(xml))).aggregate
    assert.ok(sums?.kind === 'dmarc' && sums.messages === 3, type)
    assert.equal(readReport(attached(type, 'r.xml.gz', pack(bomb))).kind, 'unknown', type)
    assert.equal(readReport(attached(type, 'r.xml.gz', pack(xml).subarray(0, 40))).kind, 'unknown', type)
  }
})

/** Numbers below `most` that look drawn, the same at each run. */
function draws(seed: number): (most: number) => number {
  let x = seed
  return (most) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return Math.floor((x / 2 ** 32) * most)
  }
}

const PIECES = [
  '\n',
  '\n\n',
  '\r',
  '\u0000',
  '--',
  '=',
  '=?utf-8?b?',
  '@',
  '<',
  '>',
  '"',
  ';',
  'Content-Type: multipart/mixed; boundary=x\n\n--x\n',
  'Content-Transfer-Encoding: base64\n',
  'Final-Recipient: rfc822;',
  '\u001b$B',
  '\u00ff\u00fe',
  '<![CDATA[',
  '(',
]

/** One of: octets changed, a piece cut out, doubled, moved in from elsewhere, put between. */
function mutated(octets: Buffer, draw: (most: number) => number): Buffer {
  const at = draw(octets.length)
  const end = Math.min(octets.length, at + draw(400))
  const [head, middle, tail] = [octets.subarray(0, at), octets.subarray(at, end), octets.subarray(end)]
  switch (draw(5)) {
    case 0: {
      const copy = Buffer.from(octets)
      for (let n = 0; n < 8; n++) copy[draw(copy.length)] = draw(256)
      return copy
    }
    case 1:
      return Buffer.concat([head, tail])
    case 2:
      return Buffer.concat([head, middle, middle, tail])
    case 3:
      return Buffer.concat([head, octets.subarray(draw(octets.length)).subarray(0, 400), tail])
    default:
      return Buffer.concat([head, Buffer.from(PIECES[draw(PIECES.length)] ?? '', 'latin1'), tail])
  }
}

test('no change to a real message makes it unreadable for the reader: it always answers', () => {
  const times = Math.max(1, Number(process.env['HMS_FUZZ'] ?? 1))
  const folder = join(import.meta.dirname, '../../../test/fixtures/reports')
  const files = ['flufl', 'sisimai'].flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)))
  assert.ok(files.length > 100)
  const draw = draws(7)
  for (const file of files) {
    let octets: Buffer = readFileSync(file)
    for (let n = 0; n < 12 * times; n++) {
      octets = n % 6 === 0 ? readFileSync(file) : mutated(octets.length === 0 ? readFileSync(file) : octets, draw)
      const report = readReport(octets)
      assert.ok(
        report.recipients.every(({ address, diagnostic }) => (address === null || address.includes('@')) && diagnostic.length <= 4000),
        file,
      )
    }
  }
})
