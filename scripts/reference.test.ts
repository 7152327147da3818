import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPTIONS } from '../src/contract/options.ts'
import { pages, stalePages } from './reference.ts'

test('the reference is current, and names every option', async () => {
  assert.deepEqual(await stalePages(), [], "run 'npm run reference'")
  const text = (await pages()).get('docs/reference/options.md') ?? ''
  for (const name of Object.keys(OPTIONS)) assert.ok(text.includes(`### \`${name}\``), name)
})
