import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurns } from './turns.ts'

test('others have turns while many are worked on, what is made keeps its order, and a promise that fails waits for whoever looks', async () => {
  let turns = 0
  const count = (): void => void (turns++, (timer = setImmediate(count)))
  let timer = setImmediate(count)
  const busy = (n: number): number => {
    for (const end = performance.now() + 4; performance.now() < end;);
    return n
  }
  const all = Array.from({ length: 20 }, (_, n) => n)
  assert.deepEqual(await inTurns(all, busy), all)
  clearImmediate(timer)
  assert.ok(turns >= 3, `${turns} turns`)
  const made = await inTurns(all, async (n) => {
    busy(n)
    if (n === 0) throw new Error('no')
    return n
  })
  await assert.rejects(Promise.all(made), /no/)
  assert.deepEqual(await inTurns([], busy), [])
})
