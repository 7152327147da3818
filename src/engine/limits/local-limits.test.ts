import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import type { LimitAsk } from '../../policy/limits/limit-book.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import type { LimitWaiter } from '../ports/limits.ts'
import { LocalLimits } from './local-limits.ts'

const log = jsonLog('test', 'error', () => {})

function rate(limit: number): readonly LimitAsk[] {
  return [{ key: 'messages_per_minute site=a', limit, span: 60_000, burst: 1, counts: 'one' }]
}

test('who waits in the line of others, in terms that were lowered meanwhile, gets its turns and nobody turns in circles', async () => {
  const clock = new FakeClock()
  const limits = new LocalLimits({ clock, log, store: null, share: 0 })
  const granted = { before: 0, lowered: 0 }
  const waiterOf = (asks: readonly LimitAsk[], name: keyof typeof granted): LimitWaiter => {
    const waiter: LimitWaiter = {
      roomMade: () => {
        const isGranted = limits.ask(asks, 0, waiter).kind === 'granted'
        if (isGranted) granted[name]++
        if (isGranted) limits.ask(asks, 0, waiter)
        return isGranted
      },
    }
    limits.ask(asks, 0, waiter)
    return waiter
  }
  const before = waiterOf(rate(60), 'before')
  waiterOf(rate(5), 'lowered')
  await new Promise((resolve) => setImmediate(resolve))
  for (let second = 0; second < 20; second++) clock.pass(1000)
  assert.ok(granted.before > 0 && granted.lowered > 0)
  // It knows by now that its pace was lowered, too.
  limits.forget(before)
  const seen = granted.lowered
  for (let second = 0; second < 600; second++) clock.pass(1000)
  const later = granted.lowered - seen
  assert.ok(later >= 40 && later <= 50, `${later} of five a minute in ten minutes`)
  limits.leave()
})
