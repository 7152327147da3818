import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine } from './csv.ts'

test('fields with commas, quotes and lines are quoted, and no text begins a formula', () => {
  assert.equal(csvLine(['a,b', 'say "no"', 3, null, '=HYPERLINK("x")', '-1+1']), `"a,b","say ""no""",3,,"'=HYPERLINK(""x"")",'-1+1\r\n`)
})
