import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_FIGURES, WARMUP_DEFAULTS, type WarmupFigures, type WarmupPlan, type WarmupState } from '../../contract/warmup.ts'
import { afterDay, byHand, dayOf, DAY, daysFor, firstState, nextCap, USED, worstOf } from './steps.ts'
import { daysToClear, forecast } from './forecast.ts'

const START = Date.UTC(2026, 11, 1)
const PLAN: WarmupPlan = { ...WARMUP_DEFAULTS, days: [50, 100, 180, 300], providers: { google: [20, 30] } }

/** Numbers below a bound, the same with each run. */
function drawing(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const good = (sent: number): WarmupFigures => ({ ...NO_FIGURES, sent })
function days(state: WarmupState, figures: readonly WarmupFigures[], plan = PLAN): WarmupState {
  return figures.reduce((now, one, i) => afterDay(now, now.looked + 1, one, plan, now.began + (i + 1) * DAY), state)
}
const first = (provider = 'x'): WarmupState => firstState(`source=192.0.2.1`, provider, PLAN, START)

function randomPlan(draw: (below: number) => number): WarmupPlan {
  const list: number[] = [1 + draw(200)]
  for (let i = draw(20); i > 0; i--) {
    const before = list.at(-1) ?? 1
    list.push(before + 1 + draw(before))
  }
  return { ...PLAN, days: list, providers: {} }
}

function randomFigures(draw: (below: number) => number, cap: number): WarmupFigures {
  const sent = draw(4) === 0 ? 0 : draw(cap + 1)
  const some = (): number => (draw(3) === 0 ? draw(Math.ceil(sent / 5) + 1) : 0)
  return { sent, deferred: some(), blocked: some(), bounced: some(), complaints: draw(9) === 0 ? draw(3) : 0 }
}

test('whatever the days bring, plans that change meanwhile too: never more than the double, and growth only after a good day that was used', () => {
  let [grown, backward, finished] = [0, 0, 0]
  for (let seed = 1; seed <= 400; seed++) {
    const draw = drawing(seed)
    let plan = randomPlan(draw)
    let state = firstState('source=192.0.2.1', 'x', plan, START)
    for (let day = 0; day < 60; day++) {
      if (draw(15) === 0) plan = randomPlan(draw)
      const figures = draw(2) === 0 ? good(state.cap) : randomFigures(draw, state.cap)
      const before = state
      state = afterDay(state, before.looked + 1, figures, plan, START + day * DAY)
      assert.equal(state.looked, before.looked + 1)
      assert.ok(state.cap >= 1 && state.cap <= before.cap * 2, `${before.cap} to ${state.cap}`)
      const isBetter = state.cap > before.cap || (state.mode === 'warm' && before.mode !== 'warm')
      if (isBetter) {
        assert.equal(worstOf(figures, plan.thresholds), null)
        assert.ok(figures.sent >= USED * before.cap)
        if (state.mode === 'warm') finished++
        else grown++
      }
      if (state.cap < before.cap) backward++
    }
  }
  assert.ok(grown > 1000 && backward > 100 && finished > 100, `${grown} ${backward} ${finished}`)
})

test('a day that was used and went well takes it one step on, and the last makes it warm', () => {
  assert.deepEqual([first().cap, first().looked], [50, dayOf(START) - 1])
  assert.equal(days(first(), [good(35)]).cap, 100)
  assert.equal(days(first(), [good(34)]).cap, 50)
  const warm = days(first(), [good(50), good(100), good(180), good(300)])
  assert.deepEqual([warm.mode, warm.cap], ['warm', 300])
  assert.equal(days(first('google'), [good(20), good(30)]).mode, 'warm')
  assert.deepEqual(daysFor(PLAN, 'google'), [20, 30])
})

test('bad figures hold; twice the threshold, or a second bad day, steps back; the reason is told', () => {
  const second = days(first(), [good(50), good(100)])
  assert.equal(second.cap, 180)
  const bounced = (count: number): WarmupFigures => ({ ...good(180), bounced: count })
  const held = days(second, [bounced(10)])
  assert.deepEqual([held.cap, held.said], [180, 'Stays at 180 a day: bounced for good: 5.56 % (10 of 180), at most 5 %.'])
  assert.equal(days(second, [bounced(10), bounced(10)]).cap, 100)
  assert.equal(days(second, [bounced(30)]).cap, 100)
  assert.equal(days(second, [bounced(10), good(180), bounced(10)]).cap, 300)
  assert.equal(days(second, [{ ...good(180), complaints: 1 }]).cap, 100)
  // Of so few nobody can tell.
  assert.equal(days(second, [{ ...good(10), deferred: 9 }]).cap, 180)
  assert.equal(days(first(), [bounced(50), bounced(50)]).cap, 50)
})

test('idle weeks step back, also what is warm; held stays as it is', () => {
  const idle = Array.from({ length: 40 }, () => NO_FIGURES)
  const third = days(first(), [good(50), good(100)])
  assert.equal(days(third, idle.slice(0, 13)).cap, 180)
  assert.equal(days(third, idle.slice(0, 14)).cap, 100)
  assert.equal(days(third, idle.slice(0, 21)).cap, 50)
  assert.equal(days(third, idle).cap, 50)
  const warm = days(third, [good(180), good(300)])
  const cold = days(warm, idle.slice(0, 14))
  assert.deepEqual([cold.mode, cold.cap], ['warming', 300])
  assert.equal(days(warm, [...idle.slice(0, 13), good(1), ...idle.slice(0, 13)]).mode, 'warm')
  const held = byHand(third, 'hold', PLAN, { by: 'anna', at: START })
  assert.ok(held !== null)
  assert.equal(days(held, idle).cap, 180)
  assert.equal(days(held, [good(180), { ...good(180), blocked: 90 }]).cap, 180)
})

test('by hand it begins anew, is held, goes on, moves on by one step and is finished', () => {
  const who = { by: 'anna', at: START + 5 * DAY }
  const second = days(first(), [good(50)])
  assert.equal(byHand(second, 'start', PLAN, who)?.cap, 50)
  assert.equal(byHand(second, 'start', PLAN, who)?.began, who.at)
  assert.equal(byHand(second, 'skip', PLAN, who)?.cap, 180)
  assert.equal(byHand({ ...second, cap: 300 }, 'skip', PLAN, who)?.mode, 'warm')
  assert.equal(byHand(second, 'finish', PLAN, who)?.said, 'Finished by anna.')
  assert.equal(byHand(second, 'resume', PLAN, who), null)
  assert.equal(nextCap([10, 100], 10), 20)
})

test('the forecast goes day by day until it is warm, and tells how long what waits takes', () => {
  const caps = forecast(first(), PLAN, 100)
  assert.deepEqual(
    caps,
    [50, 100, 180, 300].map((cap, i) => ({ day: 100 + i, cap })),
  )
  assert.equal(daysToClear(40, first(), PLAN, 50), 0)
  assert.equal(daysToClear(60, first(), PLAN, 50), 1)
  assert.equal(daysToClear(331, first(), PLAN, 50), 3)
  assert.equal(daysToClear(1_000_000, first(), PLAN, 50), 4)
  const held = byHand(first(), 'hold', PLAN, { by: 'anna', at: START })
  assert.ok(held !== null)
  assert.equal(daysToClear(1000, held, PLAN, 0), 20)
  assert.equal(forecast(held, PLAN, 7).length, 1)
})
