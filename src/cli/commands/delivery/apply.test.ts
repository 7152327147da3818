import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingLines } from './apply.ts'

test('a note about an account names it once', () => {
  const place = { level: 'account', account: 9999 } as const
  assert.deepEqual(findingLines([{ ...place, rule: '9999', what: 'There is no such account.' }]), [
    'Note: account 9999: There is no such account.',
  ])
  assert.deepEqual(findingLines([{ ...place, rule: 'own', what: 'It never applies.' }]), ['Note: account 9999, own: It never applies.'])
})
