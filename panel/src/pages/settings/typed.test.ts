// Values of the file as people type them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedOf } from './typed.ts'

test('quotes and brackets are YAML, and nobody types them', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['60', '60'],
    ['""', ''],
    ['"two words"', 'two words'],
    ['[]', ''],
    ['[127.0.0.1:2525, "[::1]:25"]', '127.0.0.1:2525, [::1]:25'],
    ['"unfinished', '"unfinished'],
  ]
  for (const [written, typed] of cases) assert.equal(typedOf(written), typed, written)
})
