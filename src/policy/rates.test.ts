import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkKey, surroundingKey } from './networks.ts'
import { LoginGuard, type LoginOrigin, SlidingCounts } from './rates.ts'

test('a sliding count forgets what is older than its window', () => {
  const counts = new SlidingCounts(1000, 100)
  assert.equal(counts.add('a', 10_000), 1)
  assert.equal(counts.add('a', 10_999, 3), 4)
  assert.equal(counts.count('a', 11_500), 2)
  assert.equal(counts.count('b', 11_500), 0)
  assert.equal(counts.count('a', 12_000), 0)
  assert.equal(counts.add('a', 20_000), 1)
})

test('keys are bounded, whatever an attacker sends', () => {
  const counts = new SlidingCounts(1000, 100)
  for (let i = 0; i < 10_000; i++) counts.add(`key ${i}`, 5000)
  assert.ok(counts.keys <= 100)
  assert.equal(counts.count('key 9999', 5000), 1)
})

const limits = { failures: 3, window: 60_000, block: 900_000 }
const T = 600_000

const from = (address: string): LoginOrigin => ({ network: networkKey(address), surrounding: surroundingKey(address) })

test('failures are slowed, then refused for the time of the block', () => {
  const guard = new LoginGuard(limits)
  const delays: number[] = []
  for (let i = 0; i < 3; i++) {
    const verdict = guard.before(from('192.0.2.1'), 'ann', false, T)
    delays.push(verdict.kind === 'check' ? verdict.delay : -1)
    guard.failed(from('192.0.2.1'), 'ann', T)
  }
  assert.deepEqual(delays, [0, 250, 500])
  assert.deepEqual(guard.before(from('192.0.2.1'), 'ann', false, T), { kind: 'refuse', until: T + 900_000 })
  assert.equal(guard.before(from('192.0.2.1'), 'bob', false, T).kind, 'refuse')
  assert.equal(guard.before(from('192.0.2.1'), 'ann', false, T + 900_000).kind, 'check')
})

test('a user is never locked out by failures elsewhere: slowed where unknown, untouched where the user logs in from', () => {
  const guard = new LoginGuard(limits)
  guard.succeeded(from('203.0.113.7'), 'ann', T)
  for (let i = 0; i < 1000; i++) guard.failed(from(`192.0.2.${i % 250}`), 'ann', T)
  assert.deepEqual(guard.before(from('198.51.100.1'), 'ann', false, T), { kind: 'check', delay: 10_000 })
  assert.deepEqual(guard.before(from('198.51.100.1'), 'bob', false, T), { kind: 'check', delay: 0 })
  assert.deepEqual(guard.before(from('203.0.113.7'), 'ann', false, T), { kind: 'check', delay: 0 })
})

test('a whole network that guesses is refused, but for the addresses in it that log in', () => {
  const guard = new LoginGuard(limits)
  guard.succeeded(from('192.0.2.200'), 'bob', T)
  for (let i = 0; i < 15; i++) guard.failed(from(`192.0.2.${i}`), `guess ${i}`, T)
  assert.equal(guard.before(from('192.0.2.100'), 'carl', false, T).kind, 'refuse')
  assert.deepEqual(guard.before(from('192.0.2.200'), 'bob', false, T), { kind: 'check', delay: 0 })
  assert.equal(guard.before(from('192.0.3.100'), 'carl', false, T).kind, 'check')
})

test('a network that logs in is refused only for the user that fails', () => {
  const guard = new LoginGuard(limits)
  guard.succeeded(from('192.0.2.1'), 'bob', T)
  for (let i = 0; i < 5; i++) guard.failed(from('192.0.2.1'), 'ann', T)
  assert.equal(guard.before(from('192.0.2.1'), 'ann', false, T).kind, 'refuse')
  assert.deepEqual(guard.before(from('192.0.2.1'), 'bob', false, T), { kind: 'check', delay: 0 })
  for (let i = 0; i < 30; i++) guard.failed(from('192.0.2.1'), `guess ${i}`, T)
  assert.equal(guard.before(from('192.0.2.1'), 'carl', false, T).kind, 'refuse')
})

test('trusted networks are slowed, never refused', () => {
  const guard = new LoginGuard(limits)
  for (let i = 0; i < 50; i++) guard.failed(from('192.0.2.1'), 'ann', T)
  assert.deepEqual(guard.before(from('192.0.2.1'), 'ann', true, T), { kind: 'check', delay: 10_000 })
})
