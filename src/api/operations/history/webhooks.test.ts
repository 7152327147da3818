import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('an address that is never posted to is refused when it is said, unless the owner allows it', async () => {
  const never = [
    'https://127.0.0.1/',
    'https://10.1.2.3:8443/x',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/',
  ]
  using at = installation()
  for (const url of [...never, 'http://203.0.113.5/', 'http://hooks.example.com/']) await at.refuses('webhook.add', { account: 1000, url })
  const { webhook } = await at.call('webhook.add', { account: 1000 as never, url: 'https://8.8.8.8/mail' })
  for (const url of never) await at.refuses('webhook.set', { id: webhook.id, url })
  assert.equal((await at.call('webhook.show', { id: webhook.id })).url, 'https://8.8.8.8/mail')
})
