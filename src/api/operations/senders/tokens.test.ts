// Keys of tokens as operations: made at first need, rotated, never shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openToken, tokenOf } from '../../../message/token.ts'
import type { MessageId } from '../../../base/brand.ts'
import { installation } from '../../../../testkit/installation.ts'

test('a return path makes the first key; a rotated one verifies what it signed; secrets are in the store alone', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  assert.deepEqual(await at.call('tokens.keys', {}), [])
  await at.refuses('account.set', { id, change: { returnPathDomain: 'no domain' } })
  const changed = await at.call('account.set', { id, change: { returnPathDomain: 'Bounces.Shop.example' as never } })
  assert.equal(changed.returnPathDomain, 'bounces.shop.example')
  const facts = { account: id, message: '0123456789abcdef' as MessageId, n: 1 }
  const token = tokenOf(at.settings.read().tokenKeys, { ...facts, acceptedAt: Date.UTC(2027, 0) })
  await at.call('account.set', { id, change: { returnPathDomain: null } })
  await at.call('account.set', { id, change: { returnPathDomain: 'bounces.shop.example' as never } })
  assert.equal((await at.call('tokens.keys', {})).length, 1)

  const keys = await at.call('tokens.rotate', {})
  assert.deepEqual(
    keys.map(({ n, until }) => [n, until === null]),
    [
      [1, false],
      [2, true],
    ],
  )
  const { tokenKeys } = at.settings.read()
  assert.deepEqual(openToken(tokenKeys, token), facts)
  const shown = JSON.stringify([keys, at.settings.audit(100)])
  for (const { secret } of tokenKeys) assert.ok(!shown.includes(Buffer.from(secret).toString('base64')))
  assert.equal(new Set(tokenKeys.map(({ secret }) => Buffer.from(secret).toString('hex'))).size, 2)
})

test('the sender of a Feedback-ID is what Gmail takes', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  assert.equal((await at.call('account.set', { id, change: { feedbackId: 'shop_Mail-1' } })).feedbackId, 'shop_Mail-1')
  for (const feedbackId of ['', 'four', 'x'.repeat(16), 'a:b:c:d', 'shop mail'])
    await at.refuses('account.set', { id, change: { feedbackId } })
  assert.equal((await at.call('account.set', { id, change: { feedbackId: null } })).feedbackId, null)
})
