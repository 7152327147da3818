import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffSchedule, isExpired, nextDue, wait } from './retry.ts'

const MINUTE = 60_000
const shipped = { first: 10 * MINUTE, longest: 240 * MINUTE, expiry: 4 * 1440 * MINUTE }

test('waits double from the first to the longest', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => wait(shipped, attempt) / MINUTE),
    [10, 20, 40, 80, 160, 240, 240, 240],
  )
})

test('jitter is at most a tenth either way', () => {
  assert.equal(nextDue(shipped, 1, 1000, 0), 1000 + 9 * MINUTE)
  assert.equal(nextDue(shipped, 1, 1000, 0.5), 1000 + 10 * MINUTE)
  assert.equal(nextDue(shipped, 1, 1000, 1), 1000 + 11 * MINUTE)
})

test('a message expires at its time, and a site never backs off longer than half an hour', () => {
  assert.equal(isExpired(100, 99), false)
  assert.equal(isExpired(100, 100), true)
  assert.deepEqual(
    [1, 2, 10].map((step) => wait(backoffSchedule(shipped), step) / MINUTE),
    [1, 2, 30],
  )
  assert.equal(wait(backoffSchedule({ first: 1000, longest: 2000, expiry: 1 }), 1), 1000)
})
