// The time that a template may take is that of the processor.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownProcessor } from '../../base/clock.ts'
import { Allowance, TOO_SLOW } from './allowance.ts'

test('hours that go by while the machine does other things are not held against a template', () => {
  const allowance = new Allowance()
  for (let hour = 0; hour < 10; hour++) allowance.check(hour * 3_600_000)
})

test('a template that keeps the processor too long is stopped', () => {
  const allowance = new Allowance()
  allowance.check(0)
  const began = ownProcessor()
  while (ownProcessor() - began < 300) continue
  assert.throws(() => allowance.check(300), { message: TOO_SLOW })
})
