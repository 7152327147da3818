import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_FIGURES, WARMUP_DEFAULTS, type WarmupDay, type WarmupPlan, type WarmupState } from '../../contract/warmup.ts'
import { reckon } from './reckon.ts'
import { dayOf, DAY } from './steps.ts'
import { type WarmupStates, type WarmupUnit, warmupKey } from './units.ts'

const START = Date.UTC(2026, 11, 1, 9)
const TODAY = dayOf(START)
const PLAN: WarmupPlan = { ...WARMUP_DEFAULTS, days: [10, 20, 40, 80], providers: {} }
const UNIT: WarmupUnit = { unit: 'source=192.0.2.1', names: ['a'], planName: 'p', plan: PLAN, start: null }

const unitsOf = (...units: readonly WarmupUnit[]): ReadonlyMap<string, WarmupUnit> => new Map(units.map((unit) => [unit.unit, unit]))
const day = (number: number, sent: number, provider = 'google'): WarmupDay => ({
  ...NO_FIGURES,
  unit: UNIT.unit,
  provider,
  day: number,
  sent,
})

class World {
  states: WarmupStates = new Map()
  days: WarmupDay[] = []
  units = unitsOf(UNIT)

  look(now: number): readonly string[] {
    const { states, gone } = reckon({ units: this.units, states: this.states, days: this.days, now })
    const left = [...this.states].filter(([key]) => !gone.includes(key))
    this.states = new Map([...left, ...states.map((state): [string, WarmupState] => [warmupKey(state.unit, state.provider), state])])
    return states.map(({ provider }) => provider)
  }

  at(provider: string): WarmupState | undefined {
    return this.states.get(warmupKey(UNIT.unit, provider))
  }
}

test('a day counts once, some minutes after its end, and what had mail has a state of its own', () => {
  const world = new World()
  assert.deepEqual(world.look(START), ['other'])
  world.days = [day(TODAY, 10)]
  assert.deepEqual(world.look(START + 60_000), ['google'])
  assert.deepEqual(world.look(START + 120_000), [])
  const midnight = (TODAY + 1) * DAY
  assert.deepEqual(world.look(midnight + 4 * 60_000), [])
  assert.equal(world.at('google')?.cap, 10)
  world.look(midnight + 6 * 60_000)
  assert.deepEqual([world.at('google')?.cap, world.at('other')?.cap], [20, 10])
  for (let minutes = 7; minutes < 600; minutes += 30) assert.deepEqual(world.look(midnight + minutes * 60_000), [])
  assert.equal(world.at('google')?.cap, 20)
})

test('days that nobody looked at are made up for one by one, each by its own figures', () => {
  const world = new World()
  world.days = [day(TODAY, 10)]
  world.look(START)
  world.days.push(day(TODAY + 1, 20), day(TODAY + 2, 20))
  world.look(START + 3 * DAY)
  assert.deepEqual([world.at('google')?.cap, world.at('google')?.looked], [40, TODAY + 2])
  // The clock was set back: nothing is looked at twice.
  assert.deepEqual(world.look(START + 2 * DAY), [])
})

test('what the rules say no more goes, and another date begins anew', () => {
  const world = new World()
  world.days = [day(TODAY, 10)]
  world.look(START)
  world.look(START + DAY)
  assert.equal(world.at('google')?.cap, 20)
  world.units = unitsOf({ ...UNIT, start: '2026-12-02' })
  world.look(START + DAY)
  assert.deepEqual([world.at('google')?.cap, world.at('google')?.began], [10, START + DAY])
  world.units = unitsOf({ ...UNIT, start: '2027-01-01' })
  assert.deepEqual(world.look(START + 2 * DAY), [])
  world.units = unitsOf()
  world.look(START + 2 * DAY)
  assert.equal(world.states.size, 0)
})
