import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesGlob } from './criteria.ts'

test('patterns of addresses, and what a hostile one costs', () => {
  const hits = [
    ['*@x.example', 'a@x.example'],
    ['a?c*', 'abc'],
    ['*', ''],
    ['*b*b*', 'abab'],
    ['a@x.example', 'a@x.example'],
  ] as const
  for (const [pattern, text] of hits) assert.ok(matchesGlob(pattern, text), `${pattern} ${text}`)
  const misses = [
    ['*@x.example', 'a@y.example'],
    ['a?c', 'ac'],
    ['?', ''],
    ['*b', 'abc'],
    ['', 'a'],
  ] as const
  for (const [pattern, text] of misses) assert.ok(!matchesGlob(pattern, text), `${pattern} ${text}`)
  assert.ok(!matchesGlob('*a*a*a*a', `${'a'.repeat(320)}b`))
})
