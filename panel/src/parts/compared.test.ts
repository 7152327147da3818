import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allTimes, changeText } from './compared.ts'

test('a change is told in words that fit nothing, the same, more and less', () => {
  assert.equal(changeText(5, 5), 'same as the week before')
  assert.equal(changeText(5, 0), 'none the week before')
  assert.equal(changeText(150, 100), '+50% vs. the week before')
  assert.equal(changeText(50, 100), '−50% vs. the week before')
  assert.equal(changeText(5000, 1), '> +1,000% vs. the week before')
})

test('every hour of a report has its place, also where nothing happened; a day of 25 hours moves those behind it', () => {
  assert.deepEqual(allTimes({ from: 0, to: 4, data: [{ at: 2 }] }, 1), [0, 1, 2, 3])
  const hours = (n: number): number => n * 3_600_000
  const days = allTimes({ from: 0, to: hours(72), data: [{ at: hours(25) }, { at: hours(49) }] }, hours(24))
  assert.deepEqual(days, [0, hours(25), hours(49)])
})
