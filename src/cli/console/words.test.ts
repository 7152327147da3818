// Words of a line of the console.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordsOf } from './words.ts'

test('spaces part words; quotes and backslashes keep what is special', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['queue ls', ['queue', 'ls']],
    ['  hms   queue\tls ', ['queue', 'ls']],
    [`account add 'Ann "A" Shop' "it's"`, ['account', 'add', 'Ann "A" Shop', "it's"]],
    ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
    [`set "" ''`, ['set', '', '']],
    [`--subject=welcome' 'all`, ['--subject=welcome all']],
    ['$(id) > x | y; *', ['$(id)', '>', 'x', '|', 'y;', '*']],
    ['', []],
  ]
  for (const [line, words] of cases) assert.deepEqual(wordsOf(line), words, line)
  assert.throws(() => wordsOf('account add "Ann'), /ends within "/)
})
