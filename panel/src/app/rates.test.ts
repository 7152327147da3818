import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratesOf, STEP, stepsUntil, STEPS, type Totals, withTotals } from './rates.ts'

const at = (n: number, accepted: number): Totals => ({ at: n * STEP, accepted, delivered: 0, deferred: 0, failed: 0 })

test('rates are of whole steps; before the first total nothing is known, and where nothing changed nothing went on', () => {
  const history = [at(10, 100), at(11, 150), at(13, 150)]
  const steps = [9, 10, 11, 12, 13].map((n) => n * STEP)
  assert.deepEqual(ratesOf(history, steps, 'accepted'), [null, null, 10, 0, 0])
})

test('no more totals are kept than are drawn, whatever comes', () => {
  let history: readonly Totals[] = []
  for (let n = 0; n < 10 * STEPS; n++) history = withTotals(history, at(n, n))
  assert.ok(history.length <= STEPS + 5, String(history.length))
  const rates = ratesOf(history, stepsUntil((10 * STEPS - 1) * STEP), 'accepted')
  assert.deepEqual([rates.length, rates[0], rates.at(-1)], [STEPS, 1000 / STEP, 1000 / STEP])
})
