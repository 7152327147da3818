import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../base/brand.ts'
import type { Suspension } from '../contract/settings.ts'
import type { Whither } from './criteria.ts'
import { findSuspension, hasLaterCriteria, isOfAll } from './suspension.ts'

const NEVER = { domain: null, account: null, mailing: null, note: '', by: 'ann', at: 1 }
const made = (its: Partial<Suspension>): Suspension => ({ id: 1, ...NEVER, ...its })

test('what matches all that was said is kept back, and nothing else', () => {
  const head = { account: 1001, mailing: 'spring', sender: 'Bob@S.example', acceptedAt: 50 }
  const at: Whither = { domain: 'x.example' as Domain, address: 'A@x.example', site: 'mx.x.example', source: () => 'mta1' }
  const isHeld = (its: Partial<Suspension>, where = at): boolean => findSuspension([made(its)], head, where) !== undefined
  const domain = 'x.example' as Domain
  for (const its of [
    {},
    { domain, account: 1001 as AccountId, mailing: 'spring', site: 'mx.x.example' },
    { source: 'mta1' },
    { recipient: 'a@*' },
    { sender: 'bob@?.example', domain },
    { acceptedBefore: 51, acceptedAfter: 50 },
  ])
    assert.ok(isHeld(its), JSON.stringify(its))
  for (const its of [
    { domain: 'y.example' as Domain },
    { mailing: 'fall', source: 'mta1' },
    { source: 'mta2', domain },
    { recipient: 'b@*' },
    { sender: 'bob@', domain },
    { acceptedBefore: 50 },
    { acceptedAfter: 51 },
  ])
    assert.ok(!isHeld(its), JSON.stringify(its))
  assert.ok(!isHeld({ source: 'mta1' }, { ...at, source: () => null }), 'where nobody knows yet what it leaves from')
})

test('what is of all mail of a place, and what 1.0.0 would take for more than was said', () => {
  const told = [
    {},
    { domain: 'x.example' as Domain },
    { site: 'mx' },
    { mailing: 'm' },
    { source: 's' },
    { recipient: '*' },
    { acceptedBefore: 9 },
  ]
  assert.deepEqual(
    told.map((its) => isOfAll(made(its))),
    [true, true, true, false, false, false, false],
  )
  assert.deepEqual(
    told.map((its) => hasLaterCriteria(made(its))),
    [false, false, true, false, true, true, true],
  )
})
