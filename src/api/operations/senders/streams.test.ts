// Streams of accounts and of logins, as operations.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('streams are added, changed and removed; one that is in use stays', async () => {
  using at = installation()
  const { account, credential } = await at.call('account.add', { name: 'Shop' })
  const { id } = account
  assert.deepEqual([account.streams, account.stream], [[], 'transactional'])
  await at.call('account.streams.add', { id, name: 'News', kind: 'transactional' })
  const changed = await at.call('account.streams.add', { id, name: 'news', kind: 'bulk' })
  assert.deepEqual(changed.streams, [{ name: 'news', kind: 'bulk' }])
  assert.equal((await at.call('account.set', { id, change: { stream: 'NEWS' } })).stream, 'news')
  await at.refuses('account.set', { id, change: { stream: 'sales' } }, 'no-stream')
  await at.refuses('account.streams.remove', { id, name: 'news' })
  await at.call('account.set', { id, change: { stream: 'bulk' } })

  const { user } = credential
  assert.equal((await at.call('credential.set', { user, stream: 'News' })).stream, 'news')
  await at.refuses('account.streams.remove', { id, name: 'news' })
  // A new password changes nothing else.
  await at.call('credential.add', { account: id, user })
  assert.deepEqual((await at.call('credential.list', {}))[0]?.stream, 'news')
  await at.refuses('credential.set', { user, stream: 'sales' }, 'no-stream')
  await at.refuses('credential.set', { user: 'nobody', stream: 'bulk' }, 'no-login')
  await at.call('credential.set', { user, stream: null })
  assert.deepEqual(await at.call('account.streams.remove', { id, name: 'news' }), { removed: true })
  assert.deepEqual(await at.call('account.streams.remove', { id, name: 'news' }), { removed: false })
})

test('names of streams are letters, digits and hyphens, and those that every account has keep their kind', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  for (const name of ['', '-x', 'a b', 'a:b', 'ü', 'x'.repeat(33), 'bulk', 'Transactional'])
    await at.refuses('account.streams.add', { id, name, kind: 'bulk' })
  await at.refuses('account.streams.add', { id, name: 'x', kind: 'other' })
  await at.refuses('account.streams.remove', { id, name: 'bulk' })
  await at.refuses('account.streams.add', { id: 2000, name: 'x', kind: 'bulk' }, 'no-account')
})
