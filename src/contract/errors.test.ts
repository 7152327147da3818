import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ERRORS } from './errors.ts'

/** Codes as they are written in `new Fault('code', …)` and `refused(…, 'code')`. */
const USES = /\b(?:new Fault|super)\(\s*'([a-z-]+)'|\brefused\([^]{0,400}?,\s*'([a-z]+(?:-[a-z]+)+)',?\s*\)/g

test('every error code that is used is listed, with the sentence that says when', () => {
  const used = new Set<string>()
  const root = join(import.meta.dirname, '..')
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    for (const match of readFileSync(join(root, file), 'utf8').matchAll(USES)) used.add(match[1] ?? match[2] ?? '')
  }
  assert.ok(used.size > 20)
  assert.deepEqual(
    [...used].filter((code) => !Object.hasOwn(ERRORS, code)),
    [],
    'list these codes in src/contract/errors.ts',
  )
  for (const sentence of Object.values(ERRORS)) assert.match(sentence, /^.+\.$/)
})
