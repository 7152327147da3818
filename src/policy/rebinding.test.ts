import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../base/brand.ts'
import type { Rebinding } from '../contract/settings.ts'
import type { Whither } from './criteria.ts'
import { findRebinding } from './rebinding.ts'

test('the latest that matches all that it says counts, for what was there before', () => {
  const head = { id: 'm1' as MessageId, account: 1001, mailing: 'spring', sender: 'Bob@S.example', acceptedAt: 50 }
  const made = (id: number, selection: Rebinding['selection']): Rebinding => ({
    id,
    selection: { acceptedBefore: 100, ...selection },
    pool: 'p',
    route: null,
    by: 'ann',
    at: 100,
  })
  const at: Whither = { domain: 'x.example' as Domain, address: 'a@x.example', site: 'mx.x.example', source: () => 'mta1' }
  const hit = (selection: Rebinding['selection'], where = at): boolean => findRebinding([made(1, selection)], head, where) !== undefined
  for (const selection of [
    {},
    { domain: 'x.example' as Domain },
    { account: 1001 as AccountId, mailing: 'spring' },
    { sender: 'bob@*' },
    { recipient: '*@x.example' },
    { ids: ['m1' as MessageId] },
    { acceptedAfter: 50 },
    { site: 'mx.x.example', source: 'mta1' },
  ])
    assert.ok(hit(selection), JSON.stringify(selection))
  for (const selection of [
    { domain: 'y.example' as Domain },
    { account: 1002 as AccountId },
    { mailing: 'fall' },
    { sender: 'ann@*' },
    { recipient: 'b@*' },
    { ids: ['m2' as MessageId] },
    { acceptedAfter: 51 },
    { acceptedBefore: 50 },
    { site: 'mx.y.example' },
    { source: 'mta2' },
  ])
    assert.ok(!hit(selection), JSON.stringify(selection))
  assert.ok(!hit({ recipient: '*@x.example' }, { ...at, address: null }))
  assert.equal(findRebinding([made(1, {}), made(2, {}), made(3, { mailing: 'fall' })], head, at)?.id, 2)
})
