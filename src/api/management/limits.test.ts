import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { CallLimits } from './limits.ts'

test('calls under way are bounded for one and for all, and make room when they are answered', () => {
  const limits = new CallLimits({ callsPerMinute: 1000 }, new FakeClock())
  const held = Array.from({ length: 32 }, () => limits.enter('ann'))
  assert.throws(() => limits.enter('ann'), { code: 'too-many-calls' })
  for (let i = 0; i < 168; i++) held.push(limits.enter(`key ${i}`))
  assert.throws(() => limits.enter('bob'), { code: 'api-busy' })
  held[0]?.[Symbol.dispose]()
  // Twice is once.
  held[0]?.[Symbol.dispose]()
  limits.enter('ann')
  assert.throws(() => limits.enter('bob'), { code: 'api-busy' })
})

test('a pace recovers as time goes by, and says when to come again', () => {
  const clock = new FakeClock()
  const limits = new CallLimits({ callsPerMinute: 60 }, clock)
  const call = (): void => limits.enter('ann')[Symbol.dispose]()
  for (let i = 0; i < 60; i++) call()
  assert.throws(call, { code: 'too-many-calls', retryAfter: 1 })
  clock.pass(2000)
  call()
  call()
  assert.throws(call, { code: 'too-many-calls' })
})
