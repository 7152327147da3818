// What a checked value costs where it is wrong, and names that read as if they were not there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { checked, namedValues } from './injection.ts'

test('a wrong value is looked at up to its first fault', () => {
  let looks = 0
  const one = z.strictObject({ a: z.string('must be a text').refine(() => ++looks > 0) })
  const wrong = Array.from({ length: 1000 }, (_, n) => ({ a: n < 2 ? 'x' : n === 2 ? 0 : 'y' }))
  assert.deepEqual(checked(z.array(one), wrong, 'all'), {
    problem: { code: 'invalid-field', message: 'all[2].a must be a text.', field: 'all[2].a' },
  })
  assert.equal(looks, 2)
})

test('of names that objects have by themselves one is refused, and the others are names', () => {
  const values = namedValues(z.string('must be a text'), 'must be an object')
  assert.deepEqual(checked(values, JSON.parse('{"__proto__":"x"}')), {
    problem: { code: 'invalid-field', message: '__proto__ is a name that cannot be taken.', field: '__proto__' },
  })
  const names = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' }
  assert.deepEqual(checked(values, names), { value: names })
  assert.deepEqual(checked(values, []), { problem: { code: 'invalid-field', message: 'The body must be an object.' } })
})
