import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysUntilFull, type DiskSample, growthOf } from './growth.ts'

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
