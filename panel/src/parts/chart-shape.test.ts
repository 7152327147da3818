import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf, roundTop, ticksOf } from './chart-shape.ts'

test('a scale ends at a number that people like to read, at or above the greatest value', () => {
  assert.deepEqual([0, 3, 7, 11, 99, 100, 230, 1800].map(roundTop), [4, 4, 10, 20, 100, 100, 250, 2000])
})

test('a line breaks where nothing is known', () => {
  const same = (value: number): number => value
  assert.equal(linesOf([1, 2, null, 4], same, same), 'M0 1h.01L1 2M3 4h.01')
  assert.equal(linesOf([], same, same), '')
})

test('as many times are named as there is room for, the first always', () => {
  assert.deepEqual(ticksOf(24, 700), [0, 5, 10, 15, 20])
  assert.deepEqual(ticksOf(24, 100), [0, 23])
  assert.deepEqual(ticksOf(1, 700), [0])
})
