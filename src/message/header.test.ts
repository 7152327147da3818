import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAddressList } from './addresses.ts'
import { authorDomain, authorsOf, fieldValue, findHeaderEnd, readHeader } from './header.ts'

const octets = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'), 'utf8')
const domainOf = (from: string) => authorDomain(readHeader(octets(`From: ${from}`, '', 'text')))

test('a header is read as slices, folded lines included', () => {
  const message = octets('Received: a', '\tb', 'Subject : x', 'From: a@b.example', '', 'body', '', 'more')
  const header = readHeader(message)
  assert.deepEqual(
    header.fields.map((field) => [field.name, message.toString('latin1', field.start, field.end)]),
    [
      ['received', 'Received: a\r\n\tb\r\n'],
      ['subject', 'Subject : x\r\n'],
      ['from', 'From: a@b.example\r\n'],
    ],
  )
  assert.equal(message.toString('latin1', header.body), 'body\r\n\r\nmore')
  assert.equal(header.end, header.body - 2)
})

test('what is no field ends the header, and nothing of it is lost', () => {
  for (const body of ['Hello there,\r\nColon: yes\r\n', ' leading space\r\n', ': no name\r\n', 'two words: x\r\n']) {
    const message = Buffer.from(`Subject: x\r\n${body}`)
    const header = readHeader(message)
    const expected = body.startsWith(' ') ? '' : body
    assert.equal(message.toString('latin1', header.body), expected)
  }
  assert.equal(readHeader(octets('', 'body')).body, 2)
  assert.equal(readHeader(Buffer.alloc(0)).body, 0)
  assert.equal(readHeader(octets(' folded first', '', 'x')).body, 0)
  assert.deepEqual(readHeader(octets('A: b')).fields, [{ name: 'a', start: 0, value: 2, end: 4 }])
})

test('the end of the header is found while it comes in pieces', () => {
  const message = octets('A: b', 'C: d', '', 'body')
  let found = -1
  let length = 0
  while (found < 0) {
    const before = length++
    found = findHeaderEnd(message.subarray(0, length), before)
  }
  assert.equal(message.toString('latin1', found), 'body')
})

test('the author is read where From is clear, and nowhere else', () => {
  assert.equal(domainOf('a@Example.COM'), 'example.com')
  assert.equal(domainOf('"x@evil.example" <a@example.com>'), 'example.com')
  assert.equal(domainOf('x@evil.example <a@example.com>'), 'example.com')
  assert.equal(domainOf('(x@evil.example) Joe (a \\) b) <a(c)@(d)example.com>'), 'example.com')
  assert.equal(domainOf('"a@b"@example.com'), 'example.com')
  assert.equal(domainOf('Joe Q. Public <a . b@example . com>'), 'example.com')
  assert.equal(domainOf('<@relay.example:a@example.com>'), 'example.com')
  assert.equal(domainOf('a@[192.0.2.1]'), '[192.0.2.1]')
  assert.equal(domainOf('a@bücher.example'), 'xn--bcher-kva.example')
  assert.equal(domainOf('Team: a@x.example, b@x.example;'), 'x.example')
  assert.equal(domainOf('Team:;'), null)
  assert.equal(domainOf('a@x.example, b@y.example'), null)
  for (const from of ['', 'a', 'a@', '@b', '<a@b', 'a@b <c@d> e', '<a@b> <c@d>', 'a@b@c', '"a', '(a', 'a@b c@d', 'a@-x', ';', 'a:b:c@d;'])
    assert.equal(domainOf(from), null, from)
  assert.equal(authorDomain(readHeader(octets('From: a@x.example', 'From: a@x.example', '', ''))), null)
})

test('names and values come decoded', () => {
  assert.deepEqual(readAddressList('Jürgen "the \\"man\\"" <j@x.example>, , k@y.example'), [
    { name: 'Jürgen the "man"', local: 'j', domain: 'x.example' },
    { name: '', local: 'k', domain: 'y.example' },
  ])
  const header = readHeader(octets('Subject:  grüße', '  folded ', ''))
  assert.equal(fieldValue(header, header.fields[0]!), 'grüße  folded')
  // Each ends in the octet A0, a space of Latin-1.
  for (const word of ['voilà', 'Р', '堠', '😠']) {
    const ends = readHeader(octets(`Subject: ${word}`, ''))
    assert.equal(fieldValue(ends, ends.fields[0]!), word)
  }
})

test('hostile lists cost no more than their length', () => {
  const hostile = [
    '('.repeat(200_000),
    '"'.repeat(200_001),
    '<'.repeat(200_000),
    'a:'.repeat(100_000),
    ','.repeat(200_000),
    '\\'.repeat(200_000),
  ]
  for (const text of hostile) {
    const began = performance.now()
    readAddressList(text)
    const once = performance.now() - began
    readAddressList(text + text)
    const twice = performance.now() - began - once
    assert.ok(twice < 20 * Math.max(once, 20), `${text.slice(0, 1)}: ${once} ms, doubled ${twice} ms`)
  }
})

test('the authors are those of all From fields, as readers pick different ones', () => {
  const domains = (...fields: string[]) => authorsOf(readHeader(octets(...fields, '', ''))).domains
  assert.deepEqual(domains('From: a@x.example', 'from : B <b@Y.example.>'), ['x.example', 'y.example'])
  assert.deepEqual(domains('From: a@x.example, g: b@ä.example;'), ['x.example', 'xn--4ca.example'])
  assert.deepEqual(domains('Subject: x'), [])
  for (const unread of ['a@x.example <b@y.example> <c@z.example>', '<<a@x.example>', 'a@b@c.example', '"x', 'someone'])
    assert.equal(domains('From: a@x.example', `From: ${unread}`), null, unread)
})
