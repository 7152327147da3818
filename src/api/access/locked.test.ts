// A user who is locked, over a real access.db: no way in is one, sessions end at once, and nothing that the user has is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'
import { areLastOwners } from '../../policy/access/last-owner.ts'
import { failing, house, PASSWORD } from '../../../testkit/access-house.ts'
import { personAt } from '../../../testkit/passkey-person.ts'

test('neither password, ticket, passkey nor link let somebody in who is locked; unlocked, all of them do again', async () => {
  using at = await house()
  const ann = personAt(at)
  const { cookie } = await ann.call('login', { user: 'ann', password: PASSWORD })
  await ann.add(await at.known(cookie), {}, PASSWORD)
  const { value } = await ann.call('login', { user: 'ann', password: PASSWORD })
  const ticket = value.state === 'second-factor' ? value.ticket : assert.fail('no second factor was asked for')
  const { value: asked } = await ann.call('login.passkey.options', { ticket })
  const token = drawToken()
  at.book.putLink('ann', hashOfSecret(token), at.clock.now() + 3_600_000)
  assert.equal(areLastOwners(at.book, ['ann']), true)

  at.book.lock('ANN', at.clock.now())
  assert.equal(at.book.user('ann')?.lockedAt, at.clock.now())
  assert.deepEqual(at.book.owners(), [], 'one who is locked is no owner who can log in')
  assert.equal(await at.denied({ cookie: cookie?.split(';')[0] }), 'not-authenticated')
  await assert.rejects(ann.call('login.passkey', { ticket, passkey: ann.device.show(asked) }), failing('user-locked'))
  await assert.rejects(ann.call('login', { user: 'ann', password: PASSWORD }), failing('user-locked'))
  await assert.rejects(ann.login(), failing('user-locked'))
  await assert.rejects(ann.call('login.first', { token, password: 'another long password' }), failing('user-locked'))
  await assert.rejects(ann.call('login', { user: 'ann', password: 'a wrong password' }), failing('login-failed'), 'strangers learn nothing')

  assert.equal(at.book.unlock('ann'), true)
  assert.equal((await ann.login()).name, 'ann')
})
