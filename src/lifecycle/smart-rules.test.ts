import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../testkit/spool-samples.ts'
import { lintSmartRules } from '../policy/rules/lint.ts'
import { readSmartRulesFile, shippedSmartRules } from './smart-rules.ts'

test('the Smart rules that are shipped are well-formed, and nothing in them is odd', () => {
  const { document, trouble } = readSmartRulesFile()
  assert.equal(trouble, null)
  assert.ok(document.edition > 0)
  assert.deepEqual(lintSmartRules(document), [])
  assert.deepEqual(shippedSmartRules(), { document, trouble }, 'what the build made of them is something else')
})

test('a file that cannot be used is told, and mail goes without it', () => {
  using folder = temporaryFolder()
  assert.match(shippedSmartRules(folder.path).trouble ?? '', /smart-rules\.yaml: .*ENOENT/)
  mkdirSync(join(folder.path, 'bin'))
  writeFileSync(join(folder.path, 'bin', 'smart-rules.yaml'), 'format: 1\nversion: one\n')
  const { document, trouble } = shippedSmartRules(folder.path)
  assert.match(trouble ?? '', /line 2: version: expected a whole number/)
  assert.deepEqual(document.rules, [])
})
