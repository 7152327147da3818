// The Smart rules that the program ships.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lintSmartRules } from './lint.ts'
import { readRulesText } from './read.ts'

const text = readFileSync(join(import.meta.dirname, '../../../data/smart-rules.yaml'), 'utf8')
const reading = readRulesText(text, 'smart')
if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
const { document } = reading

test('the shipped Smart rules are in order: every figure has a source or is a cautious estimate, every example holds', () => {
  assert.deepEqual(lintSmartRules(document), [])
  assert.ok(document.edition >= 1)
})

test('every provider has a rule of its own, and no MX mask belongs to two', () => {
  const ruled = document.rules.flatMap(({ by, mask }) => (by === 'provider' ? [mask] : []))
  assert.deepEqual(ruled.toSorted(), Object.keys(document.providers).toSorted())
  const masks = Object.values(document.providers).flat()
  assert.deepEqual(masks.toSorted(), [...new Set(masks)].toSorted())
  assert.ok(ruled.length >= 25, `${ruled.length} providers`)
})

test('every source is an address on the web', () => {
  const seen = document.rules.flatMap(({ seen = [] }) => seen)
  assert.ok(seen.length > 0)
  for (const address of seen) assert.match(address, /^https?:\/\/[\w.-]+\/?\S*$/)
})
