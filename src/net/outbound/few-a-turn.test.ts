import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FewATurn } from './few-a-turn.ts'

test('work is done in order, a few a turn of the event loop and none at once', async () => {
  const done: number[] = []
  const few = new FewATurn<number>(3, Infinity, (n) => done.push(n))
  for (let n = 0; n < 7; n++) few.push(n)
  const seen = [done.length]
  for (let n = 0; n < 3; n++) {
    await turn()
    seen.push(done.length)
  }
  assert.deepEqual(seen, [0, 3, 6, 7])
  few.push(7)
  await turn()
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7])
})

test('of many that wait a part is done', async () => {
  let done = 0
  const few = new FewATurn<null>(3, 4, () => done++)
  for (let n = 0; n < 1000; n++) few.push(null)
  await turn()
  assert.equal(done, 250)
  await turn()
  assert.equal(done, 438)
})
