import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../../base/brand.ts'
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

test('of what came, the newest are read and the others counted, over all pages or for one account', () => {
  const tail = new EventTail('run', 4 * LINE)
  const of = (n: number, account: number, more: object = {}): NumberedEvent =>
    ({ ...event(n), account, ...more }) as unknown as NumberedEvent
  assert.deepEqual(tail.newest(null, 5, null), { events: [], left: 0, last: 'run.0' })
  for (let n = 1; n <= 9; n++) tail.add(linesFor([of(n, n % 3 === 0 ? 1001 : n === 8 ? 10011 : 1002)]))
  // About one account without being its own.
  tail.add(linesFor([of(10, 1002, { probably: { account: 1001 }, reason: '"account":1001,' })]))
  const all = (after: string, most: number) => {
    const { events, left, last } = tail.newest(after, most, null)
    return [numbers(events), left, last]
  }
  const own = (after: string, most: number, account: number) => {
    const { events, left, last } = tail.newest(after, most, account as AccountId)
    return [numbers(events), left, last]
  }
  assert.deepEqual(all('run.0', 100), [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0, 'run.10'])
  assert.deepEqual(all('run.0', 7), [[4, 5, 6, 7, 8, 9, 10], 3, 'run.10'])
  assert.deepEqual(all('run.0', 1), [[10], 9, 'run.10'])
  assert.deepEqual(all('run.8', 7), [[9, 10], 0, 'run.10'])
  assert.deepEqual(all('run.10', 7), [[], 0, 'run.10'])
  assert.deepEqual(own('run.0', 100, 1001), [[3, 6, 9], 0, 'run.10'])
  assert.deepEqual(own('run.0', 2, 1001), [[6, 9], 1, 'run.10'])
  assert.deepEqual(own('run.7', 2, 1001), [[9], 0, 'run.10'])
  assert.deepEqual(own('run.9', 2, 1001), [[], 0, 'run.10'])
  assert.deepEqual(own('run.0', 9, 10011), [[8], 0, 'run.10'])

  // What fell out of here is neither given nor counted.
  tail.add(linesFor(Array.from({ length: 100 }, (_, i) => of(11 + i, 1001))))
  const { events, left } = tail.newest('run.0', 1000, null)
  assert.ok(left === 0 && events.length >= 12 && events.length < 100, `${events.length}`)
  assert.deepEqual(tail.newest('run.0', 1000, 1001 as AccountId).events, events)
  assert.equal(tail.newest('run.0', 3, null).left, events.length - 3)
})
