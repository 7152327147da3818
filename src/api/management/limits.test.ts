import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import type { AccountId } from '../../base/brand.ts'
import { type Caller, CallLimits, callerOf } from './limits.ts'

const owner = (name: string): Caller => callerOf({ name, account: null }, '192.0.2.1')

test('calls under way are bounded for one and for all, and make room when they are answered', () => {
  const limits = new CallLimits({ callsPerMinute: 1000, changesPerMinute: 1000 }, new FakeClock())
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
  const limits = new CallLimits({ callsPerMinute: 60, changesPerMinute: 60 }, clock)
  const call = (): void => limits.enter(owner('ann'))[Symbol.dispose]()
  for (let i = 0; i < 60; i++) call()
  assert.throws(call, { code: 'too-many-calls', retryAfter: 1 })
  clock.pass(2000)
  call()
  call()
  assert.throws(call, { code: 'too-many-calls' })
})

test('users and keys of one account share some places, and strangers take none of others', () => {
  const limits = new CallLimits({ callsPerMinute: 1000, changesPerMinute: 1000 }, new FakeClock())
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

test('users of many accounts together leave places to whoever runs the server, of calls and of streams', () => {
  const limits = new CallLimits({ callsPerMinute: 1000, changesPerMinute: 1000 }, new FakeClock())
  const of = (account: number, n: number): Caller => callerOf({ name: `user ${account} ${n}`, account: account as AccountId }, '192.0.2.1')
  for (const enter of [(caller: Caller) => limits.enter(caller), (caller: Caller) => limits.enterStream(caller)]) {
    const held: Disposable[] = []
    for (const account of [1000, 1001, 1002]) for (let n = 0; n < 50; n++) held.push(enter(of(account, n)))
    assert.throws(() => enter(of(1003, 0)), { code: 'api-busy' })
    for (let n = 0; n < 50; n++) enter(owner(`ann ${n}`))
    assert.throws(() => enter(owner('bob')), { code: 'api-busy' })
    held[0]?.[Symbol.dispose]()
    enter(of(1003, 0))
  }
})

test('users and keys of one account call no more often than one of them, and change less often than they call', () => {
  const clock = new FakeClock()
  const limits = new CallLimits({ callsPerMinute: 60, changesPerMinute: 6 }, clock)
  const of = (account: number | null, n: number, mayChange: boolean): void =>
    limits.enter(callerOf({ name: `key:${n}`, account: account as AccountId | null }, '192.0.2.1'), mayChange)[Symbol.dispose]()
  for (let n = 0; n < 6; n++) of(1001, n, true)
  assert.throws(() => of(1001, 7, true), { code: 'too-many-calls', retryAfter: 10 })
  // What is refused as a change was a call all the same.
  for (let n = 0; n < 53; n++) of(1001, 100 + n, false)
  assert.throws(() => of(1001, 200, false), { code: 'too-many-calls', retryAfter: 1 })
  for (let n = 0; n < 6; n++) of(null, 300, true)
  assert.throws(() => of(null, 300, true), { code: 'too-many-calls' })
  of(1002, 400, true)
  of(null, 301, true)
  clock.pass(10_000)
  of(1001, 8, true)
})
