// Addresses in one text, as vendors have them: read as header fields are, and refused where any of it cannot be read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailboxesOf, mailboxesOfAll, mailboxFrom, mailboxOf } from './mailboxes.ts'

test('names, quotes and encoded words are what they are in a header', () => {
  assert.deepEqual(mailboxesOf('ann@a.test, "Bee, C" <b@a.test>, =?utf-8?Q?J=C3=BCrgen?= <j@a.test>, Łukasz <l@a.test>', 'To'), [
    'ann@a.test',
    { email: 'b@a.test', name: 'Bee, C' },
    { email: 'j@a.test', name: 'Jürgen' },
    { email: 'l@a.test', name: 'Łukasz' },
  ])
  assert.deepEqual(mailboxesOf('"a b"@a.test', 'To'), ['"a b"@a.test'])
  assert.deepEqual(mailboxesOf(String.raw`"a\"b"@a.test`, 'To'), [String.raw`"a\"b"@a.test`])
  assert.deepEqual(mailboxesOfAll(['a@a.test', 'b@a.test, c@a.test'], 'to'), ['a@a.test', 'b@a.test', 'c@a.test'])
  assert.deepEqual(mailboxFrom('a@a.test', ''), 'a@a.test')
  for (const empty of [null, undefined, '']) assert.equal(mailboxesOf(empty, 'To'), undefined)
  assert.equal(mailboxesOfAll([], 'to'), undefined)
})

test('what cannot be read, or would end its line, is refused by the name of its field', () => {
  for (const text of [
    'ann',
    'ann@',
    'a@a.test, nobody',
    'a@a.test\r\nBcc: b@a.test',
    'a@a.test\0',
    'a@a.test,\nb@a.test',
    ',',
    '<a@a.test',
  ])
    assert.throws(
      () => mailboxesOf(text, 'To'),
      { name: 'Refused', message: /^To: ".*" is no mail address, or list of them\.$/ },
      JSON.stringify(text),
    )
  assert.throws(() => mailboxOf('a@a.test, b@a.test', 'From'), /From must be one mail address/)
})
