import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysUntilFull, diskGrowth, type DiskSample, growthOf } from './growth.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 1)
const sample = (hours: number, used: number, kinds: DiskSample['kinds'] = {}): DiskSample => ({ at: START + hours * HOUR, used, kinds })
const used = (one: DiskSample): number => one.used

test('a disk grows by what the last week says, and less than a day says nothing', () => {
  assert.equal(growthOf([], sample(0, 5), used), null)
  assert.equal(growthOf([sample(0, 100)], sample(23, 900), used), null)
  assert.equal(growthOf([sample(0, 100), sample(40, 0)], sample(48, 300), used), 100)
  assert.equal(growthOf([sample(0, 0), sample(10, 1000)], sample(10 + 7 * 24, 1000 + 7 * 50), used), 50)
})

test('what fills a disk since yesterday counts as fast as it is, and what was yesterday only goes on as in the week', () => {
  const quiet = Array.from({ length: 7 * 24 }, (_, hours) => sample(hours, 1000))
  const before = sample(7 * 24, 1000)
  const today = Array.from({ length: 24 }, (_, hours) => sample(7 * 24 + hours, 1000 + hours * 10))
  assert.equal(diskGrowth([...quiet, before], sample(7 * 24 + 1, 1010)), 10)
  assert.equal(diskGrowth([...quiet, ...today], sample(8 * 24, 1240)), 240)
  // A week of 100 a day, and nothing in the last.
  const busy = Array.from({ length: 6 * 24 }, (_, hours) => sample(hours, hours * 100))
  assert.equal(diskGrowth([...busy, sample(6 * 24, 14_400)], sample(7 * 24, 14_400)), Math.round(14_400 / 7))
  assert.equal(diskGrowth([sample(0, 0)], sample(23, 5000)), null)
  // Of a server that was off, the last that is known is a day.
  assert.equal(diskGrowth([sample(0, 0), sample(24, 100)], sample(72, 500)), 200)
})

test('a kind that is measured since later grows from then on', () => {
  const events = ({ kinds }: DiskSample): number | undefined => kinds.events
  assert.equal(growthOf([sample(0, 0), sample(10, 0, { events: 10 })], sample(34, 0, { events: 34 }), events), 24)
  assert.equal(growthOf([sample(0, 0)], sample(34, 0, { events: 34 }), events), null)
})

test('days are left as long as it grows, down to what mail needs', () => {
  assert.equal(daysUntilFull(1000, 100, 90), 10)
  assert.equal(daysUntilFull(50, 100, 90), 0)
  assert.equal(daysUntilFull(1000, 100, 0), null)
  assert.equal(daysUntilFull(1000, 100, -5), null)
  assert.equal(daysUntilFull(1000, 100, null), null)
})
