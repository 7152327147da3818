// When an endpoint that failed is tried again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { Circuit, DEAD_AFTER } from './circuit.ts'

const MINUTE = 60_000
const AWAY = { status: null, retryAfter: null }
const circuit = () => new Circuit({ most: 8, failing: null, random: () => 0.5 })

/** Tries it whenever it may be, until it takes; returns the rests, and when it took. */
function tried(one: Circuit, from: EpochMs, takesAt: (now: EpochMs) => boolean): { readonly rests: readonly Ms[]; readonly at: EpochMs } {
  const rests: Ms[] = []
  for (let now = from; ;) {
    if (one.allowed(now) > 0 && takesAt(now)) {
      one.took()
      return { rests, at: now }
    }
    one.failed(now, AWAY)
    if (one.state.is !== 'resting') continue
    rests.push(one.state.until - now)
    now = one.state.until
  }
}

test('who comes and goes by the minute is found within half a minute, however often', () => {
  const one = circuit()
  let now = 0
  for (let times = 0; times < 50; times++) {
    const back = now + MINUTE
    const { at } = tried(one, now, (at) => at >= back)
    assert.ok(at - back <= MINUTE / 2, `away for the ${times}th time: found ${at - back} ms after it was back`)
    now = at + MINUTE
  }
})

test('rests grow with the time that nothing was taken, up to a quarter of an hour', () => {
  const { rests, at } = tried(circuit(), 0, (now) => now >= 600 * MINUTE)
  assert.deepEqual(rests.slice(0, 5), [1000, 2000, 4000, 8000, 16_000])
  let now = 0
  for (const rest of rests) {
    assert.ok(rest <= Math.max(MINUTE / 2, now / 8 + 1), `${rest} ms after ${now} ms`)
    now += rest
  }
  assert.equal(rests.at(-1), 15 * MINUTE)
  assert.ok(at - 600 * MINUTE <= 15 * MINUTE)
})

test('posts that were under way when it began to rest make the rest no longer; what the receiver asks for does', () => {
  const one = new Circuit({ most: 32, failing: null, random: () => 0.5 })
  for (let posts = 0; posts < 10; posts++) one.took()
  assert.equal(one.allowed(0), 32)
  for (let posts = 0; posts < 32; posts++) one.failed(posts, AWAY)
  assert.deepEqual(one.state, { is: 'resting', until: 1004 })
  one.failed(40, { status: 503, retryAfter: 5000 })
  assert.deepEqual(one.state, { is: 'resting', until: 5040 })
  assert.equal(one.allowed(5040), 1)
  one.failed(5040, AWAY)
  assert.deepEqual(one.state, { is: 'resting', until: 7040 })
})

test('one that failed before the server stood still for days is tried for an hour again before it is dead', () => {
  const back = DEAD_AFTER + MINUTE
  const one = new Circuit({ most: 8, failing: 0, random: () => 0.5 })
  const deaths: EpochMs[] = []
  for (let now = back; deaths.length === 0; now += MINUTE) {
    if (one.allowed(now) > 0) one.failed(now, AWAY)
    if (one.state.is === 'dead') deaths.push(now)
  }
  assert.ok(
    deaths.every((at) => at - back >= 60 * MINUTE && at - back <= 80 * MINUTE),
    `dead after ${deaths.join()}`,
  )
  const other = new Circuit({ most: 8, failing: 0, random: () => 0.5 })
  other.failed(back, AWAY)
  other.took()
  assert.equal(other.failing, null)
})
