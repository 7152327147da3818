// How busy a process is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineClock } from '../base/clock.ts'
import { until } from '../../testkit/patience.ts'
import { ownUse, ProcessWatch } from './process-use.ts'

test('who looks twice is told the share of a processor and how late the event loop was', async () => {
  using watch = new ProcessWatch(machineClock)
  const first = watch.read()
  assert.ok(first.memory > 1_000_000)
  assert.deepEqual([first.processor, first.lateness], [null, null])
  assert.equal(watch.read(), first, 'two who look at once are told the same')
  await until(() => {
    // The loop stands still each time for longer than any turn of it takes by itself.
    for (const end = performance.now() + 150; performance.now() < end;);
    const { processor, lateness } = watch.read()
    return processor !== null && processor > 0 && lateness !== null && lateness > 100
  }, 'the loop was seen late')
  const { processors, memory } = ownUse(watch)
  assert.ok(processors >= 1 && memory.free > 0 && memory.free <= memory.bytes)
})

test('a watch that nobody looks at ends, and begins anew', () => {
  const timers: (() => void)[] = []
  const clock = { ...machineClock, after: (_delay: number, fn: () => void) => (timers.push(fn), { [Symbol.dispose]: () => {} }) }
  using watch = new ProcessWatch(clock)
  watch.read()
  timers.at(-1)?.()
  assert.equal(watch.read().processor, null)
})
