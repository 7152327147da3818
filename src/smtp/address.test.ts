import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDomain, parseMailbox, parsePath } from './address.ts'

const read = (text: string, utf8 = false): string | undefined => {
  const mailbox = parsePath(text, utf8)
  return typeof mailbox === 'string' ? undefined : mailbox.address
}

test('one form for each mailbox', () => {
  for (const [text, address] of [
    ['a@x', 'a@x'],
    ['A.b+c@EXAMPLE.Com', 'A.b+c@example.com'],
    ['"a"@x', 'a@x'],
    [String.raw`"\a\.b"@x`, 'a.b@x'],
    ['"a b"@x', '"a b"@x'],
    ['".a"@x', '".a"@x'],
    ['"a..b"@x', '"a..b"@x'],
    ['""@x', '""@x'],
    ['"a@b"@x', '"a@b"@x'],
    ['"a>b"@x', '"a>b"@x'],
    [String.raw`"a\"b\\c"@x`, String.raw`"a\"b\\c"@x`],
    ['@r.test,@s.test:a@x', 'a@x'],
    ['a@[192.0.2.1]', 'a@[192.0.2.1]'],
    ['a@[IPv6:2001:DB8:0::1]', 'a@[IPv6:2001:db8::1]'],
    ['a@xn--bcher-kva.test', 'a@xn--bcher-kva.test'],
    ['a@with_underscore.test', 'a@with_underscore.test'],
    [`${'l'.repeat(64)}@x`, `${'l'.repeat(64)}@x`],
  ] as const) {
    assert.equal(read(text), address, text)
    // What was written canonically reads as itself.
    assert.equal(read(address), address, address)
  }
  assert.deepEqual(parseMailbox('"a@b"@X.test', false), { address: '"a@b"@x.test', local: 'a@b', domain: 'x.test' })
})

test('beyond ASCII only where SMTPUTF8 was asked for; domains become A-labels', () => {
  assert.equal(read('ü@x'), undefined)
  assert.equal(read('a@bücher.test'), undefined)
  assert.equal(read('ü@BÜCHER.test', true), 'ü@xn--bcher-kva.test')
  assert.equal(read('"ü x"@x', true), '"ü x"@x')
  assert.equal(read('a@faß.test', true), 'a@xn--fa-hia.test')
  assert.equal(read('a@x。test', true), 'a@x.test')
  assert.equal(read(`${'ü'.repeat(32)}@x`, true), `${'ü'.repeat(32)}@x`)
  assert.equal(read(`${'ü'.repeat(33)}@x`, true), undefined)
})

test('what is no address, or is one address to us and another to someone else', () => {
  const bad = [
    '',
    'a',
    '@x',
    'a@',
    'a@b@c',
    'a b@x',
    ' a@x',
    'a@x ',
    'a@x,b@y',
    '<a@x>',
    'a(comment)@x',
    'a..b@x',
    '.a@x',
    'a.@x',
    '"a@x',
    '"a"b@x',
    '"a" @x',
    '"a\\',
    'a@x.',
    'a@.x',
    'a@x..y',
    'a@-x.test',
    'a@x-.test',
    'a@x%2etest',
    'a@x/y',
    'a@192.0.2.1',
    'a@0x7f.1',
    'a@x.0x7f',
    'a@[192.0.2.256]',
    'a@[192.0.2.01]',
    'a@[::1]',
    'a@[IPv6:::1%lo]',
    'a@[IPv6:192.0.2.1]',
    'a@[tag:x]',
    'a@[192.0.2.1',
    '@r.test',
    '@r.test:',
    'r.test:a@x',
    '@[192.0.2.1]x:a@x',
    'a\0@x',
    'a\r\nRCPT TO:<b@x>@x',
    '"a\nb"@x',
    `${'l'.repeat(65)}@x`,
    `a@${'l'.repeat(64)}.test`,
    `a@${'abcdefg.'.repeat(32)}test`,
    `${'l'.repeat(5000)}@x`,
  ]
  for (const text of bad) {
    assert.equal(read(text), undefined, JSON.stringify(text))
    assert.equal(read(text, true), undefined, JSON.stringify(text))
  }
  // Full-width digits are an IPv4 address to the conversion; soft hyphens vanish in it; joiners and controls have no place.
  for (const text of [
    'a@１２７.０.０.１',
    'a@a％2eb',
    'a@x／y',
    'a\u0085@x',
    'a\u2028@x',
    '\ud800@x',
    '\ufffd@x',
    'a@exam\u200dple.test',
  ]) {
    assert.equal(read(text, true), undefined, JSON.stringify(text))
  }
})

test('a domain alone', () => {
  assert.equal(parseDomain('EXAMPLE.test', false), 'example.test')
  assert.equal(parseDomain('bücher.test', true), 'xn--bcher-kva.test')
  assert.equal(parseDomain('', true), undefined)
  assert.equal(parseDomain('*.test', true), undefined)
})

test('hostile text is refused before it costs anything', () => {
  // Each would take minutes or the stack where the work grows faster than the text.
  const long = 1_000_000
  for (const text of ['"\\', '@a,', '@', '"', 'a.', '\\', ':', 'xn--', 'ü.', 'a@a.']) {
    assert.equal(read(text.repeat(long), true), undefined)
    assert.equal(parseDomain(text.repeat(200), true), undefined)
  }
})
