import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../../base/brand.ts'
import { ACCOUNT_STATES } from '../../../contract/accounts.ts'
import { newAccount } from '../../../contract/settings.ts'
import { withState } from '../../../policy/accounts/standing.ts'
import { accountFrom, storedAccount } from './account-items.ts'

const BASE = newAccount(1001 as AccountId, 'test')

test('a program of before sees an account that keeps mail back as suspended; what it says of it counts', () => {
  for (const state of ACCOUNT_STATES) {
    const account = withState(BASE, { state, reason: 'why', by: 'ann', until: null }, 5)
    const stored = JSON.parse(JSON.stringify(storedAccount(account)))
    assert.equal(stored.state, state === 'held' || state === 'suspended' ? 'suspended' : 'active')
    assert.deepEqual(accountFrom(stored), account)
    const other = stored.state === 'suspended' ? 'active' : 'suspended'
    assert.deepEqual(accountFrom({ ...stored, state: other }), { ...BASE, state: other })
  }
  assert.deepEqual(storedAccount(BASE), BASE)
})
