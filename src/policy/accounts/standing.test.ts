import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { ACCOUNT_STATES } from '../../contract/accounts.ts'
import { newAccount } from '../../contract/settings.ts'
import { heldReason, isToBeReleased, keepsBack, stateNow, withState } from './standing.ts'
import { chance } from '../../../testkit/chance.ts'

const BASE = newAccount(1001 as AccountId, 'test')

test('a state for a time ends by itself, and leads back to what was there before all that were for a time', () => {
  const by = 'ann'
  const trial = withState(BASE, { state: 'trial', reason: 'new', by, until: null }, 10)
  const held = withState(trial, { state: 'held', reason: 'a look', by, until: 100 }, 20)
  const suspended = withState(held, { state: 'suspended', reason: 'worse', by, until: 200 }, 50)
  assert.deepEqual(
    [19, 99, 100].map((now) => stateNow(held, now)),
    ['held', 'held', 'trial'],
  )
  assert.deepEqual(
    [199, 200].map((now) => stateNow(suspended, now)),
    ['suspended', 'trial'],
  )
  assert.equal(heldReason(suspended), heldReason(held), 'what was held for the one is found when the other ends')
  assert.equal(heldReason(held), 'Mail of its account is kept back since 1970-01-01T00:00:00.020Z.')
  const free = withState(suspended, { state: 'active', reason: '', by, until: null }, 60)
  assert.deepEqual([isToBeReleased(suspended, 60), isToBeReleased(free, 60), isToBeReleased(suspended, 200)], [false, true, true])
  assert.notEqual(heldReason(withState(free, { state: 'held', reason: '', by, until: null }, 70)), heldReason(held))
})

test('whatever is done to an account, it is kept back just while its state says so, and never ends in a state that was for a time', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = chance(seed)
    let [account, now, lasting] = [BASE, 0, BASE.state]
    for (let step = 0; step < 20; step++) {
      now += 1 + Math.floor(random() * 50)
      const before = stateNow(account, now)
      const state = ACCOUNT_STATES[Math.floor(random() * ACCOUNT_STATES.length)] ?? 'active'
      const until = random() < 0.5 ? now + 1 + Math.floor(random() * 60) : null
      account = withState(account, { state, reason: '', by: 'x', until }, now)
      if (until === null) lasting = state
      assert.equal(stateNow(account, now), state)
      if (until !== null) assert.equal(stateNow(account, until), lasting, `seed ${seed}, step ${step}, before ${before}`)
      if (keepsBack(state)) assert.notEqual(account.standing?.heldSince ?? null, null)
      assert.equal(isToBeReleased(account, now) && keepsBack(stateNow(account, now)), false)
    }
  }
})
