import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, ShardId } from '../../base/brand.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { Lines } from './lines.ts'
import { WakeHeap } from './wake-heap.ts'

test('lines wake at their times, also while very many others are forgotten before theirs', () => {
  const clock = new FakeClock(1_000_000)
  const lines = new Lines()
  const woken: string[] = []
  using heap = new WakeHeap(clock, (some) => woken.push(...some.map(({ domain }) => domain)))
  const at = (n: number): number => 1_000_000 + ((n * 7919) % 30_011) * 10
  for (let n = 0; n < 30_000; n++) {
    const line = lines.of(0 as ShardId, `d${n}.example` as Domain)
    heap.at(line, at(n))
    // Three of four have nothing any more, as when their mail was deleted.
    if (n % 4 !== 0) lines.tidy(line)
  }
  assert.equal(lines.size, 7500)
  for (let i = 0; i < 400; i++) clock.pass(1000)
  const expected = Array.from({ length: 7500 }, (_unused, i) => i * 4).toSorted((a, b) => at(a) - at(b))
  assert.deepEqual(
    woken,
    expected.map((n) => `d${n}.example`),
  )
})
