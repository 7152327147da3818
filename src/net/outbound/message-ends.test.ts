import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { MessageEnds } from './message-ends.ts'

test('ends leave in order, three a turn of the event loop and none at once', async () => {
  const ends = new MessageEnds()
  const left: number[] = []
  for (let n = 0; n < 7; n++) ends.push({ endMessage: () => left.push(n) })
  const seen = [left.length]
  for (let n = 0; n < 3; n++) {
    await turn()
    seen.push(left.length)
  }
  assert.deepEqual(seen, [0, 3, 6, 7])
  ends.push({ endMessage: () => left.push(7) })
  await turn()
  assert.deepEqual(left, [0, 1, 2, 3, 4, 5, 6, 7])
})

test('many that wait leave in larger parts', async () => {
  const ends = new MessageEnds()
  const left: number[] = []
  for (let n = 0; n < 1000; n++) ends.push({ endMessage: () => left.push(n) })
  await turn()
  assert.equal(left.length, 250)
  await turn()
  assert.equal(left.length, 438)
})
