// What a key of the management API may make of itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../../base/brand.ts'
import { installation } from '../../../../testkit/installation.ts'

const NOT_ALLOWED = { name: 'Fault', code: 'not-allowed' }

test('a key makes none that goes further than itself: not longer, not from elsewhere, and no user', async () => {
  using made = installation()
  const shell = made.operations.as({ by: 'hms', via: 'hms', address: null })
  const expiresAt = 4_000_000_000_000
  const networks = ['192.0.2.0/24', '2001:db8::/48']
  await shell['key.add']({ name: 'bound', role: 'administrator', networks, expiresAt })
  await shell['key.add']({ name: 'far', role: 'viewer' })
  const bound = made.operations.as({ by: 'key:bound', via: 'api', address: '192.0.2.1' })
  const beyond = [
    {},
    { networks },
    { expiresAt },
    { networks, expiresAt: expiresAt + 1 },
    { networks: ['192.0.0.0/16'], expiresAt },
    { networks: ['192.0.2.0/25', '198.51.100.1'], expiresAt },
    { networks: ['2001:db8::/47'], expiresAt },
  ]
  for (const one of beyond)
    await assert.rejects(bound['key.add']({ name: 'next', role: 'viewer', ...one }), NOT_ALLOWED, JSON.stringify(one))
  await bound['key.add']({ name: 'next', role: 'viewer', networks: ['192.0.2.128/25', '2001:db8::1'], expiresAt: expiresAt - 1 })
  await bound['key.remove']({ name: 'next' })
  await assert.rejects(bound['key.remove']({ name: 'far' }), NOT_ALLOWED)
  await assert.rejects(bound['user.add']({ name: 'eve', role: 'viewer' }), NOT_ALLOWED)
})

test('who steers one account leaves room for the users and keys of others', async () => {
  using made = installation()
  const shell = made.operations.as({ by: 'hms', via: 'hms', address: null })
  const [theirs, ours] = [await shell['account.add']({ name: 'Theirs' }), await shell['account.add']({ name: 'Ours' })]
  const add = (n: number, account: AccountId) => shell['key.add']({ name: `k${account}-${n}`, role: 'viewer', account })
  for (let n = 0; n < 500; n++) await add(n, theirs.account.id)
  await assert.rejects(add(500, theirs.account.id), { message: 'The account has 500 keys.' })
  await add(0, ours.account.id)
})
