// Times of alarms in forms.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { msOf, spanFlag, spanValue } from './amounts.ts'

test('a time is shown in the greatest unit that it is a whole number of, and comes back the same', () => {
  for (const [ms, flag] of [
    [0, '0s'],
    [90_000, '90s'],
    [300_000, '5m'],
    [21_600_000, '6h'],
    [86_400_000, '1d'],
  ] as const) {
    const value = spanValue(ms)
    assert.equal(spanFlag(value), flag)
    assert.equal(msOf(value), ms)
  }
})
