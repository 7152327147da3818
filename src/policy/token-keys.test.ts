// Keys of tokens: when one signs, when it is due to be followed, how long it verifies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTokenKeyDue, nextTokenKey, spentTokenKeys, timesOf } from './token-keys.ts'

const DAY = 86_400_000

test('the first key signs at once, later ones once every worker knows them', () => {
  assert.deepEqual(nextTokenKey([], 5), { n: 1, since: 5 })
  const next = nextTokenKey(
    [
      { n: 7, since: 5 },
      { n: 2, since: 1 },
    ],
    10 * DAY,
  )
  assert.ok(next.n === 8 && next.since > 10 * DAY + 2000)
})

test('a key is followed after 90 days, and verifies for 400 days and more after the last token that it made', () => {
  const keys = [{ n: 1, since: 0 }]
  assert.deepEqual([isTokenKeyDue([], 0), isTokenKeyDue(keys, 89 * DAY), isTokenKeyDue(keys, 90 * DAY)], [false, false, true])
  const both = [{ n: 2, since: 90 * DAY }, ...keys]
  assert.deepEqual([isTokenKeyDue(both, 91 * DAY), isTokenKeyDue(both, 180 * DAY)], [false, true])
  assert.deepEqual([timesOf(both)[0]?.until, timesOf(both)[1]?.verifiesUntil], [90 * DAY, null])
  assert.deepEqual(spentTokenKeys(both, (90 + 430) * DAY), [])
  assert.deepEqual(spentTokenKeys(both, 1000 * DAY), [1], 'the newest never goes')
})
