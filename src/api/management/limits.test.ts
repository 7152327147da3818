import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import type { AccountId } from '../../base/brand.ts'
import { type Caller, CallLimits, callerOf } from './limits.ts'

const owner = (name: string): Caller => callerOf({ name, account: null }, '192.0.2.1')

test('calls under way are bounded for one and for all, and make room when they are answered', () => {
  const limits = new CallLimits({ callsPerMinute: 1000 }, new FakeClock())
  const held = Array.from({ length: 32 }, () => limits.enter(owner('ann')))
  assert.throws(() => limits.enter(owner('ann')), { code: 'too-many-calls' })
  for (let i = 0; i < 168; i++) held.push(limits.enter(owner(`key ${i}`)))
  assert.throws(() => limits.enter(owner('bob')), { code: 'api-busy' })
  held[0]?.[Symbol.dispose]()
  // Twice is once.
  held[0]?.[Symbol.dispose]()
  limits.enter(owner('ann'))
  assert.throws(() => limits.enter(owner('bob')), { code: 'api-busy' })
})

test('a pace recovers as time goes by, and says when to come again', () => {
  const clock = new FakeClock()
  const limits = new CallLimits({ callsPerMinute: 60 }, clock)
  const call = (): void => limits.enter(owner('ann'))[Symbol.dispose]()
  for (let i = 0; i < 60; i++) call()
  assert.throws(call, { code: 'too-many-calls', retryAfter: 1 })
  clock.pass(2000)
  call()
  call()
  assert.throws(call, { code: 'too-many-calls' })
})

test('users and keys of one account share some places, and strangers take none of others', () => {
  const limits = new CallLimits({ callsPerMinute: 1000 }, new FakeClock())
  const entered = (caller: (n: number) => Caller): number => {
    for (let n = 0; ; n++)
      try {
        limits.enter(caller(n))
      } catch {
        return n
      }
  }
  assert.equal(
    entered((n) => callerOf(null, `2001:db8::${n.toString(16)}`)),
    8,
  )
  for (let n = 0; n < 300; n++) limits.enter(callerOf(null, `198.51.${n % 2}.${n >> 1}`))
  for (const account of [1000, 1001] as AccountId[])
    assert.equal(
      entered((n) => callerOf({ name: `key:${account}-${n}`, account }, '192.0.2.1')),
      50,
    )
  limits.enter(owner('ann'))
})
