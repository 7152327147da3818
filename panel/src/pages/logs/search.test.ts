// The address of a log: an account, a day that there is, words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logSearchOf, plainDay } from './search.ts'

test('what is no account, no day and no words is left out', () => {
  assert.deepEqual(logSearchOf({ account: 7, day: '2026-13-01', find: '' }), {})
  assert.deepEqual(logSearchOf({ account: '1001', day: '2026-11-22', find: 'ann@' }), { account: 1001, day: '2026-11-22', find: 'ann@' })
  assert.equal(logSearchOf({ find: 'x'.repeat(1000) }).find?.length, 200)
  assert.equal(plainDay('2026-11-22'), '20261122')
})
