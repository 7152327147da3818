import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leavesEnough } from './shares.ts'

test('nobody takes more than he leaves free, and who holds nothing takes what there is', () => {
  const held = [0, 0, 0, 0]
  const free = (): number => 1600 - held.reduce((sum, one) => sum + one, 0)
  for (const [n] of held.entries()) while (leavesEnough(held[n] ?? 0, 1, free())) held[n] = (held[n] ?? 0) + 1
  assert.deepEqual(held, [800, 400, 200, 100])
  assert.equal(leavesEnough(0, 100, free()), true)
  assert.equal(leavesEnough(0, 101, free()), false)
  assert.equal(leavesEnough(1, 50, free()), false)
})
