import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthPercent } from './heap-growth.ts'

test('a heap grows by about the same step: a small one by more than its half, a large one by its half', () => {
  const MB = 1024 * 1024
  assert.deepEqual(
    [1, 40, 80, 100, 160, 1000].map((heap) => growthPercent(heap * MB)),
    [150, 150, 100, 80, 50, 50],
  )
})
