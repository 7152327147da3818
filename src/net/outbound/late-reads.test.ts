import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LateReads } from './late-reads.ts'

/** For longer than one turn deals with reads. */
function busy(): void {
  for (const end = performance.now() + 20; performance.now() < end;);
}

test('what a turn has no time for waits for the next ones, in order, a bounded number a turn, and nothing overtakes it', async () => {
  const late = new LateReads()
  const dealt: number[] = []
  assert.ok(late.hasTime, 'the first read of a turn')
  busy()
  for (let n = 0; n < 200; n++) {
    assert.ok(!late.hasTime)
    late.push({ readLate: () => void dealt.push(n) })
  }
  assert.deepEqual(dealt, [])
  await turn()
  const { length } = dealt
  assert.ok(length > 0 && length < 200, `${length} in one turn`)
  assert.ok(!late.hasTime, 'others wait')
  for (let turns = 0; dealt.length < 200; turns++) {
    assert.ok(turns < 200)
    await turn()
  }
  assert.deepEqual(
    dealt,
    Array.from({ length: 200 }, (_unused, n) => n),
  )
  await turn()
  assert.ok(late.hasTime)
})
