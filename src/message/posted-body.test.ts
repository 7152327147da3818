import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMediaType, postedBody } from './posted-body.ts'

const read = (...lines: readonly string[]): [type: string, text: string] => {
  const { type, octets } = postedBody(Buffer.from(lines.join('\r\n')))
  return [type, octets.toString()]
}

test('the body as its author wrote it, its transfer encoding undone, its type as it says', () => {
  assert.deepEqual(read('Subject: x', '', '{"a":1}', ''), ['text/plain; charset=us-ascii', '{"a":1}\r\n'])
  assert.deepEqual(
    read('Content-Type: application/json;', ' charset=utf-8', 'Content-Transfer-Encoding: BASE64', '', 'eyJhIjox', 'fQ==', ''),
    ['application/json; charset=utf-8', '{"a":1}'],
  )
  assert.deepEqual(read('Content-Type: text/html', 'Content-Transfer-Encoding: quoted-printable', '', 'a=3D=', 'b=C3=BC'), [
    'text/html',
    'a=bü',
  ])
  assert.deepEqual(read('Content-Type: äöü', '', 'x'), ['application/octet-stream', 'x'])
})

test('of parts the first that has none of its own', () => {
  const nested = [
    'Content-Type: multipart/mixed; boundary=a',
    '',
    'preamble',
    '--a',
    'Content-Type: multipart/alternative; boundary="b b"',
    '',
  ]
  const inner = [
    '--b b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    'aGVsbG8=',
    '--b b',
    'Content-Type: text/html',
  ]
  assert.deepEqual(read(...nested, ...inner, '', '<p>', '--b b--', '--a--', ''), ['text/plain; charset=utf-8', 'hello'])
  assert.deepEqual(read('Content-Type: multipart/mixed; boundary=a', '', 'no part'), ['multipart/mixed; boundary=a', 'no part'])
})

test('a million of what looks like parts costs little', () => {
  const lines = Buffer.from(`Content-Type: multipart/mixed; boundary=a\r\n\r\n${'--b\r\n'.repeat(1_000_000)}`)
  assert.equal(postedBody(lines).type, 'multipart/mixed; boundary=a')
  const deep = Array.from({ length: 1000 }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`).join('')
  assert.match(postedBody(Buffer.from(`Content-Type: multipart/mixed; boundary=b0\r\n\r\n${deep}`)).type, /^multipart/)
})

test('media types', () => {
  for (const text of ['application/json', 'text/plain; charset=utf-8', 'application/vnd.x+json;v=1']) assert.ok(isMediaType(text), text)
  for (const text of ['', 'json', 'a/b\r\nX: y', 'a/b; ü', 'a/b c', `a/b;${'x'.repeat(400)}`]) assert.ok(!isMediaType(text), text)
})
