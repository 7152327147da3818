import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chance } from '../../../testkit/chance.ts'
import { type RateTerms, SlidingRate } from './sliding-rate.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 1)

/** Every window that begins with one of these, as brute as it gets: the most that any of them holds. */
function mostInAWindow(taken: readonly (readonly [at: number, n: number])[], span: number): number {
  let most = 0
  let sum = 0
  let first = 0
  for (const [at, n] of taken) {
    sum += n
    for (; (taken[first]?.[0] ?? at) <= at - span; first++) sum -= taken[first]?.[1] ?? 0
    most = Math.max(most, sum)
  }
  return most
}

interface Run {
  readonly terms: RateTerms
  readonly lasts: number
  /** When the next asks, and for how much: again at once, or at the time that the last was refused until. */
  readonly next: (earliest: number, wasRefused: boolean) => { at: number; n: number }
}

function run({ terms, lasts, next }: Run): [number, number][] {
  const rate = new SlidingRate()
  const taken: [number, number][] = []
  let wasRefused = false
  for (let now = START; now < START + lasts;) {
    const { at, n } = next(now, wasRefused)
    now = at
    const until = rate.until(now, n, terms)
    wasRefused = until > 0
    if (wasRefused) {
      assert.ok(until > now, 'a refusal gives a time to come')
      now = until
      continue
    }
    rate.take(now, n, terms)
    taken.push([now, n])
  }
  return taken
}

const sum = (taken: readonly (readonly [number, number])[]): number => taken.reduce((all, [, n]) => all + n, 0)

test('in no window is there more than the limit, and under load at least 98 % of it, for any limit and however late the asker is', () => {
  for (const span of [MINUTE, HOUR, DAY])
    for (const limit of [1, 2, 7, 60, 255, 256, 257, 600, 5000])
      for (const burst of [1, 3, limit]) {
        const random = chance(limit + burst)
        // As a timer is: a little, and now and then by as much as may be made up for.
        const late = (): number => Math.floor((random() < 0.05 ? random() : random() * 0.1) * (span / 240))
        const next = (earliest: number, wasRefused: boolean) => ({ at: wasRefused ? earliest + late() : earliest, n: 1 })
        const taken = run({ terms: { limit, span, burst }, lasts: 8 * span, next })
        const what = `limit ${limit} in ${span} ms, burst ${burst}`
        assert.ok(mostInAWindow(taken, span) <= limit, `${what}: ${mostInAWindow(taken, span)} in a window`)
        assert.ok(taken.length >= 0.98 * limit * 8 - 1, `${what}: only ${taken.length} in 8 spans`)
      }
})

test('arrivals at random, with pauses and floods, never break a window', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = chance(seed)
    const limit = 1 + Math.floor(random() * (seed % 2 === 0 ? 20 : 3000))
    const terms = { limit, span: MINUTE, burst: seed % 3 === 0 ? limit : 1 }
    const pause = (): number => (random() < 0.01 ? random() * 90_000 : random() < 0.5 ? 0 : random() * 400)
    const taken = run({ terms, lasts: 10 * MINUTE, next: (earliest) => ({ at: Math.floor(earliest + pause()), n: 1 }) })
    assert.ok(taken.length > 0)
    assert.ok(mostInAWindow(taken, MINUTE) <= limit, `seed ${seed}: ${mostInAWindow(taken, MINUTE)} of ${limit}`)
  }
})

test('octets: sizes at random, every window holds, and small ones use 98 % of it', () => {
  const limit = 10_000_000
  const random = chance(4)
  const sizes = (): number => 500 + Math.floor(random() ** 4 * 60_000)
  const taken = run({ terms: { limit, span: MINUTE, burst: 1 }, lasts: 10 * MINUTE, next: (at) => ({ at, n: sizes() }) })
  assert.ok(mostInAWindow(taken, MINUTE) <= limit)
  assert.ok(sum(taken) >= 0.98 * limit * 10, `${sum(taken)}`)
})

test('it is spread evenly unless a burst is given', () => {
  const next = (at: number) => ({ at, n: 1 })
  const even = run({ terms: { limit: 600, span: MINUTE, burst: 1 }, lasts: 5 * MINUTE, next })
  assert.ok(mostInAWindow(even, 1000) <= 13, `${mostInAWindow(even, 1000)} in one second of 10 a second`)
  const burst = run({ terms: { limit: 600, span: MINUTE, burst: 100 }, lasts: 5 * MINUTE, next })
  assert.ok(mostInAWindow(burst, 1000) >= 100)
  assert.ok(mostInAWindow(burst, 1000) <= 113)
})

test('what is given back may be taken again, and no more than that', () => {
  const terms = { limit: 10, span: MINUTE, burst: 10 }
  const rate = new SlidingRate()
  const times = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((ms) => START + ms)
  for (const at of times) rate.take(at, 1, terms)
  assert.ok(rate.until(START + 100, 1, terms) > 0)
  rate.giveBack(START + 40, 1, terms)
  assert.equal(rate.until(START + 100, 1, terms), 0)
  rate.take(START + 100, 1, terms)
  assert.ok(rate.until(START + 110, 1, terms) >= START + MINUTE)
})

test('a state goes on where it was, also where the clock was set back meanwhile', () => {
  const terms = { limit: 50, span: DAY, burst: 50 }
  const rate = new SlidingRate()
  for (let i = 0; i < 50; i++) rate.take(START + i * 1000, 1, terms)
  const state = JSON.parse(JSON.stringify(rate.state(START + HOUR, DAY)))
  const later = new SlidingRate()
  later.restore(state, START + HOUR, terms)
  assert.equal(later.count(START + HOUR, DAY), 50)
  assert.ok(later.until(START + HOUR, 1, terms) >= START + DAY)
  const back = new SlidingRate()
  back.restore(state, START - HOUR, terms)
  assert.ok(back.until(START - HOUR, 1, terms) >= START - HOUR + DAY)
  assert.ok(back.until(START - HOUR, 1, terms) < START + DAY)
})

test('after a crash, when nobody knows what was sent, every window over the crash holds', () => {
  for (const burst of [1, 40])
    for (const limit of [1, 2, 5, 40, 600, 9000]) {
      const terms = { limit, span: MINUTE, burst: Math.min(burst, limit) }
      const before = run({ terms, lasts: 90_000, next: (at) => ({ at, n: 1 }) })
      const rate = new SlidingRate()
      const crash = START + 90_001
      rate.beginBlind(crash, terms)
      const taken = before.filter(([at]) => at < crash)
      for (let now = crash; now < crash + 3 * MINUTE;) {
        const until = rate.until(now, 1, terms)
        if (until === 0) {
          rate.take(now, 1, terms)
          taken.push([now, 1])
        } else now = until
      }
      assert.ok(mostInAWindow(taken, MINUTE) <= limit, `${limit}, burst ${burst}: ${mostInAWindow(taken, MINUTE)}`)
      assert.ok(taken.length > before.length, 'it goes on')
    }
})

test('a limit that is changed counts what was taken under the one before, and its pace is its own at once', () => {
  const rate = new SlidingRate()
  const slow = { limit: 1, span: DAY, burst: 1 }
  rate.take(START, 1, slow)
  assert.ok(rate.until(START + 1000, 1, slow) >= START + DAY)
  const quick = { limit: 86_400, span: DAY, burst: 1 }
  assert.ok(rate.until(START + 10_000, 1, quick) <= START + 12_000)
  assert.equal(rate.count(START + 10_000, DAY), 1)
})

test('memory is bounded whatever the limit', () => {
  const terms = { limit: 1_000_000, span: MINUTE, burst: 1_000_000 }
  const rate = new SlidingRate()
  for (let i = 0; i < 300_000; i++) rate.take(START + i, 1, terms)
  assert.ok(rate.state(START + 300_000, MINUTE).taken.length <= 260)
})
