// What an account does about unsubscribing, opens and clicks, as operations.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../../base/brand.ts'
import type { Tracking } from '../../../contract/tracking.ts'
import { installation } from '../../../../testkit/installation.ts'

test('a host makes the first key for links; what is not named stays; nothing is tracked without a host', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  const set = (change: Partial<Tracking>) => at.call('account.tracking.set', { id, change })
  await at.refuses('account.tracking.set', { id, change: { clicks: true } })
  assert.equal(at.settings.read().tokenKeys.length, 0)
  const first = await set({ host: 'Click.Shop.example:443', clicks: true, words: { heading: 'Bye' } })
  assert.deepEqual([first.tracking.host, first.tracking.clicks, first.tracking.opens], ['click.shop.example', true, false])
  assert.equal(at.settings.read().tokenKeys.length, 1)
  const second = await set({ host: 'click.shop.example:8443', language: 'de' })
  assert.deepEqual(
    [second.tracking.host, second.tracking.clicks, second.tracking.words],
    ['click.shop.example:8443', true, { heading: 'Bye' }],
  )
  await at.refuses('account.tracking.set', { id, change: { host: null } })
  assert.equal((await set({ host: null, clicks: false })).tracking.host, null)
  assert.deepEqual(at.settings.read().accounts.get(id)?.tracking.language, 'de')
})

test('what is no host, no language, no words or no domain of this server is refused', async () => {
  using at = installation()
  const { id } = (await at.call('account.add', { name: 'Shop' })).account
  const other = (await at.call('account.add', { name: 'Other' })).account
  for (const host of [
    '',
    'click',
    'https://click.shop.example',
    'a b.example',
    '../x.example',
    'x.example:0',
    'x.example:99999',
    '[::1]:80',
    'x.example/y',
  ])
    await at.refuses('account.tracking.set', { id, change: { host } })
  await at.refuses('account.tracking.set', { id, change: { language: 'xx' as 'de' } })
  await at.refuses('account.tracking.set', { id, change: { words: { heading: 'a\r\nb' } } })
  await at.refuses('account.tracking.set', { id, change: { words: { title: 'a' } as never } })
  const mailDomain = 'in.shop.example' as Domain
  await at.refuses('account.tracking.set', { id, change: { mailDomain } })
  at.settings.putOwnDomain({ domain: mailDomain, account: id, forwardTo: null, localParts: [] }, 'test')
  await at.refuses('account.tracking.set', { id: other.id, change: { mailDomain } })
  assert.equal((await at.call('account.tracking.set', { id, change: { mailDomain } })).tracking.mailDomain, mailDomain)
})
