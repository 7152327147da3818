import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedEvent } from '../../../contract/events.ts'
import { linesFor } from '../../../../testkit/event-lines.ts'
import { EventTail } from './event-tail.ts'

const event = (n: number): NumberedEvent => ({ id: `0.${n}`, kind: 'held', at: 1, reason: 'x'.repeat(n % 7) }) as unknown as NumberedEvent
const numbers = (events: readonly NumberedEvent[]): number[] => events.map(({ id }) => Number(id.slice(2)))
const LINE = linesFor([event(1)]).length

test('who keeps up misses nothing, whatever the batches; who does not goes on with the oldest that is left', () => {
  const tail = new EventTail('run', 4 * LINE)
  let { last } = tail.after(null, 1)
  let next = 1
  for (const size of [1, 2, 3, 1, 7, 9, 2, 30, 1, 1, 4, 5, 6]) {
    const fresh = Array.from({ length: size }, () => event(next++))
    tail.add(linesFor(fresh))
    if (size > 10) {
      // More than all pages hold: the newest are there, in order, without a gap.
      const { events } = tail.after(last, 100)
      assert.ok(events.length >= 12 && events.length <= 20, `${events.length} are left`)
      assert.deepEqual(numbers(events), numbers(fresh).slice(-events.length))
      ;({ last } = tail.after(null, 1))
      continue
    }
    const half = tail.after(last, Math.ceil(size / 2))
    const rest = tail.after(half.last, 100)
    assert.deepEqual(numbers([...half.events, ...rest.events]), numbers(fresh))
    last = rest.last
  }
  assert.deepEqual(numbers(tail.after('other.1', 3).events), numbers(tail.after('run.0', 100).events).slice(0, 3))
})

test('a line that is larger than a page has one of its own', () => {
  const tail = new EventTail('run', 4 * LINE)
  for (let n = 1; n <= 6; n++) tail.add(linesFor([{ ...event(n), mailing: 'y'.repeat(n % 2 === 0 ? 10 * LINE : 0) }]))
  assert.deepEqual(numbers(tail.after('run.0', 100).events), [2, 3, 4, 5, 6])
})
