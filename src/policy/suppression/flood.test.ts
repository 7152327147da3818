// When a site is to be doubted rather than its recipients.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chance } from '../../../testkit/chance.ts'
import { floodIn, goesOn, type HourCount, hourOf } from './flood.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 30)
const HOUR = hourOf(NOW)

const hour = (back: number, tried: number, hard: number, odd = false): HourCount => ({ hour: HOUR - back, tried, hard, odd })
/** Two weeks of mail of which two in a thousand failed. */
const GOOD = Array.from({ length: 300 }, (_, i) => hour(i + 25, 1000, 2))

test('an hour in which a third fails is a flood; what is usual, what is few and what is chance is none', () => {
  assert.deepEqual(floodIn([...GOOD, hour(0, 1000, 300)], NOW)?.tried, 1000)
  assert.equal(floodIn([...GOOD, hour(0, 1000, 4)], NOW), null)
  assert.equal(floodIn([...GOOD, hour(0, 199, 60)], NOW), null, 'fewer than 200 recipients')
  assert.equal(floodIn([...GOOD, hour(0, 200, 9)], NOW), null, 'fewer than 10 failures')
  assert.notEqual(floodIn([...GOOD, hour(0, 200, 10)], NOW), null)
  assert.equal(floodIn([hour(0, 1000, 100)], NOW), null, 'at a new site ten in a hundred are believed')
  assert.notEqual(floodIn([hour(0, 1000, 101)], NOW), null)
})

test('a flood over the turn of an hour, or one that comes slowly, is seen', () => {
  assert.equal(floodIn([...GOOD, hour(1, 150, 45)], NOW), null)
  assert.equal(floodIn([...GOOD, hour(1, 150, 45), hour(0, 50, 15)], NOW)?.since, (HOUR - 23) * 3_600_000)
  const slow = Array.from({ length: 20 }, (_, i) => hour(i, 20, 6))
  assert.notEqual(floodIn([...GOOD, ...slow], NOW), null)
})

test('it is over when two hours are as usual, and its hours are not what is usual', () => {
  const counts = [...GOOD, hour(2, 1000, 300, true)]
  assert.equal(goesOn([...counts, hour(0, 1000, 2)], 0.002, NOW), false)
  assert.equal(goesOn([...counts, hour(0, 1000, 200)], 0.002, NOW), true)
  assert.equal(floodIn([...counts, hour(0, 1000, 2)], NOW), null, 'it is not found again behind its end')
  assert.equal(
    floodIn([...GOOD, hour(40, 100_000, 50_000, true), hour(0, 1000, 100)], NOW)?.usual,
    floodIn([...GOOD, hour(0, 1000, 100)], NOW)?.usual,
  )
})

test('whatever the volume, beyond five times the usual share of 200 recipients and ten failures it is found', () => {
  const random = chance(7)
  for (let i = 0; i < 300; i++) {
    const tried = 200 + Math.floor(random() * 5000)
    const usual = 0.002 + random() * 0.03
    const history = Array.from({ length: 100 }, (_, n) => hour(n + 30, 10_000, Math.round(10_000 * usual)))
    const found = (hard: number): boolean => floodIn([...history, hour(0, tried, hard)], NOW) !== null
    assert.ok(found(Math.max(10, Math.ceil(tried * usual * 5.2) + 1)), `${tried} at ${usual}`)
    assert.ok(!found(Math.floor(tried * usual * 4.8) - 1), `${tried} at ${usual}`)
  }
})
