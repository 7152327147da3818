// Where an account may post to, as an operation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('patterns are added and removed in their one form; what is none is refused; a secret is shown once and kept sealed', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  const first = await at.call('account.post.set', { id, add: ['HTTPS://*.Shop.example', 'http://10.1.2.3:8080/in/'] })
  assert.deepEqual(first.account.post, { allow: ['https://*.shop.example/', 'http://10.1.2.3:8080/in/'], isSigned: false })
  assert.equal(first.secret, null)
  const second = await at.call('account.post.set', {
    id,
    add: ['https://*.shop.example/'],
    remove: ['http://10.1.2.3:8080/in/'],
    secret: 'new',
  })
  assert.deepEqual(second.account.post, { allow: ['https://*.shop.example/'], isSigned: true })
  const kept = at.settings.read().postSecrets.get(id)
  assert.equal(`whsec_${Buffer.from(kept ?? []).toString('base64')}`, second.secret)
  assert.equal(JSON.stringify(at.settings.read().accounts.get(id)).includes(second.secret?.slice(6) ?? ''), false)
  await at.refuses('account.post.set', { id, add: ['https://a*.example/'] })
  await at.refuses('account.post.set', { id, add: ['https://user@shop.example/'] })
  await at.refuses('account.post.set', { id, remove: ['https://other.example/'] })
  const third = await at.call('account.post.set', { id, secret: 'none' })
  assert.deepEqual([third.account.post?.isSigned, at.settings.read().postSecrets.size], [false, 0])
})
