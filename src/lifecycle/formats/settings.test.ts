import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FORMATS } from '../../contract/formats.ts'
import { lossesOf } from './settings.ts'

test('there is a way from every format that is read to the one that is written, and back to the one before', () => {
  const { reads, writes } = FORMATS.settings
  for (const format of reads) assert.ok(lossesOf(format, writes) !== null, `no way from format ${format}`)
  assert.deepEqual(lossesOf(writes, writes - 1), [])
  assert.equal(lossesOf(writes, 0), null)
  for (const { reads, writes } of Object.values(FORMATS)) assert.equal(reads.at(-1), writes)
})
